/* What do the hot functions of a profile mean? Its call tree, held against the table of hot spots.
 */
#ifndef ANALYSE_PROFILE_HINTS_H
#define ANALYSE_PROFILE_HINTS_H

#include "analyse/hotspots.h"
#include "finding/profile.h"

/*
 * Add notes to a made profile: for its heaviest threads or pools, what their hot functions mean and
 * what to do about it. Of *machine the clock and the hypervisor are used; what is to be said of the
 * sampler is said of the whole profile (hotspots_sampler_advice()). 0 or -ENOMEM.
 */
must_check int profile_hints(struct profile *profile, const struct hotspot_facts *machine);

#endif
