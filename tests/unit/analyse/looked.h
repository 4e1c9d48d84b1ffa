/* How does a test tell of two looks at all threads? By what differs from a thread that sleeps. */
#ifndef TESTS_UNIT_ANALYSE_LOOKED_H
#define TESTS_UNIT_ANALYSE_LOOKED_H

#include "analyse/stuck.h"
#include "analyse/stuck_state.h"
#include "unit/analyse/stream.h"

/* The looks are a second apart, at 10 s and 11 s of the clock. */
#define FIRST_LOOK_MS  9000
#define SECOND_LOOK_MS 10000

/* x86-64's numbers. */
enum {
	CALL_READ = 0,
	CALL_SCHED_YIELD = 24,
	CALL_NANOSLEEP = 35,
	CALL_FUTEX = 202,
};

/* A watch of the machine, or of the process with this pid. */
void looked_begin(struct stream *stream, uint32_t pid);

/* A thread, of a process of its own when tgid is 0. */
void looked_task(struct stream *stream, uint32_t tid, uint32_t tgid, const char *comm,
		 uint32_t flags);

/* The same at both looks, asleep since `ms` before the second one. */
void looked_asleep(struct stream *stream, uint32_t tid, double ms, struct event_thread thread);
/* It ran so long between the looks, and was on a CPU at both; the rest as in *thread. */
void looked_running(struct stream *stream, uint32_t tid, double ran_ms, struct event_thread thread);
/* One look at it. */
void looked_once(struct stream *stream, uint32_t look, struct event_thread thread);

/* A futex wait without a limit of time; flags are the operation's. */
struct event_thread looked_futex(uint64_t stack, uint64_t address, uint64_t operation);

void looked_relation(struct stream *stream, uint32_t tid, enum relation_kind kind, uint32_t peer,
		     uint32_t flags, const char *name);
/* The same with all that stands in *relation; the time is that of the second look. */
void looked_relation_of(struct stream *stream, struct event_relation relation, const char *name);
void looked_log(struct stream *stream, double ms, uint32_t tid, const char *text);

/* The state of an analysis that has judged all; the caller's, to end with stuck_free(). */
struct stuck *looked_judge(struct stream *stream);

/* The report; the caller's. */
struct stuck_report *looked_report(struct stream *stream);
struct stuck_report *looked_report_of(struct stream *stream, const struct stuck_options *options);

/* NULL: it is not told. */
const struct stuck_process *looked_process(const struct stuck_report *report, uint32_t pid);

/* The process is told with this row; what it says is printed otherwise. */
void assert_row(const struct stuck_report *report, uint32_t pid, const char *row);
/* A text of the list has these words in it. */
void assert_tells(const struct text *texts, size_t count, const char *words);

#endif
