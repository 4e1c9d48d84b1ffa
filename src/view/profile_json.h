/* How do we say it to programs? The profiles as one JSON object, the same bytes for the same
 * profiles. */
#ifndef VIEW_PROFILE_JSON_H
#define VIEW_PROFILE_JSON_H

#include <jansson.h>
#include <stdio.h>

#include "base/own.h"
#include "finding/profile.h"

/* Print the profiles as "slowpath.profile/1". -ENOMEM, or -errno when out took no more; it is
 * flushed. */
must_check int view_profiles_json(const struct profiles *profiles, FILE *out);

/* What it prints, the caller's; NULL when memory is out. */
json_t *view_profiles_json_object(const struct profiles *profiles);

/* Parts that other answers have as well; NULL when memory is out. */
json_t *profile_json_target(const struct profile *profile);
json_t *profile_json_tree(const struct profile *profile);

/* Print the JSON Schema of the same. -errno when out took no more; it is flushed. */
must_check int view_profile_json_schema(FILE *out);

#endif
