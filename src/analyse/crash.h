/* Who died of which signal? What was told when it was sent, when it came, and when the process had
 * ended. */
#ifndef ANALYSE_CRASH_H
#define ANALYSE_CRASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/own.h"
#include "event/event.h"
#include "finding/finding.h"

struct analysis;

#define CRASH_FRAMES 12

/* A user stack, with its names still to be looked up. */
struct crash_stack {
	uint64_t id;
	uint32_t count;
	uint32_t spare;
	struct event_frame frames[CRASH_FRAMES];
};

struct crash {
	uint32_t tgid;
	uint32_t tid;     /* to whom it came */
	uint32_t who;     /* name of that thread */
	uint32_t process; /* name */
	uint32_t signal;
	uint64_t time_ns;   /* when it came, else when it was sent */
	int32_t code;       /* when it came, else when it was sent */
	bool was_delivered; /* the four below are known */
	bool has_address;
	bool is_undumpable;
	uint64_t address;
	uint64_t core_limit;
	bool was_sent;   /* the three below are known */
	uint32_t sender; /* name of its process; 0: the kernel */
	uint32_t sender_tgid;
	uint32_t exit_code; /* of its threads, one bit in another; as in wait(2) */
	bool has_ended;
	struct crash_stack stack; /* without frames when none was told */
};

/* Zero is a valid empty set. */
struct crashes {
	struct crash_stack *ring; /* owned: the user stacks told last; NULL: none was */
	uint32_t next;
	ARRAY(struct crash) list; /* in the order of their first signals */
	uint64_t left_out;        /* signals that there was no room for */
};

/* A stack is only kept for a moment: its signal comes right behind it. 0 or -ENOMEM. */
must_check int crash_take_stack(struct analysis *analysis, const struct event_stack *event);
must_check int crash_take_signal(struct analysis *analysis, const struct event_signal *event);
void crash_take_end(struct analysis *analysis, const struct event_task_end *event);

/* Add the findings: crashes come first, another signal that ended the target comes last. 0 or
 * -ENOMEM. */
must_check int crash_tell(struct analysis *analysis, struct verdict *verdict);

/* What is said of one: its subject, chain, evidence and advice. copies: so many more died in the
 * same way. 0 or -ENOMEM. */
must_check int crash_say(struct analysis *analysis, const struct crash *crash, uint64_t copies,
			 struct finding *finding);

void crashes_free(struct crashes *crashes);

#endif
