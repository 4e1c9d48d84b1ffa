/* Where did each thread's wall time go? To the last nanosecond. */
#ifndef ANALYSE_ACCOUNT_H
#define ANALYSE_ACCOUNT_H

#include "analyse/state.h"

/* The watch is known now: threads told before it are enlisted. */
must_check int account_watch(struct analysis *analysis);
must_check int account_task(struct analysis *analysis, const struct event_task *event);
must_check int account_cgroup(struct analysis *analysis, const struct event_cgroup *event);
void account_task_end(struct analysis *analysis, const struct event_task_end *event);
must_check int account_run(struct analysis *analysis, const struct event_run *event);
must_check int account_wait(struct analysis *analysis, const struct event_wait *event);
/* A call has ended: its stack may say what its waits were for. */
must_check int account_call(struct analysis *analysis, const struct event_syscall *event);
must_check int account_queue(struct analysis *analysis, const struct event_queue *event);
/* Settle a target thread's next span; false when there is none. */
bool account_settle_next(struct analysis *analysis, struct thread *thread);
/* Settle the spans that closed long enough ago. */
void account_advance(struct analysis *analysis);
/* Settle all that was told, every thread's time up to the end of the watch (or of what was told of
 * it). */
void account_finish(struct analysis *analysis);

#endif
