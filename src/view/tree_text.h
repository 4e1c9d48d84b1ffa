/* How is a call tree said on a terminal? The same for profiles and for waits. */
#ifndef VIEW_TREE_TEXT_H
#define VIEW_TREE_TEXT_H

#include "finding/profile.h"
#include "view/page.h"

/* Print the tree under its heading. */
void tree_text(const struct profile *profile, struct page *page);

#endif
