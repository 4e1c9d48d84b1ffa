/* What did perf record? A perf.data file as the source of the events, named as far as the names can
 * be believed. */
#ifndef CMD_IMPORTED_H
#define CMD_IMPORTED_H

#include <stdbool.h>

#include "base/diag.h"
#include "base/own.h"
#include "cmd/options.h"
#include "event/event.h"

/* Is it for imported_read()? A perf.data file, or a pipe ("-": standard input). */
bool imported_is(const char *path);

/* Can it be read once more? A pipe cannot. */
bool imported_again(const char *path);

/*
 * Hand all events of the file named by -i to the sink (take may be NULL). What is missing (names,
 * the end of the file) is told in a line, unless options->is_told. -EINVAL: --kallsyms is not of
 * the recorded kernel.
 */
must_check int imported_read(const struct options *options, const struct event_sink *sink,
			     struct diag *why);

#endif
