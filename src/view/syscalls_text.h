/* How do we say on a terminal which system calls were made, and which took longest? */
#ifndef VIEW_SYSCALLS_TEXT_H
#define VIEW_SYSCALLS_TEXT_H

#include <stdio.h>

#include "base/own.h"
#include "finding/syscalls.h"
#include "view/text.h"

/* Print the report; flushes out. 0, or -errno when out took no more. */
must_check int view_syscalls_text(const struct syscall_report *report,
				  const struct view_style *style, FILE *out);

#endif
