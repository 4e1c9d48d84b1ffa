/* How do others want a profile? Its tree, in the formats of tools that draw such trees. */
#ifndef EXPORT_PROFILE_H
#define EXPORT_PROFILE_H

#include <stdio.h>

#include "base/diag.h"
#include "base/own.h"
#include "finding/profile.h"

/*
 * As pprof has it (proto/profile.proto of github.com/google/pprof), packed with gzip. Of a profile
 * of wall time each call path has the time on a CPU, the time off it, and both; of others what its
 * sampler counts. Threads' names and the causes of waits are labels. Several profiles are types of
 * samples side by side. -ENOMEM, -errno when out took no more; it is flushed. -ENOTSUP: built
 * without protobuf-c.
 */
must_check int export_pprof(const struct profiles *profiles, FILE *out, struct diag *why);

/*
 * As speedscope has it (www.speedscope.app/file-format-schema.json): a profile for each name of
 * threads. Paths stand in the order of the tree, not of time, and their names say so.
 */
must_check int export_speedscope(const struct profiles *profiles, FILE *out, struct diag *why);

#endif
