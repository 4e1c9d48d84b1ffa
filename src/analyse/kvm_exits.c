/* What makes virtual CPUs leave their guests, and what does that cost? Sums by guest and reason. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/kvm_state.h"
#include "event/exits.h"

static void add(uint64_t *sum, uint64_t ns)
{
	if (__builtin_add_overflow(*sum, ns, sum))
		*sum = UINT64_MAX;
}

/* The process that the thread is of; 0: not known. */
static uint32_t process_of(const struct kvm *kvm, uint32_t tid)
{
	const struct kvm_task *task = kvm_task_find(kvm, tid);

	return task ? task->tgid : 0;
}

/* Place + 1 of a key; *ret NULL: there is no room (0). */
#define PUT(kvm, list, map, key, limit, ret)                                                      \
	({                                                                                        \
		uint64_t put_key = (key), *put_place = hash_find(&(kvm)->map, put_key);           \
		int put_r = 0;                                                                    \
		*(ret) = NULL;                                                                    \
		if (!put_place && (kvm)->list.count < (limit)) {                                  \
			put_place =                                                               \
				array_push(&(kvm)->list) ? hash_put(&(kvm)->map, put_key) : NULL; \
			put_r = put_place ? 0 : -ENOMEM;                                          \
			if (put_place)                                                            \
				*put_place = (kvm)->list.count;                                   \
		}                                                                                 \
		if (put_place)                                                                    \
			*(ret) = &(kvm)->list.items[*put_place - 1];                              \
		put_r;                                                                            \
	})

static int sum_guest(struct kvm *kvm, uint32_t pid, const struct event_guest_exit *event)
{
	struct guest_sum *sum;
	uint64_t *known;
	int r = PUT(kvm, guests, guest_by_pid, pid, KVM_GUESTS_MAX, &sum);

	if (!sum) {
		kvm->refused_guests++;
		return r;
	}
	sum->pid = pid;
	add(&sum->in_guest_ns, event->flags & GUEST_EXIT_GUEST ? event->guest_ns : 0);
	sum->open += event->flags & GUEST_EXIT_OPEN_END ? 1 : 0;
	if (hash_find(&kvm->vcpus, event->tid))
		return 0;
	known = hash_put(&kvm->vcpus, event->tid);
	if (!known)
		return -ENOMEM;
	*known = 1;
	sum->vcpus++;
	return 0;
}

static int sum_user(struct kvm *kvm, uint32_t pid, const struct event_guest_exit *event,
		    uint64_t ns)
{
	struct user_sum *sum;
	int r = PUT(kvm, users, user_by_key, hash_pair(pid, event->user_reason), KVM_EXITS_MAX,
		    &sum);

	if (!sum) {
		kvm->refused_users++;
		return r;
	}
	sum->pid = pid;
	sum->reason = event->user_reason;
	sum->count++;
	add(&sum->ns, ns);
	return 0;
}

/* KVM_EXIT_HLT of include/uapi/linux/kvm.h: it is the program that sleeps, not the kernel. */
#define USER_HALT 5u

static bool sleeps_in_program(const struct event_guest_exit *event)
{
	return event->flags & GUEST_EXIT_USER && event->user_reason == USER_HALT;
}

/* Of a halt only what the kernel slept is idle, where it says so. */
static uint64_t idle_of(const struct event_guest_exit *event, uint64_t ns)
{
	const struct exit_reason *reason = exit_reason_find(event->isa, event->reason);

	if (!reason || reason->kind != EXIT_IDLE)
		return 0;
	if (sleeps_in_program(event) || !(event->flags & GUEST_EXIT_HALTED))
		return ns;
	return event->halted_ns < ns ? event->halted_ns : ns;
}

/* What of it the program worked: no more than what was not idle. */
static uint64_t user_of(const struct event_guest_exit *event, uint64_t busy_ns)
{
	if (!(event->flags & GUEST_EXIT_USER) || sleeps_in_program(event))
		return 0;
	return event->user_ns < busy_ns ? event->user_ns : busy_ns;
}

int kvm_take_exit(struct kvm *kvm, const struct event_guest_exit *event)
{
	uint32_t pid = process_of(kvm, event->tid);
	uint64_t ns =
		event->head.time_ns > event->start_ns ? event->head.time_ns - event->start_ns : 0;
	uint64_t key = hash_pair(pid, (uint64_t)event->isa << 32 | event->reason);
	uint64_t idle_ns = idle_of(event, ns);
	struct exit_sum *sum;
	int r = sum_guest(kvm, pid, event);

	kvm->report->has_exits = true;
	kvm->has_halted |= event->flags & GUEST_EXIT_HALTED;
	/* Where it is not over its time is not known. */
	if (r < 0 || event->flags & (GUEST_EXIT_OPEN_END | GUEST_EXIT_INSIDE))
		return r;
	r = PUT(kvm, exits, exit_by_key, key, KVM_EXITS_MAX, &sum);
	if (!sum) {
		kvm->refused_exits++;
		return r;
	}
	sum->pid = pid;
	sum->isa = event->isa;
	sum->reason = event->reason;
	add(&sum->total_ns, ns);
	add(&sum->idle_ns, idle_ns);
	histogram_add(&sum->busy, ns - idle_ns);
	if (!(event->flags & GUEST_EXIT_USER))
		return 0;
	sum->user_count++;
	add(&sum->user_ns, user_of(event, ns - idle_ns));
	return sum_user(kvm, pid, event, user_of(event, ns - idle_ns));
}

/* --- at the end --- */

static const char *isa_name(uint32_t isa)
{
	if (isa == GUEST_ISA_VMX)
		return "vmx";
	return isa == GUEST_ISA_SVM ? "svm" : "unknown";
}

static int tell_exit(struct kvm_guest *guest, const struct exit_sum *sum)
{
	const struct exit_reason *reason = exit_reason_find(sum->isa, sum->reason);
	struct kvm_exit *exit = array_push(&guest->exits);

	if (!exit)
		return -ENOMEM;
	if (reason)
		(void)snprintf(exit->name, sizeof(exit->name), "%s", reason->name);
	else
		(void)snprintf(exit->name, sizeof(exit->name), "reason 0x%" PRIx32, sum->reason);
	exit->isa = isa_name(sum->isa);
	exit->reason = sum->reason;
	exit->words = reason ? reason->words : "";
	exit->is_idle = reason && reason->kind == EXIT_IDLE;
	exit->count = sum->busy.count;
	exit->total_ns = sum->total_ns;
	exit->idle_ns = sum->idle_ns;
	exit->user_ns = sum->user_ns;
	exit->user_count = sum->user_count;
	histogram_tell(&sum->busy, &exit->times);
	guest->exit_count += exit->count;
	add(&guest->exit_ns, sum->busy.sum_ns);
	add(&guest->idle_ns, sum->idle_ns);
	add(&guest->user_ns, sum->user_ns);
	return 0;
}

static int tell_user(struct kvm_guest *guest, const struct user_sum *sum)
{
	struct kvm_user_exit *exit = array_push(&guest->user_exits);
	const char *name = exit_user_name(sum->reason);

	if (!exit)
		return -ENOMEM;
	if (name)
		(void)snprintf(exit->name, sizeof(exit->name), "%s", name);
	else
		(void)snprintf(exit->name, sizeof(exit->name), "reason %" PRIu32, sum->reason);
	exit->reason = sum->reason;
	exit->count = sum->count;
	exit->ns = sum->ns;
	return 0;
}

static int compare_exits(const void *a, const void *b)
{
	const struct kvm_exit *one = a, *other = b;

	if (one->is_idle != other->is_idle)
		return one->is_idle ? 1 : -1;
	if (one->times.total_ns != other->times.total_ns)
		return one->times.total_ns > other->times.total_ns ? -1 : 1;
	if (one->count != other->count)
		return one->count > other->count ? -1 : 1;
	return (one->reason > other->reason) - (one->reason < other->reason);
}

static int compare_users(const void *a, const void *b)
{
	const struct kvm_user_exit *one = a, *other = b;

	if (one->ns != other->ns)
		return one->ns > other->ns ? -1 : 1;
	return (one->reason > other->reason) - (one->reason < other->reason);
}

static void finish_guest(struct kvm_guest *guest)
{
	uint64_t user_ns = 0;
	double all_ns = (double)guest->in_guest_ns + (double)guest->exit_ns;

	for (size_t i = 0; i < guest->exits.count; i++) {
		struct kvm_exit *exit = &guest->exits.items[i];

		exit->share =
			guest->exit_ns ? (double)exit->times.total_ns / (double)guest->exit_ns : 0;
	}
	for (size_t i = 0; i < guest->user_exits.count; i++)
		add(&user_ns, guest->user_exits.items[i].ns);
	for (size_t i = 0; i < guest->user_exits.count; i++) {
		struct kvm_user_exit *exit = &guest->user_exits.items[i];

		exit->share = user_ns ? (double)exit->ns / (double)user_ns : 0;
	}
	guest->guest_share = all_ns > 0 ? (double)guest->in_guest_ns / all_ns : -1;
	if (guest->exits.count)
		qsort(guest->exits.items, guest->exits.count, sizeof(*guest->exits.items),
		      compare_exits);
	if (guest->user_exits.count)
		qsort(guest->user_exits.items, guest->user_exits.count,
		      sizeof(*guest->user_exits.items), compare_users);
}

static int tell_sums(struct kvm *kvm, const struct guest_sum *sum)
{
	int r = 0;
	struct kvm_guest *guest = kvm_guest_of(kvm, sum->pid, &r);

	if (!guest)
		return r;
	guest->vcpus = sum->vcpus;
	guest->in_guest_ns = sum->in_guest_ns;
	guest->open_count = sum->open;
	for (size_t i = 0; i < kvm->exits.count && r == 0; i++) {
		if (kvm->exits.items[i].pid == sum->pid)
			r = tell_exit(guest, &kvm->exits.items[i]);
	}
	for (size_t i = 0; i < kvm->users.count && r == 0; i++) {
		if (kvm->users.items[i].pid == sum->pid)
			r = tell_user(guest, &kvm->users.items[i]);
	}
	finish_guest(guest);
	return r;
}

int kvm_tell_exits(struct kvm *kvm)
{
	int r = 0;

	for (size_t i = 0; i < kvm->guests.count && r == 0; i++)
		r = tell_sums(kvm, &kvm->guests.items[i]);
	return r;
}
