/*
 * What did trace-cmd record? Turns the function_graph records of a trace.dat file into calls (see
 * fgraph.h for how), or those of KVM's tracepoints into exits of guests (guest_exits.h).
 */
#ifndef IMPORT_TRACE_DAT_H
#define IMPORT_TRACE_DAT_H

#include <stddef.h>

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"

struct trace_dat;

/*
 * Read what stands before the records. fd stays the caller's and must live as long; path is copied.
 * -EBADMSG: not a trace.dat, or a broken one; -ENOTSUP: one that cannot be read here.
 */
must_check int trace_dat_open(int fd, const char *path, struct trace_dat **ret, struct diag *why);
void trace_dat_free(struct trace_dat **dat);

/*
 * The recorded machine's /proc/kallsyms, malloc'ed, the caller's. -ENODATA: it is not in the file.
 */
must_check int trace_dat_kallsyms(struct trace_dat *dat, char **ret, size_t *ret_bytes,
				  struct diag *why);

/* Turn all of it into events, in order of time; functions have addresses, no symbols. Bounded
 * memory. 0 also when some of it cannot be read: trace_dat_damage() says so. -EBADMSG: it has no
 * function_graph records. A file is read once. */
must_check int trace_dat_read(struct trace_dat *dat, const struct event_sink *sink,
			      struct diag *why);

/* The same of exits of guests instead of calls; which process a thread is of is not told. -EBADMSG:
 * there are none. */
must_check int trace_dat_read_guests(struct trace_dat *dat, const struct event_sink *sink,
				     struct diag *why);

/* One line; NULL: all was read. */
const char *trace_dat_damage(const struct trace_dat *dat);

#endif
