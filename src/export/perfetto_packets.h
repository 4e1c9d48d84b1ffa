/* How is a trace for Perfetto written? Packet by packet, each with what it needs that was not told
 * before. */
#ifndef EXPORT_PERFETTO_PACKETS_H
#define EXPORT_PERFETTO_PACKETS_H

#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "export/put.h"
#include "perfetto.pb-c.h"
#include "symbol/interned.h"

struct trace {
	struct put *put;
	struct interned names;    /* of events */
	struct interned mappings; /* names of files */
	uint8_t *bytes;
	size_t capacity;
	bool is_out_of_memory; /* sticky: looked at once per event */
};

void trace_free(struct trace *trace);

/* Write a packet; its sequence is set here. */
void trace_put(struct trace *trace, Perfetto__TracePacket *packet);

/* The first packet: that times are CLOCK_MONOTONIC, and what a function without a name is called.
 */
void trace_begin(struct trace *trace);
/* What the clocks showed at one moment. realtime_ns 0: not known. */
void trace_put_clocks(struct trace *trace, uint64_t time_ns, uint64_t realtime_ns);
void trace_put_release(struct trace *trace, const char *release);

/* --- tracks: all texts are escaped already --- */

enum track_kind {
	TRACK_PROCESS = 1,
	TRACK_THREAD,
	TRACK_GROUP,
	TRACK_LANE,
	TRACK_COUNTER,
	TRACK_NOTES,
};

uint64_t track_uuid(enum track_kind kind, uint64_t number);
void trace_put_process(struct trace *trace, uint32_t tgid, const char *name);
void trace_put_thread(struct trace *trace, uint32_t tgid, uint32_t tid, const char *name);
/* parent 0: none. */
void trace_put_track(struct trace *trace, uint64_t uuid, uint64_t parent, const char *name);
void trace_put_counter_track(struct trace *trace, uint64_t uuid, const char *name);
void trace_put_counter(struct trace *trace, uint64_t uuid, uint64_t time_ns, int64_t value);

/* --- what happened on them --- */

enum {
	THING_NOTES_MAX = 8,
};

struct thing_note {
	const char *name;
	const char *text; /* NULL: a number */
	int64_t number;
};

struct thing {
	uint64_t uuid; /* of its track */
	uint64_t start_ns;
	uint64_t end_ns; /* slices */
	const char *category;
	const char *name;
	uint64_t callstack;  /* iid; 0: none */
	uint64_t flow_out;   /* begins here (slices: at their end); 0: none */
	uint64_t flow_in[2]; /* end here (slices: at their end); 0: none */
	struct thing_note notes[THING_NOTES_MAX];
	size_t note_count;
};

void thing_note_number(struct thing *thing, const char *name, int64_t number);
void thing_note_text(struct thing *thing, const char *name, const char *text);

void trace_put_slice(struct trace *trace, const struct thing *thing);
/* The same in two, around slices that lie in it: where times are equal, the order of packets
 * counts. */
void trace_put_begin(struct trace *trace, const struct thing *thing);
void trace_put_end(struct trace *trace, const struct thing *thing);
void trace_put_instant(struct trace *trace, const struct thing *thing);

/* --- threads' states --- */

void trace_put_state(struct trace *trace, uint64_t time_ns, uint32_t tid, const char *comm,
		     Perfetto__GenericKernelTaskStateEvent__TaskStateEnum state, uint32_t cpu);

/* --- samples --- */

/* The frame of functions without a name. */
#define TRACE_UNKNOWN_FRAME (UINT64_C(1) << 32)

/* A function, which is a frame of the same iid. module: of a file, without its first slash. */
void trace_put_function(struct trace *trace, uint32_t symbol, const char *name, const char *module);
/* frame_ids outermost first. */
void trace_put_callstack(struct trace *trace, uint64_t iid, uint64_t *frame_ids, size_t count);

#endif
