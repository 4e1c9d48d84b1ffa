/* Can any text make the reader of KVM's tracepoints crash, read astray, or tell an unsound event?
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "analyse/kvm.h"
#include "import/kvm_text.h"

/* libFuzzer's name for it. NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

struct told {
	uint64_t newest_ns;
	struct kvm *kvm;
};

/* The parts of an exit are no more than the whole. */
static void check_exit(const struct event_guest_exit *exit)
{
	uint64_t whole_ns = exit->head.time_ns - exit->start_ns;

	check(exit->start_ns <= exit->head.time_ns);
	check(exit->user_ns <= whole_ns && exit->halted_ns <= whole_ns - exit->user_ns);
}

/* Sound, and never before the one before. */
static int take(void *self, const struct event *event, struct diag *why)
{
	struct told *told = self;

	check(event_is_sound(event, event->bytes) && event_kind_name(event->kind));
	check(event->time_ns >= told->newest_ns);
	told->newest_ns = event->time_ns;
	if (event->kind == EVENT_GUEST_EXIT)
		check_exit((const void *)event);
	check(kvm_take(told->kvm, event, why) == 0);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kvm_report *report = NULL;
	struct told told = {};
	const struct event_sink sink = { .take = take, .self = &told };
	struct diag why = {};
	int fd = memfd_create("trace.txt", 0), r;

	check(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	check(kvm_new(&told.kvm) == 0);
	r = kvm_text_read(fd, "text", &sink, &why);
	check(r == 0 || why.text[0]);
	if (r == 0 && kvm_report(told.kvm, &report, &why) == 0)
		kvm_report_free(&report);
	kvm_free(&told.kvm);
	close(fd);
	return 0;
}
