/* Which system calls did the threads make? Each event goes to the parts that it concerns: the rows
 * of the table, and the list of the longest calls. */
#include "analyse/syscalls.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "analyse/syscalls_state.h"

int syscalls_new(const struct syscalls_options *options, struct syscalls **ret)
{
	const struct profiler_options profiler = {
		.keys = { .items = { PROFILE_COMM }, .count = 1 },
		.is_waits = true,
	};
	owns(syscalls_free) struct syscalls *syscalls = calloc(1, sizeof(*syscalls));

	if (!syscalls || profiler_new(&profiler, &syscalls->profiler) < 0)
		return -ENOMEM;
	syscalls->options = *options;
	*ret = give(syscalls);
	return 0;
}

void syscalls_free(struct syscalls **syscalls)
{
	struct syscalls *old = *syscalls;

	*syscalls = NULL;
	if (!old)
		return;
	call_rows_free(old);
	slow_free(old);
	requests_free(&old->objects);
	hash_free(&old->pools);
	array_free(&old->missing);
	profiler_free(&old->profiler);
	free(old);
}

static bool has_key(const struct event_fact *event, const char *key)
{
	return event->key_bytes == strlen(key) && memcmp(event->text, key, strlen(key)) == 0;
}

static int take_fact(struct syscalls *syscalls, const struct event_fact *event)
{
	static const char MISSING[] = "missing.";
	uint32_t *place;

	/* Before its first second is over nothing is counted yet: that it will be is known. */
	if (has_key(event, "facility.calls"))
		syscalls->is_counted = syscalls->has_calls = true;
	if (has_key(event, "facility.syscalls"))
		syscalls->has_calls = true;
	/* Waits that are not told are of no call that is. */
	if (has_key(event, "missing.waits"))
		return 0;
	if (event->key_bytes < strlen(MISSING) ||
	    memcmp(event->text, MISSING, strlen(MISSING)) != 0)
		return 0;
	place = array_push(&syscalls->missing);
	if (!place)
		return -ENOMEM;
	*place = names_put(names_of(syscalls), event->text + event->key_bytes, event->value_bytes);
	return 0;
}

static int take_call(struct syscalls *syscalls, const struct event_syscall *event)
{
	int r = call_rows_take_call(syscalls, event);

	syscalls->has_calls = true;
	return r < 0 ? r : slow_take_call(syscalls, event);
}

static int take_tally(struct syscalls *syscalls, const struct event_tally *event)
{
	if (event->what != TALLY_CALLS && event->what != TALLY_CALL_ERRORS)
		return 0;
	if (!syscalls->is_counted)
		call_rows_forget(syscalls);
	syscalls->is_counted = syscalls->has_calls = true;
	return call_rows_take_tally(syscalls, event);
}

/* What is not the profiler's own: it has taken the event before. */
static int take_own(struct syscalls *syscalls, const struct event *event)
{
	const void *whole = event;

	if (event->kind == EVENT_SYSCALL)
		return take_call(syscalls, whole);
	if (event->kind == EVENT_SYSCALL_SUM)
		return call_rows_take_sum(syscalls, whole);
	if (event->kind == EVENT_TALLY)
		return take_tally(syscalls, whole);
	if (event->kind == EVENT_WAIT)
		return slow_take_wait(syscalls, whole);
	if (event->kind == EVENT_QUEUE)
		return slow_take_queue(syscalls, whole);
	if (event->kind == EVENT_DEVICE)
		return requests_take_device(&syscalls->objects, names_of(syscalls), whole);
	if (event->kind == EVENT_FILE)
		return requests_take_file(&syscalls->objects, names_of(syscalls), whole);
	if (event->kind == EVENT_FACT)
		return take_fact(syscalls, whole);
	if (event->kind == EVENT_WATCH)
		syscalls->maps.begin_ns = event->time_ns;
	if (event->kind == EVENT_LOSS) {
		const struct event_loss *loss = whole;

		if (loss->what < array_count(syscalls->losses))
			syscalls->losses[loss->what] += loss->count;
	}
	return 0;
}

int syscalls_take(void *self, const struct event *event, struct diag *why)
{
	struct syscalls *syscalls = self;
	int r;

	if (!event_kind_name(event->kind) || !event_is_sound(event, event->bytes))
		return 0;
	r = profiler_take(syscalls->profiler, event, why);
	if (r == 0)
		r = take_own(syscalls, event);
	if (r == 0 && names_of(syscalls)->is_out_of_memory)
		r = -ENOMEM;
	return r < 0 ? diag_set(why, r, "no memory left to look at the system calls") : 0;
}

/* --- at the end --- */

const char *call_name(struct syscall_report *report, int32_t number)
{
	const char *name = syscall_name(number);
	char digits[24];

	if (name)
		return name;
	if (number >= 0 && number & CALL_COMPAT)
		(void)snprintf(digits, sizeof(digits), "i386:%d", number & ~CALL_COMPAT);
	else
		(void)snprintf(digits, sizeof(digits), "%d", number);
	return profile_keep_text(report->subject, digits);
}

static void tell_choice(const struct syscalls *syscalls, struct syscall_report *report)
{
	size_t used = 0;

	report->keys = syscalls->options.keys;
	for (size_t i = 0; i < report->keys.count; i++) {
		int bytes = snprintf(report->by + used, sizeof(report->by) - used, "%s%s",
				     i ? "," : "", syscall_key_name(report->keys.items[i]));

		used += bytes > 0 ? (size_t)bytes : 0;
	}
	report->order = syscalls->options.order;
	report->over_ns = syscalls->options.over_ns;
	report->has_idle = syscalls->options.has_idle;
	report->is_counted = syscalls->is_counted;
	report->lost = syscalls->losses[LOSS_TALLY] + syscalls->losses[LOSS_SYSCALL];
}

static void tell_rate(struct syscall_report *report)
{
	double seconds = (double)report->subject->window_ns / 1e9;

	report->per_second = seconds > 0 ? (double)report->count / seconds : -1;
}

static const char *name_of_map(void *report, uint64_t number)
{
	return call_name(report, (int32_t)(uint32_t)number) ?: "";
}

static int tell_maps(const struct syscalls *syscalls, struct syscall_report *report)
{
	const struct latency_namer namer = { .name = name_of_map, .self = report };

	return latency_maps_tell(&syscalls->maps,
				 syscalls->maps.begin_ns + report->subject->window_ns, &namer,
				 &report->maps);
}

static int make_report(struct syscalls *syscalls, struct syscall_report *report)
{
	int r = profiler_tree(syscalls->profiler, &report->subject);

	if (r < 0)
		return r;
	tell_choice(syscalls, report);
	r = call_rows_tell(syscalls, report);
	if (r == 0)
		r = slow_tell(syscalls, report);
	if (r < 0)
		return r;
	r = tell_maps(syscalls, report);
	if (r < 0)
		return r;
	tell_rate(report);
	return syscalls_notes_make(syscalls, report);
}

int syscalls_report(struct syscalls *syscalls, struct syscall_report **ret, struct diag *why)
{
	owns(syscall_report_free) struct syscall_report *report = calloc(1, sizeof(*report));
	int r = report ? make_report(syscalls, report) : -ENOMEM;

	if (r < 0)
		return diag_set(why, r, "no memory left for the report of system calls");
	*ret = give(report);
	return 0;
}
