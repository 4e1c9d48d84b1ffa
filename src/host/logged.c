/* What does the kernel log while we watch? Each line of it is an event. */
#include "host/logged.h"

#include <errno.h>
#include <string.h>
#include <sys/param.h>
#include <time.h>

#include "base/array.h"
#include "host/facts.h"
#include "host/kmsg.h"

enum {
	LINE_BYTES_MAX = 4096,
};

struct telling {
	const struct event_sink *sink;
	uint64_t told_ns;
	struct diag *why;
};

static uint64_t now_ns(void)
{
	struct timespec now = {};

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec;
}

int logged_begin(struct logged *logged, bool only_new)
{
	int r = kmsg_open(&logged->kmsg, &logged->refused);

	if (r == 0 && only_new)
		kmsg_pass_over(logged->kmsg);
	return r == -ENOMEM ? r : 0;
}

int logged_tell_way(const struct logged *logged, const struct event_sink *sink, uint64_t time_ns,
		    struct diag *why)
{
	if (logged->kmsg)
		return 0;
	return fact_tell(sink, time_ns, why, "missing.kernel_log", "what the kernel logged: %s",
			 logged->refused.text);
}

static int tell_line(void *self, const struct kmsg_line *line)
{
	struct telling *to = self;
	union {
		struct event_log event;
		char bytes[sizeof(struct event_log) + LINE_BYTES_MAX];
	} room = {};
	size_t text_bytes = MIN(line->text_bytes, (size_t)LINE_BYTES_MAX);

	/* The log's clock may be a little ahead. */
	to->told_ns = MAX(to->told_ns, MIN(line->written_ns, now_ns()));
	room.event = (struct event_log){
		.head = { .kind = EVENT_LOG, .time_ns = to->told_ns },
		.written_ns = line->written_ns,
		.tid = line->tid,
		.level = line->level,
		.text_bytes = (uint16_t)text_bytes,
	};
	room.event.head.bytes = (uint32_t)((sizeof(room.event) + text_bytes + 7) & ~7UL);
	memcpy(room.bytes + sizeof(room.event), line->text, text_bytes);
	return event_sink_take(to->sink, &room.event.head, to->why);
}

int logged_tell(struct logged *logged, const struct event_sink *sink, uint64_t *told_ns,
		struct diag *why)
{
	struct telling to = { .sink = sink, .told_ns = *told_ns, .why = why };
	uint64_t dropped = 0;
	int r;

	if (!logged->kmsg)
		return 0;
	r = kmsg_read(logged->kmsg, tell_line, &to, &dropped);
	*told_ns = to.told_ns;
	logged->dropped += dropped;
	return r == -ENOMEM ? diag_set(why, r, "out of memory") : r;
}

int logged_tell_lacks(const struct logged *logged, const struct event_sink *sink, uint64_t time_ns,
		      struct diag *why)
{
	if (!logged->dropped)
		return 0;
	return fact_tell(sink, time_ns, why, "missing.old_log",
			 "older lines of the kernel's log than the last %d", KMSG_LINES_MAX);
}

void logged_end(struct logged *logged)
{
	kmsg_free(&logged->kmsg);
}
