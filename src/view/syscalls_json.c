/* How do we say to programs which system calls were made? Each struct of a report becomes an
 * object; syscalls.schema.json says the same. */
#include "view/syscalls_json.h"

#include "view/json_values.h"
#include "view/profile_json.h"
#include "view/stream.h"
#include "view/syscalls.schema.json.h"
#include "view/wait_json.h"

static json_t *integer_or_null(uint64_t value)
{
	return value == SYSCALL_UNKNOWN ? json_null() : json_unsigned(value);
}

/* Only what there is something to say of. */
static int set_text(json_t *object, const char *key, const char *text)
{
	return text[0] ? json_object_set_new(object, key, json_text(text)) : 0;
}

static json_t *error_object(const struct syscall_error *error)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= set_text(object, "name", error->name);
	bad |= json_object_set_new(object, "errno",
				   error->error ? json_integer(error->error) : json_null());
	bad |= json_object_set_new(object, "count", json_unsigned(error->count));
	return json_finished(object, bad);
}

/* [[from how many nanoseconds on, how many calls], …]; to twice as many. */
static json_t *doublings(const struct latency *times)
{
	json_t *list = json_array();
	int bad = 0;

	for (size_t i = 0; i < LATENCY_DOUBLINGS; i++) {
		if (times->doubling[i])
			bad |= json_array_append_new(list,
						     json_pack("[I,I]", (json_int_t)(1ULL << i),
							       (json_int_t)times->doubling[i]));
	}
	return json_finished(list, bad);
}

static int set_times(json_t *object, const struct syscall_row *row)
{
	const struct latency *times = &row->times;
	int bad = 0;

	bad |= json_object_set_new(object, "count", json_unsigned(times->count));
	bad |= json_object_set_new(object, "errors", json_unsigned(times->errors));
	bad |= json_object_set_new(object, "error_share", json_share(row->error_share));
	bad |= json_object_set_new(object, "total_ns", json_unsigned(times->total_ns));
	bad |= json_object_set_new(object, "share", json_share(row->share));
	bad |= json_object_set_new(object, "avg_ns", json_unsigned(row->avg_ns));
	bad |= json_object_set_new(object, "min_ns", integer_or_null(times->min_ns));
	bad |= json_object_set_new(object, "p50_ns", integer_or_null(times->p50_ns));
	bad |= json_object_set_new(object, "p90_ns", integer_or_null(times->p90_ns));
	bad |= json_object_set_new(object, "p99_ns", integer_or_null(times->p99_ns));
	bad |= json_object_set_new(object, "p999_ns", integer_or_null(times->p999_ns));
	bad |= json_object_set_new(object, "max_ns", integer_or_null(times->max_ns));
	bad |= json_object_set_new(object, "bytes", integer_or_null(times->bytes));
	bad |= json_object_set_new(object, "doublings", doublings(times));
	return bad;
}

static json_t *row_object(const struct syscall_row *row)
{
	json_t *object = json_object(), *errors = json_array();
	int bad = 0;

	for (size_t i = 0; i < row->errors.count; i++)
		bad |= json_array_append_new(errors, error_object(&row->errors.items[i]));
	bad |= set_text(object, "syscall", row->syscall);
	bad |= set_text(object, "name", row->name);
	if (row->tid)
		bad |= json_object_set_new(object, "tid", json_integer(row->tid));
	if (row->pid)
		bad |= json_object_set_new(object, "pid", json_integer(row->pid));
	bad |= json_object_set_new(object, "is_rest", json_boolean(row->is_rest));
	bad |= set_times(object, row);
	bad |= json_object_set_new(object, "begun_before", json_unsigned(row->begun_before));
	bad |= json_object_set_new(object, "unreturned", json_unsigned(row->unreturned));
	bad |= json_object_set_new(object, "by_errno", errors);
	return json_finished(object, bad);
}

static json_t *wait_object(const struct syscall_wait *wait)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "kind", json_text(wait->is_queue ? "queue" : "wait"));
	bad |= json_object_set_new(object, "count", json_unsigned(wait->count));
	bad |= json_object_set_new(object, "ns", json_unsigned(wait->ns));
	if (wait->is_queue)
		return json_finished(object, bad);
	bad |= json_object_set_new(object, "cause", json_text(cause_id(wait->cause)));
	bad |= set_text(object, "what", wait->what);
	bad |= set_text(object, "function", wait->function);
	bad |= json_object_set_new(object, "waker", wait_json_waker(&wait->waker));
	bad |= json_object_set_new(object, "is_open", json_boolean(wait->is_open));
	return json_finished(object, bad);
}

static int set_result(json_t *object, const struct syscall_slow *slow)
{
	int bad = 0;

	bad |= json_object_set_new(object, "is_open", json_boolean(slow->is_open));
	bad |= json_object_set_new(object, "has_begun_before",
				   json_boolean(slow->has_begun_before));
	if (!slow->is_open)
		bad |= json_object_set_new(object, "result", json_integer(slow->result));
	bad |= set_text(object, "error", slow->error);
	if (slow->fd >= 0)
		bad |= json_object_set_new(object, "fd", json_integer(slow->fd));
	bad |= set_text(object, "file", slow->file);
	if (slow->size)
		bad |= json_object_set_new(object, "size", json_unsigned(slow->size));
	return bad;
}

static json_t *slow_object(const struct syscall_slow *slow)
{
	json_t *object = json_object(), *waits = json_array(), *frames = json_array();
	int bad = 0;

	for (size_t i = 0; i < slow->waits.count; i++)
		bad |= json_array_append_new(waits, wait_object(&slow->waits.items[i]));
	for (size_t i = 0; i < slow->frames.count; i++)
		bad |= json_array_append_new(frames, json_text(slow->frames.items[i]));
	bad |= json_object_set_new(object, "syscall", json_text(slow->syscall));
	bad |= json_object_set_new(object, "tid", json_integer(slow->tid));
	if (slow->pid)
		bad |= json_object_set_new(object, "pid", json_integer(slow->pid));
	bad |= set_text(object, "name", slow->name);
	bad |= json_object_set_new(object, "start_ns", json_unsigned(slow->start_ns));
	bad |= json_object_set_new(object, "ns", json_unsigned(slow->ns));
	bad |= set_result(object, slow);
	bad |= json_object_set_new(object, "waits", waits);
	bad |= json_object_set_new(object, "rest_ns", json_unsigned(slow->rest_ns));
	bad |= json_object_set_new(object, "frames", frames);
	return json_finished(object, bad);
}

static json_t *idle_object(const struct syscall_report *report)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "count", json_unsigned(report->idle_count));
	bad |= json_object_set_new(object, "ns", json_unsigned(report->idle_ns));
	return json_finished(object, bad);
}

static int set_sums(json_t *object, const struct syscall_report *report)
{
	int bad = 0;

	bad |= json_object_set_new(object, "count", json_unsigned(report->count));
	bad |= json_object_set_new(object, "errors", json_unsigned(report->errors));
	bad |= json_object_set_new(object, "total_ns", json_unsigned(report->total_ns));
	bad |= json_object_set_new(object, "begun_before", json_unsigned(report->begun_before));
	bad |= json_object_set_new(object, "unreturned", json_unsigned(report->unreturned));
	bad |= json_object_set_new(object, "lost", json_unsigned(report->lost));
	bad |= json_object_set_new(object, "is_counted", json_boolean(report->is_counted));
	return bad;
}

json_t *view_syscalls_json_object(const struct syscall_report *report)
{
	json_t *object = json_object(), *rows = json_array(), *slow = json_array();
	int bad = 0;

	for (size_t i = 0; i < report->rows.count; i++)
		bad |= json_array_append_new(rows, row_object(&report->rows.items[i]));
	for (size_t i = 0; i < report->slow.count; i++)
		bad |= json_array_append_new(slow, slow_object(&report->slow.items[i]));
	bad |= json_object_set_new(object, "schema", json_text("slowpath.syscalls/1"));
	bad |= json_object_set_new(object, "target", profile_json_target(report->subject));
	bad |= json_object_set_new(object, "window_s", json_seconds(report->subject->window_ns));
	bad |= json_object_set_new(object, "cpus", json_integer(report->subject->cpus));
	bad |= json_object_set_new(object, "by", json_text(report->by));
	bad |= json_object_set_new(object, "order", json_text(syscall_order_name(report->order)));
	bad |= set_sums(object, report);
	bad |= json_object_set_new(object, "rows", rows);
	bad |= json_object_set_new(object, "over_ns", json_unsigned(report->over_ns));
	bad |= json_object_set_new(object, "has_idle", json_boolean(report->has_idle));
	bad |= json_object_set_new(object, "idle", idle_object(report));
	bad |= json_object_set_new(object, "slow", slow);
	bad |= json_object_set_new(object, "notes",
				   json_texts(report->notes.items, report->notes.count));
	return json_finished(object, bad);
}

int view_syscalls_json(const struct syscall_report *report, FILE *out)
{
	return json_print(view_syscalls_json_object(report), out);
}

int view_syscalls_json_schema(FILE *out)
{
	(void)fputs(SYSCALLS_SCHEMA, out);
	return stream_flush(out);
}
