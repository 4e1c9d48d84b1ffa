/* Did the kernel itself fail, or hang, under the target? */
#ifndef ANALYSE_KERNEL_FAILURE_H
#define ANALYSE_KERNEL_FAILURE_H

#include "base/own.h"
#include "finding/finding.h"

struct analysis;

/* Add what the kernel's log told of the target's threads, before all other findings. 0 or -ENOMEM.
 */
must_check int kernel_failure_tell(struct analysis *analysis, struct verdict *verdict);

#endif
