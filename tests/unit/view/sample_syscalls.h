/* What report of system calls do the views' tests show? */
#ifndef TESTS_UNIT_VIEW_SAMPLE_SYSCALLS_H
#define TESTS_UNIT_VIEW_SAMPLE_SYSCALLS_H

#include "finding/syscalls.h"

/* A database's: calls that fail, move bytes or are known in part only, long ones with their waits,
 * and names that are not to be trusted. The caller's. */
struct syscall_report *sample_syscalls(void);

#endif
