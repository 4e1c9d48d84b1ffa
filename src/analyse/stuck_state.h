/* What is known of all threads that were looked at? All parts of it in one place. */
#ifndef ANALYSE_STUCK_STATE_H
#define ANALYSE_STUCK_STATE_H

#include "analyse/classify.h"
#include "analyse/klog.h"
#include "analyse/names.h"
#include "analyse/pools.h"
#include "analyse/profile_stacks.h"
#include "analyse/program_locks.h"
#include "analyse/stuck.h"
#include "base/array.h"
#include "base/hash.h"

#define NONE UINT32_MAX

/* The kernel's bits of a thread's state. */
#define STATE_INTERRUPTIBLE   0x0001u
#define STATE_UNINTERRUPTIBLE 0x0002u
#define STATE_STOPPED         0x0004u
#define STATE_TRACED          0x0008u
#define STATE_DEAD            0x0010u
#define STATE_ZOMBIE          0x0020u
#define STATE_PARKED          0x0040u
#define STATE_KILLABLE        0x0100u
#define STATE_NO_LOAD         0x0400u /* with uninterruptible: idle */
#define STATE_RT_LOCK         0x1000u /* for a spin lock that is a sleeping one */
#define STATE_FROZEN          0x8000u

/* How it stood at one look. */
struct stand {
	uint64_t time_ns;
	uint64_t since_ns;
	uint64_t run_ns;
	uint64_t switches;
	uint64_t io_calls;
	uint64_t io_bytes;
	uint64_t stack;
	uint64_t user_stack;
	uint32_t look; /* 0: not seen */
	uint32_t state;
	uint32_t flags; /* enum thread_flags */
	int32_t syscall;
};

/* How it stands, by the two looks at it alone. */
enum plight {
	PLIGHT_UNSEEN, /* told, but never looked at */
	PLIGHT_ENDED,
	PLIGHT_ZOMBIE,
	PLIGHT_DUMPING,
	PLIGHT_STOPPED,
	PLIGHT_TRACED,
	PLIGHT_FROZEN,
	PLIGHT_MOVES,
	PLIGHT_SPINS,
	PLIGHT_QUEUED,  /* ready, but it never ran */
	PLIGHT_BLOCKED, /* unmoved and uninterruptible */
	PLIGHT_ASLEEP,  /* unmoved */
};

struct thread_seen {
	uint32_t tid;
	uint32_t tgid;  /* 0: not told */
	uint32_t flags; /* enum task_flags */
	uint32_t comm;
	uint32_t name;  /* for people: comm, or with it the workqueue it works for */
	uint32_t title; /* what the process calls itself; 0: not told */
	struct stand first;
	struct stand last;
	uint64_t arguments[6]; /* of the last system call */
	uint64_t lock;
	uint32_t lock_kind;
	uint32_t lock_owner;
	int32_t exit_code;

	/* All below is worked out from what was told. */
	uint32_t process;
	uint32_t next;  /* the next thread of its process */
	uint32_t edges; /* the first one */
	uint32_t edge_count;
	uint32_t waiters;  /* the first edge to it */
	uint32_t circle;   /* its deadlock */
	uint16_t class_id; /* what its stack waits for */
	uint8_t plight;    /* enum plight */
	uint8_t row;       /* enum stuck_row */
	bool is_live;      /* it may get on without anybody who is stuck */
	bool is_in_chain;  /* of a process that is told */
};

struct process_seen {
	uint32_t tgid;
	uint32_t parent_tgid;
	uint32_t leader;       /* NONE: not told */
	uint32_t threads;      /* the first one */
	uint32_t thread_count; /* that were seen at the last look */
	uint32_t living;       /* of them, neither dead nor zombies */
	uint32_t moving;
	uint32_t waiters; /* the first edge to any of its threads */
	uint32_t envoy;   /* the thread that stands for it in chains */
	uint32_t worst;   /* the thread that its row is about */
	uint32_t circle;  /* the deadlock that its threads are in */
	uint8_t row;      /* enum stuck_row */
	bool is_live;
	bool is_kernel;
	bool is_target;
};

/* Beside those of enum relation_kind. */
enum {
	EDGE_LOCK = 16, /* a kernel lock */
	EDGE_END = 17,  /* the end of another thread of its process */
	EDGE_OWN = 18,  /* any other thread of its process */
};

/* Somebody who may end a thread's wait. */
struct edge {
	uint32_t waiter; /* thread */
	uint32_t peer;   /* its tid, as told */
	uint32_t target; /* thread, or process; NONE: nobody that could answer */
	uint32_t next;   /* the next edge to the same target */
	uint32_t name;
	uint32_t dev;
	uint64_t object;
	uint64_t since_ns;
	uint8_t kind;    /* enum relation_kind, or one of the above */
	uint8_t flags;   /* enum relation_flags */
	bool is_process; /* any thread of the target may answer */
	bool is_open;    /* whether it can be answered is not known */
};

struct known_fact {
	uint32_t key; /* names */
	uint32_t value;
};

struct known_device {
	uint32_t dev;
	uint32_t name;
};

#define STUCK_LOSSES 32

struct stuck {
	struct stuck_options options;
	struct names names;
	struct classes classes;
	struct stacks stacks;
	ARRAY(struct thread_seen) threads;
	struct hash_map by_tid; /* place + 1 */
	ARRAY(struct process_seen) processes;
	struct hash_map by_tgid; /* place + 1 */
	ARRAY(struct edge) edges;
	ARRAY(struct edge) possible; /* of those who poll, where others may answer as well */
	struct klog klog;
	ARRAY(struct known_fact) facts;
	ARRAY(struct known_device) devices;
	uint64_t losses[STUCK_LOSSES];
	uint64_t other_losses;
	bool is_watched;
	bool has_ended;
	struct event_watch watch;
	uint32_t end_flags;
	uint64_t end_ns;
	uint32_t first_look;
	uint32_t last_look;
	uint64_t first_look_ns; /* the first thread's of each */
	uint64_t last_look_ns;
	bool is_made;

	/* Worked out at the end. */
	uint32_t circles;
	bool is_crowded; /* more threads wanted to run than there are CPUs */
};

/* --- stuck_threads.c --- */

/* The thread with this number; NULL: not told. */
struct thread_seen *stuck_thread(const struct stuck *stuck, uint32_t tid);
struct process_seen *stuck_process_of(const struct stuck *stuck, uint32_t tgid);
must_check int threads_take(struct stuck *stuck, const struct event_task *event);
void threads_title(struct stuck *stuck, const struct event_title *event);
must_check int threads_look(struct stuck *stuck, const struct event_thread *event);
/* Find how each stands, and which belong together. */
must_check int threads_judge(struct stuck *stuck);

static inline bool thread_is_seen(const struct thread_seen *thread)
{
	return thread->plight > PLIGHT_ENDED;
}

static inline bool thread_is_alive(const struct thread_seen *thread)
{
	return thread->plight > PLIGHT_ZOMBIE;
}

/* Unmoved, and waiting for something. */
/* --- stuck_program.c --- */

/* The lock of its program's own that its functions or its title show it waits for; NULL: none that
 * is known. */
const struct program_lock *thread_program_lock(const struct stuck *stuck,
					       const struct thread_seen *thread);

static inline bool thread_is_waiting(const struct thread_seen *thread)
{
	return thread->plight == PLIGHT_BLOCKED || thread->plight == PLIGHT_ASLEEP;
}

static inline const struct class *thread_class(const struct stuck *stuck,
					       const struct thread_seen *thread)
{
	return classes_get(&stuck->classes, thread->class_id);
}

static inline uint32_t thread_index(const struct stuck *stuck, const struct thread_seen *thread)
{
	return (uint32_t)(thread - stuck->threads.items);
}

/* For how long it has stood so; 0: not known. */
uint64_t thread_stood_ns(const struct thread_seen *thread);

/* The last report of this kind on the thread, unless another had its number then; NULL: none. */
static inline const struct klog_report *thread_report(const struct stuck *stuck,
						      const struct thread_seen *thread,
						      enum klog_kind kind)
{
	const struct klog_report *report = klog_find(&stuck->klog, kind, thread->tid);

	return report && (!report->comm || report->comm == thread->comm) ? report : NULL;
}

/* --- stuck_edges.c --- */

must_check int edges_take(struct stuck *stuck, const struct event_relation *event);
/* Add those that follow from what threads wait for, and find their targets. */
must_check int edges_settle(struct stuck *stuck);
/* It polls, so that anything may come of any of several descriptors. */
static inline bool edge_is_polled(const struct edge *edge)
{
	return edge->flags & RELATION_POLLED;
}

/* Is it for what nobody answers, as the kernel keeps it back: a device's work, a frozen file
 * system? */
bool edge_is_kernels(const struct edge *edge);
/* Is the wait bounded: by a limit of time? */
bool thread_has_timeout(const struct thread_seen *thread);

/* --- stuck_graph.c --- */

/* Find who may get on, and the circles of those who may not. */
must_check int graph_settle(struct stuck *stuck);
/* The edge to follow from a thread; NULL: none. */
const struct edge *graph_choose(const struct stuck *stuck, const struct thread_seen *thread);
/* Who answers for an edge; NULL: nobody. */
struct thread_seen *graph_peer(const struct stuck *stuck, const struct edge *edge);

/* What a chain ends in. */
enum chain_end {
	END_CIRCLE,
	END_GONE,
	END_NOBODY,
	END_STUCK, /* blocked, stopped, killed, writing its core */
	END_SPINS,
	END_SLEEPS, /* by its own wish, or for something that is not told */
	END_IDLE,
	END_MOVES,
	END_DEVICE,
	END_WITHHELD, /* what it waits for is kept from it: by a freeze, by a limit */
	END_UNKNOWN,
};

enum {
	CHAIN_MAX = 16,
};

struct chain_step {
	const struct thread_seen *thread; /* NULL: no thread, or not told */
	const struct edge *edge;          /* by which it waits for the next; NULL: the last one */
	uint32_t tid;
};

struct chain {
	struct chain_step steps[CHAIN_MAX];
	size_t count;
	enum chain_end end;
};

struct chain graph_follow(const struct stuck *stuck, const struct thread_seen *thread);

/* --- stuck_judge.c --- */

/* Find the row of each thread and process. */
void rows_judge(struct stuck *stuck);

/* --- stuck_words.c --- */

/* Words of a bounded length. */
struct clause {
	char text[400];
};

/* "postgres (4711)" */
struct clause thread_words(const struct stuck *stuck, const struct thread_seen *thread);
struct clause process_words(const struct stuck *stuck, const struct process_seen *process);
/* The name of the process: its first thread's. */
const char *process_name(const struct stuck *stuck, const struct process_seen *process);
/* What it sleeps in: a function, or a system call; "" when neither is known. */
const char *place_words(const struct stuck *stuck, const struct thread_seen *thread);
/* "sdb" */
struct clause device_words(const struct stuck *stuck, uint32_t dev);
/* "/mnt/x (loop3, xfs)", "/group, rbps=1 for loop3": what is frozen, or limits. */
struct clause withheld_words(const struct stuck *stuck, const struct edge *edge);
/* "the pipe pipe:[4711]" */
struct clause edge_words(const struct stuck *stuck, const struct edge *edge);
/* "asleep for 34 s in futex_wait" */
struct clause plight_words(const struct stuck *stuck, const struct thread_seen *thread);
/* "SIGSEGV (11)" */
struct clause signal_words(int signal);
must_check int chain_tell(const struct stuck *stuck, const struct chain *chain,
			  struct stuck_process *told);
/* What the chain ends in, as a part of a sentence; "" when there is no chain. */
struct clause chain_words(const struct stuck *stuck, const struct chain *chain);

/* --- stuck_process.c --- */

must_check int process_tell(struct stuck *stuck, const struct process_seen *process,
			    struct stuck_process *told);
/* A process that is no more, but of which the log tells. */
must_check int gone_tell(struct stuck *stuck, const struct klog_report *report,
			 struct stuck_process *told);

/* --- stuck_core.c --- */

/* Where its core file is, or why there is none, and what to do; exit_code is NULL when its end was
 * not seen. */
must_check int core_tell(const struct stuck *stuck, uint32_t tgid, const int *exit_code,
			 struct stuck_process *told);

/* --- stuck.c --- */

/* The value of a fact; NULL: not told. */
const char *stuck_fact(const struct stuck *stuck, const char *key);

/* --- stuck_circles.c --- */

must_check int circles_tell(struct stuck *stuck, struct stuck_report *report);

/* --- stuck_groups.c --- */

must_check int groups_tell(struct stuck *stuck, struct stuck_report *report);
/* The functions of a stack, innermost first. */
must_check int stack_tell(const struct stuck *stuck, uint64_t id, void *list);

#endif
