/* What is the verdict? The ledger, ranked and put into words. */
#ifndef ANALYSE_VERDICT_H
#define ANALYSE_VERDICT_H

#include "analyse/state.h"

/* The verdict on a finished account. 0 and *ret, the caller's; -ENOMEM. */
must_check int verdict_make(struct analysis *analysis, struct verdict **ret);

#endif
