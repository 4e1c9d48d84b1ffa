/* How long did like things take, kind by kind? What analyse measures and exports tell. */
#ifndef FINDING_LATENCIES_H
#define FINDING_LATENCIES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "finding/latency.h"

enum latency_kind {
	LATENCY_WAIT,  /* name: a cause's id, of the wait itself and not of what it is charged to */
	LATENCY_QUEUE, /* ready, but not on a CPU */
	LATENCY_SYSCALL, /* name: the call's */
	LATENCY_REQUEST, /* queued to complete; name: the device's, with an operation */
	LATENCY_SERVICE, /* the same, issued to complete */
};

struct latency_row {
	enum latency_kind kind;
	char name[64];         /* as the traced system calls it: any bytes; "": it needs none */
	const char *operation; /* "read", "write", "flush", "discard"; "" for others */
	bool has_doublings;    /* each was seen: else only count, errors and total_ns are known */
	struct latency latency;
};

struct latencies {
	ARRAY(struct latency_row) rows; /* by kind, name, operation */
	uint64_t left_out;              /* things for whose kind there was no row */
};

#endif
