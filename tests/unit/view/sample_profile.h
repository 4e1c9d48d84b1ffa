/* What profile do the views' tests show? One that has something of everything, hostile names
 * included. */
#ifndef TESTS_UNIT_VIEW_SAMPLE_PROFILE_H
#define TESTS_UNIT_VIEW_SAMPLE_PROFILE_H

#include "finding/profile.h"

/* A machine whose ZFS threads encrypt; end with profiles_free(). */
struct profiles sample_profiles(void);

/* The wall time of a process that syncs; end with profiles_free(). */
struct profiles sample_wall(void);

#endif
