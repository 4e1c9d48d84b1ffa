/* Who is who? Threads, the processes they belong to, and whether they belong to the target. */
#ifndef ANALYSE_TASKS_H
#define ANALYSE_TASKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyse/names.h"
#include "analyse/timeline.h"
#include "base/array.h"
#include "base/hash.h"
#include "event/event.h"
#include "finding/finding.h"

struct digest;

struct thread {
	uint32_t index; /* in tasks.threads */
	uint32_t tid;
	uint32_t tgid; /* 0: not told */
	uint32_t parent_tgid;
	uint32_t flags; /* enum task_flags */
	uint32_t comm;
	uint32_t name;      /* for people: comm, or with it the workqueue it works for */
	uint32_t name_kind; /* with digits as '#' */
	uint32_t title;     /* what the process calls itself; 0: not told */
	uint32_t former;    /* index + 1 of the thread that had this tid before; 0: none */
	uint64_t birth_ns;
	uint64_t death_ns; /* UINT64_MAX: alive */
	uint64_t cgroup;
	uint32_t cpu_group; /* name of the group whose CPU quota it runs under; 0: not told */
	int32_t exit_code;  /* -1: not known */
	bool is_target;
	bool is_root;   /* its wall time is charged */
	bool is_hidden; /* the kernel hides what it does: only what is known of it counts */
	bool has_begun; /* begin_ns and cursor_ns are valid */

	struct history history;
	struct digest *digest; /* owned; what is left of forgotten spans; NULL: nothing */
	uint64_t forgotten_ns; /* spans before this time are forgotten; 0: none are */
	uint64_t on_cpu_ns;   /* since when it has been running, unless a span says otherwise; 0: it
				 is not */
	uint64_t queue_ns;    /* its last stay in the queue, when nothing came after it */
	uint64_t run_user_ns; /* of all runs told so far */
	uint64_t run_kernel_ns;

	uint64_t settled_seq;           /* spans before it are accounted (and charged) */
	uint64_t begin_ns;              /* its birth or the watch's begin, the later */
	uint64_t cursor_ns;             /* time before it is accounted */
	uint64_t gap_ns;                /* of it, time of which nothing was told */
	struct thread_account *account; /* owned; of target threads */
	uint32_t slice_rows;            /* its states in the analysis' slices; 0: none */
};

struct thread_slot {
	struct thread *thread; /* owned; NULL: it was let go */
};

/* Zero is a valid empty set. */
struct tasks {
	ARRAY(struct thread_slot) threads; /* by index */
	struct hash_map by_tid;            /* tid → index of the newest */
	size_t live;                       /* threads that are not NULL */
	size_t span_count;                 /* in all histories */
	struct thread_account retired;     /* of the target's threads that were let go, summed */
	uint64_t retired_count;
	uint32_t retired_slice_rows; /* theirs */
	uint64_t refused_count;      /* threads there was no room for */
};

/* The newest thread of this number; NULL: none was told. */
struct thread *tasks_find(const struct tasks *tasks, uint32_t tid);
/* The one that had this number at that time. */
struct thread *tasks_find_at(const struct tasks *tasks, uint32_t tid, uint64_t time_ns);
/* The same as tasks_find(), made when it was not there. 1 and *ret; 0: no room for more threads;
 * -ENOMEM. */
must_check int tasks_get(struct tasks *tasks, uint32_t tid, struct thread **ret);
/* Take what is told of a thread. 1 and *ret; 0: no room; -ENOMEM. */
must_check int tasks_tell(struct tasks *tasks, struct names *names, const struct event_task *event,
			  struct thread **ret);
/* Take what a thread calls itself. */
void tasks_title(const struct tasks *tasks, struct names *names, const struct event_title *event);
/* Is there room for more threads? If not, the caller lets go of dead ones. */
bool tasks_are_full(const struct tasks *tasks);
/* Let go of a thread; its account is summed in `retired`. */
void tasks_retire(struct tasks *tasks, struct thread *thread);

/* The name of the process a thread belongs to: its first thread's; kworkers are one. */
uint32_t tasks_process_name(const struct tasks *tasks, struct names *names,
			    const struct thread *thread);

static inline bool thread_is_kernel(const struct thread *thread)
{
	return thread->flags & TASK_KERNEL;
}

void tasks_free(struct tasks *tasks);

#endif
