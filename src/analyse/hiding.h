/* Which settings of the machine hide names, and which code was made while it ran? */
#ifndef ANALYSE_HIDING_H
#define ANALYSE_HIDING_H

#include "analyse/symbols.h"

/* Add what hides the kernel's names: fixes and notes. 0 or -ENOMEM. */
must_check int hiding_tell_settings(const struct symbols_input *input,
				    struct symbols_report *report);

/* Add what is to be known of the process: code in no file, the runtime that made it, a root of its
 * own. 0 or -ENOMEM. */
must_check int hiding_tell_process(const struct symbols_input *input,
				   struct symbols_report *report);

#endif
