/* Where did each thread's time go? The accounting as a table whose columns are chosen to fit the
 * page. */
#ifndef VIEW_ACCOUNTING_H
#define VIEW_ACCOUNTING_H

#include "finding/finding.h"
#include "view/page.h"

/* Print a row for each of the target's threads, the first 20 at most. */
void accounting_print(const struct verdict *verdict, struct page *page);

#endif
