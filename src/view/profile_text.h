/* How do we say it on a terminal? The hottest functions, who called them, and which threads ran
 * them, in 80 to 200 columns. */
#ifndef VIEW_PROFILE_TEXT_H
#define VIEW_PROFILE_TEXT_H

#include <stdio.h>

#include "base/own.h"
#include "finding/profile.h"
#include "view/text.h"

/* Print the profiles for people. -errno when out took no more; it is flushed. */
must_check int view_profiles_text(const struct profiles *profiles, const struct view_style *style,
				  FILE *out);

#endif
