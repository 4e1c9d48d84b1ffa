/* What is known of virtual machines? All parts of the thinker in one place. */
#ifndef ANALYSE_KVM_STATE_H
#define ANALYSE_KVM_STATE_H

#include "analyse/histogram.h"
#include "analyse/kvm.h"
#include "analyse/waiter_state.h"

#define KVM_GUESTS_MAX 4096u
#define KVM_EXITS_MAX  8192u
#define KVM_EDGES_MAX  (1u << 16)
#define KVM_TASKS_MAX  (1u << 16)

/* A thread: what is kept of it when it is gone, too. Of a number that was given again, the last. */
struct kvm_task {
	uint32_t tid;
	uint32_t tgid; /* 0: not told */
	uint32_t name; /* of the waiter's names */
	bool is_kernel;
	bool is_target; /* it was to be watched */
	uint64_t run_ns;
};

/* Exits of one guest for one reason. */
struct exit_sum {
	uint32_t pid;
	uint32_t isa;
	uint32_t reason;
	uint64_t idle_ns;
	uint64_t user_ns;
	uint64_t user_count;
	uint64_t total_ns;
	struct histogram busy; /* without what was idle */
};

/* What a program was asked for. */
struct user_sum {
	uint32_t pid;
	uint32_t reason;
	uint64_t count;
	uint64_t ns;
};

/* What is summed of a guest's virtual CPUs as a whole. */
struct guest_sum {
	uint32_t pid;
	uint32_t vcpus;
	uint64_t in_guest_ns;
	uint64_t open;
};

/* Wake-ups of one thread by another, by one way. */
struct wake_sum {
	uint32_t waker;   /* tid; 0: see kind */
	uint32_t sleeper; /* tid */
	uint16_t kind;    /* enum waker_kind */
	uint16_t path;    /* row of wake_paths.def + 1; 0: no stack was taken, or no row fits */
	bool has_stack;
	uint64_t count;
	uint64_t waited_ns;
};

struct kvm {
	struct waiter *waiter;     /* owned: threads, names, stacks, and the graph of wakers */
	struct kvm_report *report; /* owned: what facts tell goes there at once */
	ARRAY(struct kvm_task) tasks;
	struct hash_map task_by_tid; /* place + 1 */
	ARRAY(struct exit_sum) exits;
	struct hash_map exit_by_key; /* place + 1 */
	ARRAY(struct user_sum) users;
	struct hash_map user_by_key;
	ARRAY(struct guest_sum) guests;
	struct hash_map guest_by_pid;
	struct hash_map vcpus; /* tids that left a guest */
	ARRAY(struct wake_sum) wakes;
	struct hash_map wake_by_key;
	struct hash_map paths;  /* content of a stack → its path + 1 */
	uint64_t refused_exits; /* for want of room */
	uint64_t refused_users;
	uint64_t refused_wakes;
	uint64_t refused_guests;
	uint64_t steal_ns[2]; /* when the watch began, and last */
	uint32_t steals;
	bool sees_exits; /* their tracepoints were watched */
	bool is_watch;   /* by slowpath: what of them was not is told as missing */
	bool has_halted; /* how long was idle in a halt is told */
};

/* The guest of this process in the report, made when it was not there; NULL: there is no room (*r
 * 0), or no memory. */
struct kvm_guest *kvm_guest_of(struct kvm *kvm, uint32_t pid, int *r);
/* The same, but only looked for. */
struct kvm_guest *kvm_guest_find(const struct kvm_report *report, uint32_t pid);

/* NULL: it was not told. */
const struct kvm_task *kvm_task_find(const struct kvm *kvm, uint32_t tid);
/* Its name; any bytes, never NULL. */
const char *kvm_task_name(const struct kvm *kvm, const struct kvm_task *task);

/* --- kvm_facts.c --- */

must_check int kvm_take_fact(struct kvm *kvm, const struct event_fact *event);

/* --- kvm_exits.c --- */

must_check int kvm_take_exit(struct kvm *kvm, const struct event_guest_exit *event);
must_check int kvm_tell_exits(struct kvm *kvm);

/* --- kvm_wakes.c --- */

must_check int kvm_take_wait(struct kvm *kvm, const struct event_wait *event);
/* Of all guests with a process: their threads first. */
must_check int kvm_tell_threads(struct kvm *kvm);
must_check int kvm_tell_wakes(struct kvm *kvm);

/* --- kvm_judge.c --- */

/* All else of the report is there. */
must_check int kvm_judge(struct kvm_report *report);

#endif
