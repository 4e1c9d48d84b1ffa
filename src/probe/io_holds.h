/* Does a limit on I/O keep a thread from its device when the watch ends? What it holds back is no
 * request yet, so that nothing else tells of it. */
#ifndef PROBE_IO_HOLDS_H
#define PROBE_IO_HOLDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"
#include "host/inflight.h"
#include "host/mounts.h"

struct guard;

/* Zero: nobody was asked yet. */
struct io_holds {
	struct guard *guard; /* NULL: not made yet */
	uint64_t until_ns;   /* all that is asked has its time */
	bool is_over;
	struct inflight inflight; /* at the first question */
	struct mounts mounts;
};

/* The thread waits for I/O: tell, as a RELATION, which limit keeps it from its device, if one does.
 */
must_check int io_holds_tell(struct io_holds *holds, uint32_t tid, const struct event_sink *sink,
			     uint64_t time_ns, struct diag *why);
void io_holds_free(struct io_holds *holds);

#endif
