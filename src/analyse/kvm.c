/* How do virtual machines do? Each event goes where it is folded. */
#include "analyse/kvm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/kvm_state.h"
#include "finding/format.h"

int kvm_new(struct kvm **ret)
{
	const struct waiter_options options = {
		.keys = { .items = { WAIT_BY_THREAD }, .count = 1 },
		.has_idle = true,
	};
	owns(kvm_free) struct kvm *kvm = calloc(1, sizeof(*kvm));

	if (!kvm || waiter_new(&options, &kvm->waiter) < 0)
		return -ENOMEM;
	kvm->report = calloc(1, sizeof(*kvm->report));
	if (!kvm->report)
		return -ENOMEM;
	kvm->report->steal_share = -1;
	*ret = give(kvm);
	return 0;
}

void kvm_free(struct kvm **kvm)
{
	struct kvm *old = give(*kvm);

	if (!old)
		return;
	waiter_free(&old->waiter);
	kvm_report_free(&old->report);
	array_free(&old->tasks);
	array_free(&old->exits);
	array_free(&old->users);
	array_free(&old->guests);
	array_free(&old->wakes);
	hash_free(&old->task_by_tid);
	hash_free(&old->exit_by_key);
	hash_free(&old->user_by_key);
	hash_free(&old->guest_by_pid);
	hash_free(&old->vcpus);
	hash_free(&old->wake_by_key);
	hash_free(&old->paths);
	free(old);
}

struct kvm_guest *kvm_guest_find(const struct kvm_report *report, uint32_t pid)
{
	for (size_t i = 0; i < report->guests.count; i++) {
		if (report->guests.items[i].pid == pid)
			return &report->guests.items[i];
	}
	return NULL;
}

struct kvm_guest *kvm_guest_of(struct kvm *kvm, uint32_t pid, int *r)
{
	struct kvm_guest *guest = kvm_guest_find(kvm->report, pid);

	*r = 0;
	if (guest)
		return guest;
	if (kvm->report->guests.count >= KVM_GUESTS_MAX) {
		kvm->refused_guests++;
		return NULL;
	}
	guest = array_push(&kvm->report->guests);
	if (!guest) {
		*r = -ENOMEM;
		return NULL;
	}
	guest->pid = pid;
	guest->guest_share = -1;
	return guest;
}

/* --- threads --- */

const struct kvm_task *kvm_task_find(const struct kvm *kvm, uint32_t tid)
{
	const uint64_t *place = hash_find(&kvm->task_by_tid, tid);

	return place ? &kvm->tasks.items[*place - 1] : NULL;
}

const char *kvm_task_name(const struct kvm *kvm, const struct kvm_task *task)
{
	return names_text(&kvm->waiter->profiler->names, task->name);
}

/* The thread of this number, made when it was not there; NULL: there is no room (*r 0). */
static struct kvm_task *get_task(struct kvm *kvm, uint32_t tid, int *r)
{
	uint64_t *place = hash_find(&kvm->task_by_tid, tid);
	struct kvm_task *task;

	*r = 0;
	if (place)
		return &kvm->tasks.items[*place - 1];
	if (kvm->tasks.count >= KVM_TASKS_MAX)
		return NULL;
	task = array_push(&kvm->tasks);
	place = task ? hash_put(&kvm->task_by_tid, tid) : NULL;
	if (!place) {
		*r = -ENOMEM;
		return NULL;
	}
	*place = kvm->tasks.count;
	task->tid = tid;
	return task;
}

static int take_task(struct kvm *kvm, const struct event_task *event)
{
	int r;
	struct kvm_task *task = get_task(kvm, event->tid, &r);

	if (!task)
		return r;
	task->tgid = event->tgid;
	task->is_kernel = event->flags & TASK_KERNEL;
	task->is_target =
		event->flags & TASK_TARGET || kvm->waiter->profiler->watch.target == WATCH_MACHINE;
	task->name = names_put(&kvm->waiter->profiler->names, event->comm,
			       strnlen(event->comm, sizeof(event->comm)));
	return 0;
}

static int take_run(struct kvm *kvm, const struct event_run *event)
{
	int r;
	struct kvm_task *task = get_task(kvm, event->tid, &r);
	uint64_t ns =
		event->head.time_ns > event->start_ns ? event->head.time_ns - event->start_ns : 0;

	if (task && __builtin_add_overflow(task->run_ns, ns, &task->run_ns))
		task->run_ns = UINT64_MAX;
	return r;
}

/* --- events --- */

static void take_counter(struct kvm *kvm, const struct event_counter *event)
{
	if (event->key != COUNTER_STEAL_NS)
		return;
	kvm->steal_ns[kvm->steals ? 1 : 0] = event->value;
	kvm->steals++;
}

/* What is not the waiter's own: it has taken the event before. */
static int take_own(struct kvm *kvm, const struct event *event)
{
	const void *whole = event;

	if (event->kind == EVENT_FACT)
		return kvm_take_fact(kvm, whole);
	if (event->kind == EVENT_GUEST_EXIT)
		return kvm_take_exit(kvm, whole);
	if (event->kind == EVENT_TASK)
		return take_task(kvm, whole);
	if (event->kind == EVENT_RUN)
		return take_run(kvm, whole);
	if (event->kind == EVENT_WAIT)
		return kvm_take_wait(kvm, whole);
	if (event->kind == EVENT_COUNTER)
		take_counter(kvm, whole);
	if (event->kind == EVENT_LOSS) {
		const struct event_loss *loss = whole;

		if (loss->what == LOSS_GUEST_EXIT)
			kvm->report->lost_exits += loss->count;
	}
	return 0;
}

int kvm_take(void *self, const struct event *event, struct diag *why)
{
	struct kvm *kvm = self;
	int r;

	if (!event_kind_name(event->kind) || !event_is_sound(event, event->bytes))
		return 0;
	r = waiter_take(kvm->waiter, event, why);
	if (r == 0)
		r = take_own(kvm, event);
	return r < 0 ? diag_set(why, r, "no memory left to look at virtual machines") : 0;
}

/* --- at the end --- */

static int compare_guests(const void *a, const void *b)
{
	const struct kvm_guest *one = a, *other = b;

	return (one->pid > other->pid) - (one->pid < other->pid);
}

static void tell_steal(struct kvm *kvm)
{
	struct kvm_report *report = kvm->report;
	const struct profile *tree = report->waits->tree;
	double all_ns = (double)tree->window_ns * tree->cpus;

	report->is_guest = report->hypervisor[0] && strcmp(report->hypervisor, "none") != 0;
	if (kvm->steals < 2 || kvm->steal_ns[1] < kvm->steal_ns[0] || all_ns <= 0)
		return;
	report->steal_ns = kvm->steal_ns[1] - kvm->steal_ns[0];
	report->steal_share = (double)report->steal_ns / all_ns;
}

/* Names are cut at 15 bytes: "qemu-system-x86". */
static bool is_qemu(const char *name)
{
	return strncmp(name, "qemu-system-", strlen("qemu-system-")) == 0 ||
	       strcmp(name, "qemu-kvm") == 0 || strcmp(name, "kvm") == 0;
}

/* Recordings that were not made for this have guests as well: their processes' names tell. */
static int find_guests(struct kvm *kvm)
{
	int r = 0;

	for (size_t i = 0; i < kvm->tasks.count && r == 0; i++) {
		const struct kvm_task *task = &kvm->tasks.items[i];

		if (task->is_target && !task->is_kernel && task->tid == task->tgid &&
		    is_qemu(kvm_task_name(kvm, task)))
			(void)kvm_guest_of(kvm, task->tid, &r);
	}
	return r;
}

/* What its command line does not call by a name has its process's. */
static void name_guests(struct kvm *kvm)
{
	for (size_t i = 0; i < kvm->report->guests.count; i++) {
		struct kvm_guest *guest = &kvm->report->guests.items[i];
		const struct kvm_task *task = guest->pid ? kvm_task_find(kvm, guest->pid) : NULL;

		if (task && !guest->name[0])
			(void)snprintf(guest->name, sizeof(guest->name), "%.32s",
				       kvm_task_name(kvm, task));
	}
}

static int tell_waits_notes(struct kvm *kvm)
{
	const struct waiter *waiter = kvm->waiter;
	struct kvm_report *report = kvm->report;
	int r = 0;

	if (report->has_waits)
		r = text_add(
			&report->notes,
			"By which way is known of wake-ups whose stack was taken: of %s among %s, "
			"one for each millisecond that a thread waited.",
			format_count(waiter->with_waker_stack).text,
			format_count(waiter->with_waker).text);
	for (size_t what = 0; what < array_count(waiter->losses) && r == 0; what++) {
		if (waiter->losses[what])
			r = text_add(&report->notes, "Lost: %s %s.",
				     format_count(waiter->losses[what]).text,
				     event_loss_name((uint32_t)what));
	}
	for (size_t i = 0; i < waiter->missing.count && r == 0; i++)
		r = text_add(&report->notes, "Not seen: %s.",
			     names_text(&waiter->profiler->names, waiter->missing.items[i]));
	return r;
}

/* What found no room. */
static int tell_refused(struct kvm *kvm)
{
	const struct {
		uint64_t count;
		const char *what;
	} refused[] = {
		{ kvm->refused_exits, "exits" },
		{ kvm->refused_users,
		  "exits to the program, in the table of what it was asked for," },
		{ kvm->refused_wakes, "wake-ups" },
	};
	int r = 0;

	for (size_t i = 0; i < array_count(refused) && r == 0; i++) {
		if (refused[i].count)
			r = text_add(&kvm->report->notes, "%s %s found no room.",
				     format_count(refused[i].count).text, refused[i].what);
	}
	if (r == 0 && kvm->refused_guests)
		r = text_add(&kvm->report->notes, "There were more guests than there is room for.");
	return r < 0 ? r : tell_waits_notes(kvm);
}

static const char UNSEEN_EXITS[] =
	"Exits of guests: not seen. slowpath kvm watches them where the kernel has KVM's "
	"tracepoints; perf record -a -e kvm:kvm_exit,kvm:kvm_entry,kvm:kvm_userspace_exit,"
	"kvm:kvm_vcpu_wakeup records them as well, and slowpath kvm -i reads that.";
static const char NO_EXITS[] =
	"Exits of guests: none was told, though KVM's tracepoints were watched: no guest ran, or "
	"not with a KVM that tells of its exits there.";

static int tell_notes(struct kvm *kvm)
{
	struct kvm_report *report = kvm->report;
	bool has_config = false, lacks_config = false, has_idle = false;
	int r = 0;

	for (size_t i = 0; i < report->guests.count; i++) {
		has_config |= report->guests.items[i].has_config;
		lacks_config |=
			!report->guests.items[i].has_config && !report->guests.items[i].unread[0];
		has_idle |= report->guests.items[i].idle_ns > 0;
	}
	if (has_config)
		r = text_add(
			&report->notes,
			"Disks and iothreads are those of the command line: what was plugged in "
			"or changed since is not known.");
	if (r == 0 && lacks_config)
		r = text_add(
			&report->notes,
			"How a guest was set up is known of watches of slowpath kvm alone, and of "
			"guests that ran before they began.");
	if (r == 0 && report->guests.count && !report->has_exits)
		r = text_add(&report->notes, "%s", kvm->sees_exits ? NO_EXITS : UNSEEN_EXITS);
	if (r == 0 && report->has_exits && has_idle && !kvm->has_halted && !kvm->is_watch)
		r = text_add(
			&report->notes,
			"Exits in which the guest had nothing to do count as idle as a whole: how "
			"long the kernel slept in them is not told (kvm:kvm_vcpu_wakeup).");
	if (r == 0 && report->has_exits && !kvm->users.count && !kvm->is_watch)
		r = text_add(
			&report->notes,
			"That an exit went on to the program (QEMU) was not seen of any: where "
			"kvm:kvm_userspace_exit was not recorded, that time is in the reasons.");
	if (r == 0 && report->lost_exits)
		r = text_add(&report->notes,
			     "Of %s exits the other end was not told: they are in no sum.",
			     format_count(report->lost_exits).text);
	return r < 0 ? r : tell_refused(kvm);
}

static int make_report(struct kvm *kvm, struct diag *why)
{
	struct kvm_report *report = kvm->report;
	int r = waiter_report(kvm->waiter, &report->waits, why);

	if (r < 0)
		return r;
	report->has_waits = kvm->wakes.count > 0;
	tell_steal(kvm);
	r = find_guests(kvm);
	if (r == 0)
		r = kvm_tell_exits(kvm);
	if (r == 0)
		r = kvm_tell_threads(kvm);
	if (r == 0)
		r = kvm_tell_wakes(kvm);
	if (r < 0)
		return r;
	name_guests(kvm);
	if (report->guests.count)
		qsort(report->guests.items, report->guests.count, sizeof(*report->guests.items),
		      compare_guests);
	r = kvm_judge(report);
	return r < 0 ? r : tell_notes(kvm);
}

int kvm_report(struct kvm *kvm, struct kvm_report **ret, struct diag *why)
{
	int r = make_report(kvm, why);

	if (r < 0)
		return diag_set(why, r, "no memory left for the report of virtual machines");
	*ret = give(kvm->report);
	return 0;
}
