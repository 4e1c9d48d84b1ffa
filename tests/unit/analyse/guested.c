/* How does a test tell a story of virtual machines? In events, to a report that adds up. */
#include "guested.h"

#include <stdlib.h>
#include <string.h>

#include "harness/test.h"

void stream_thread(struct stream *stream, uint32_t tid, uint32_t tgid, const char *comm)
{
	struct event_task task = { .tid = tid, .tgid = tgid, .flags = TASK_TARGET };

	memcpy(task.comm, comm, strnlen(comm, sizeof(task.comm)));
	stream_add(stream, EVENT_TASK, &task, sizeof(task));
}

void stream_guest(struct stream *stream)
{
	stream_watch(stream, WATCH_PROCESS, GUEST);
	stream_thread(stream, GUEST, GUEST, "qemu-system-x86");
	stream_thread(stream, VCPU0, GUEST, "CPU 0/KVM");
	stream_thread(stream, VCPU1, GUEST, "CPU 1/KVM");
	stream_thread(stream, IOTHREAD, GUEST, "IO io0");
	stream_thread(stream, WORKER, GUEST, "worker");
}

void stream_exit(struct stream *stream, uint32_t tid, double from_ms, double to_ms,
		 struct event_guest_exit exit)
{
	exit.head.time_ns = BEGIN_NS + (uint64_t)(to_ms * 1e6 + 0.5);
	exit.start_ns = BEGIN_NS + (uint64_t)(from_ms * 1e6 + 0.5);
	exit.tid = tid;
	stream_add(stream, EVENT_GUEST_EXIT, &exit, sizeof(exit));
}

static int compare_items(const void *left, const void *right)
{
	const struct stream_item *a = left, *b = right;

	if (a->event->time_ns != b->event->time_ns)
		return a->event->time_ns < b->event->time_ns ? -1 : 1;
	return a->place < b->place ? -1 : 1;
}

static void check_exits(const struct kvm_guest *guest)
{
	uint64_t count = 0, busy_ns = 0, idle_ns = 0, user_ns = 0;
	double share = 0;

	for (size_t i = 0; i < guest->exits.count; i++) {
		const struct kvm_exit *exit = &guest->exits.items[i];

		count += exit->count;
		busy_ns += exit->times.total_ns;
		idle_ns += exit->idle_ns;
		user_ns += exit->user_ns;
		share += exit->share;
		assert_int_equal(exit->total_ns, exit->times.total_ns + exit->idle_ns);
		assert_true(exit->user_ns <= exit->times.total_ns);
		assert_true(exit->user_count <= exit->count);
		if (i && exit->is_idle == exit[-1].is_idle)
			assert_true(exit->times.total_ns <= exit[-1].times.total_ns);
	}
	assert_int_equal(count, guest->exit_count);
	assert_int_equal(busy_ns, guest->exit_ns);
	assert_int_equal(idle_ns, guest->idle_ns);
	assert_int_equal(user_ns, guest->user_ns);
	if (busy_ns)
		assert_near(share, 1.0);
}

static void check_wakes(const struct kvm_guest *guest)
{
	for (size_t i = 0; i < guest->wakes.count; i++) {
		const struct kvm_wake *wake = &guest->wakes.items[i];
		uint64_t with_stack = 0;

		for (size_t k = 0; k < wake->path_count; k++)
			with_stack += wake->paths[k].count;
		assert_int_equal(with_stack, wake->with_stack);
		assert_true(wake->with_stack <= wake->count);
		assert_true(wake->share > 0 && wake->share <= 1);
		if (i)
			assert_true(strcmp(wake[-1].sleeper, wake->sleeper) <= 0);
	}
}

struct kvm_report *stream_guests(struct stream *stream)
{
	struct kvm_report *report = NULL;
	struct kvm *kvm = NULL;
	struct diag why = {};

	qsort(stream->items.items, stream->items.count, sizeof(*stream->items.items),
	      compare_items);
	assert_int_equal(kvm_new(&kvm), 0);
	for (size_t i = 0; i < stream->items.count; i++)
		assert_int_equal(kvm_take(kvm, stream->items.items[i].event, &why), 0);
	assert_int_equal(kvm_report(kvm, &report, &why), 0);
	kvm_free(&kvm);
	for (size_t i = 0; i < report->guests.count; i++) {
		check_exits(&report->guests.items[i]);
		check_wakes(&report->guests.items[i]);
		if (i)
			assert_true(report->guests.items[i - 1].pid < report->guests.items[i].pid);
	}
	return report;
}

const struct kvm_guest *report_guest(const struct kvm_report *report, uint32_t pid)
{
	for (size_t i = 0; i < report->guests.count; i++) {
		if (report->guests.items[i].pid == pid)
			return &report->guests.items[i];
	}
	return NULL;
}

const struct kvm_exit *guest_exit(const struct kvm_guest *guest, const char *name)
{
	for (size_t i = 0; i < guest->exits.count; i++) {
		if (strcmp(guest->exits.items[i].name, name) == 0)
			return &guest->exits.items[i];
	}
	return NULL;
}

const struct kvm_thread *guest_thread(const struct kvm_guest *guest, uint32_t tid)
{
	for (size_t i = 0; i < guest->threads.count; i++) {
		if (guest->threads.items[i].tid == tid)
			return &guest->threads.items[i];
	}
	return NULL;
}

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

const struct kvm_wake *guest_wake(const struct kvm_guest *guest, const char *waker,
				  const char *sleeper)
{
	for (size_t i = 0; i < guest->wakes.count; i++) {
		if (begins(guest->wakes.items[i].waker, waker) &&
		    begins(guest->wakes.items[i].sleeper, sleeper))
			return &guest->wakes.items[i];
	}
	return NULL;
}

uint64_t wake_path(const struct kvm_wake *wake, const char *words)
{
	for (size_t i = 0; wake && i < wake->path_count; i++) {
		if (strcmp(wake->paths[i].words, words) == 0)
			return wake->paths[i].count;
	}
	return 0;
}

const struct kvm_claim *report_claim(const struct kvm_report *report, enum kvm_claim_id id,
				     const char *what)
{
	for (size_t i = 0; i < report->claims.count; i++) {
		const struct kvm_claim *claim = &report->claims.items[i];

		if (claim->id == id && (!what || strstr(claim->what, what)))
			return claim;
	}
	return NULL;
}

bool guests_tell(const struct kvm_report *report, const char *words)
{
	for (size_t i = 0; i < report->notes.count; i++) {
		if (strstr(report->notes.items[i].words, words))
			return true;
	}
	return false;
}
