/* How do we say it to programs? Each struct of a report on locks becomes an object;
 * locks.schema.json says the same. */
#include "view/locks_json.h"

#include <inttypes.h>

#include "view/json_values.h"
#include "view/locks.schema.json.h"
#include "view/stream.h"

/* A share below 0 is not known. */
static json_t *known_share(double share)
{
	return share < 0 ? json_null() : json_share(share);
}

/* An address does not fit the numbers of JSON. */
static json_t *address_text(uint64_t address)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "0x%" PRIx64, address);
	return json_text(text);
}

/* --- what the watch saw --- */

static json_t *holder_object(const struct lock_holder *holder)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "who", json_text(holder->who));
	if (holder->tid)
		bad |= json_object_set_new(object, "tid", json_integer(holder->tid));
	bad |= json_object_set_new(object, "is_waker", json_boolean(holder->is_waker));
	bad |= json_object_set_new(object, "waits", json_unsigned(holder->waits));
	bad |= json_object_set_new(object, "wait_s", json_seconds(holder->ns));
	bad |= json_object_set_new(object, "share", known_share(holder->share));
	return json_finished(object, bad);
}

static json_t *doing_object(const struct lock_doing *doing)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "state", json_text(doing->state));
	bad |= json_object_set_new(object, "detail", json_text(doing->detail));
	bad |= json_object_set_new(object, "wait_s", json_seconds(doing->ns));
	bad |= json_object_set_new(object, "share", known_share(doing->share));
	return json_finished(object, bad);
}

static json_t *paths_array(const struct lock_paths_list *paths)
{
	json_t *array = json_array();
	int bad = 0;

	for (size_t i = 0; i < paths->count; i++) {
		const struct lock_path *path = &paths->items[i];
		json_t *object = json_object();

		bad |= json_object_set_new(object, "frames",
					   json_texts(path->frames.items, path->frames.count));
		bad |= json_object_set_new(object, "count", json_unsigned(path->count));
		bad |= json_object_set_new(object, "wait_s", json_seconds(path->ns));
		bad |= json_object_set_new(object, "share", known_share(path->share));
		bad |= json_array_append_new(array, object);
	}
	return json_finished(array, bad);
}

static int set_lists(json_t *object, const struct lock *lock)
{
	json_t *holders = json_array(), *doings = json_array();
	int bad = 0;

	for (size_t i = 0; i < lock->holders.count; i++)
		bad |= json_array_append_new(holders, holder_object(&lock->holders.items[i]));
	for (size_t i = 0; i < lock->doings.count; i++)
		bad |= json_array_append_new(doings, doing_object(&lock->doings.items[i]));
	bad |= json_object_set_new(object, "holders", holders);
	bad |= json_object_set_new(object, "meanwhile", doings);
	bad |= json_object_set_new(object, "waiting", paths_array(&lock->waiters));
	bad |= json_object_set_new(object, "releasing", paths_array(&lock->releases));
	return bad;
}

static json_t *lock_object(const struct lock *lock, bool knows_sleeps)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "kind", json_text(lock->is_user ? "user" : "kernel"));
	bad |= json_object_set_new(object, "type", json_text(lock->type));
	bad |= json_object_set_new(object, "address", address_text(lock->address));
	if (lock->is_user) {
		bad |= json_object_set_new(object, "pid", json_integer(lock->tgid));
		bad |= json_object_set_new(object, "process", json_text(lock->process));
	}
	bad |= json_object_set_new(object, "name", json_text(lock->name));
	bad |= json_object_set_new(object, "naming", json_text(lock_naming_name(lock->naming)));
	bad |= json_object_set_new(object, "contentions", json_unsigned(lock->contentions));
	bad |= json_object_set_new(object, "open", json_unsigned(lock->open));
	bad |= json_object_set_new(object, "wait_s", json_seconds(lock->wait_ns));
	bad |= json_object_set_new(object, "wait_share", known_share(lock->wait_share));
	bad |= json_object_set_new(object, "wait_mean_s", json_seconds(lock->wait_mean_ns));
	bad |= json_object_set_new(object, "wait_p50_s", json_seconds(lock->wait_p50_ns));
	bad |= json_object_set_new(object, "wait_p99_s", json_seconds(lock->wait_p99_ns));
	bad |= json_object_set_new(object, "wait_max_s", json_seconds(lock->wait_max_ns));
	bad |= json_object_set_new(object, "slept_s",
				   knows_sleeps ? json_seconds(lock->slept_ns) : json_null());
	bad |= set_lists(object, lock);
	return json_finished(object, bad);
}

static json_t *target_object(const struct lock_watch *watch)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "kind", json_text(target_kind_name(watch->target)));
	bad |= json_object_set_new(object, "name", json_text(watch->name));
	if (watch->pid)
		bad |= json_object_set_new(object, "pid", json_integer(watch->pid));
	return json_finished(object, bad);
}

static json_t *watch_object(const struct lock_watch *watch)
{
	json_t *object = json_object(), *locks = json_array();
	int bad = 0;

	for (size_t i = 0; i < watch->locks.count; i++)
		bad |= json_array_append_new(
			locks, lock_object(&watch->locks.items[i], watch->knows_sleeps));
	bad |= json_object_set_new(object, "target", target_object(watch));
	bad |= json_object_set_new(object, "window_s", json_seconds(watch->window_ns));
	bad |= json_object_set_new(object, "contentions", json_unsigned(watch->contentions));
	bad |= json_object_set_new(object, "wait_s", json_seconds(watch->wait_ns));
	bad |= json_object_set_new(object, "lost", json_unsigned(watch->lost));
	bad |= json_object_set_new(object, "locks", locks);
	return json_finished(object, bad);
}

/* --- what the kernel counted --- */

static json_t *sites_array(const struct lock_sites *sites)
{
	json_t *array = json_array();
	int bad = 0;

	for (size_t i = 0; i < sites->count; i++) {
		json_t *object = json_object();

		bad |= json_object_set_new(object, "place", json_text(sites->items[i].place));
		bad |= json_object_set_new(object, "count", json_unsigned(sites->items[i].count));
		bad |= json_object_set_new(object, "share", known_share(sites->items[i].share));
		bad |= json_array_append_new(array, object);
	}
	return json_finished(array, bad);
}

static int set_extremes(json_t *object, const struct lock_class *row)
{
	int bad = 0;

	if (row->has_bounces) {
		bad |= json_object_set_new(object, "contended_bounces",
					   json_unsigned(row->contended_bounces));
		bad |= json_object_set_new(object, "acquired_bounces",
					   json_unsigned(row->acquired_bounces));
	}
	if (row->has_extremes) {
		bad |= json_object_set_new(object, "wait_min_s", json_seconds(row->wait_min_ns));
		bad |= json_object_set_new(object, "wait_max_s", json_seconds(row->wait_max_ns));
		bad |= json_object_set_new(object, "hold_min_s", json_seconds(row->hold_min_ns));
		bad |= json_object_set_new(object, "hold_max_s", json_seconds(row->hold_max_ns));
	}
	return bad;
}

static json_t *row_object(const struct lock_class *row)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "name", json_text(row->name));
	bad |= json_object_set_new(object, "mode", json_text(lock_mode_name(row->mode)));
	bad |= json_object_set_new(object, "classes", json_integer(row->classes));
	bad |= json_object_set_new(object, "contentions", json_unsigned(row->contentions));
	bad |= json_object_set_new(object, "contention_share", known_share(row->contention_share));
	bad |= json_object_set_new(object, "acquisitions", json_unsigned(row->acquisitions));
	bad |= json_object_set_new(object, "contended_share", known_share(row->contended_share));
	bad |= json_object_set_new(object, "wait_s", json_seconds(row->wait_ns));
	bad |= json_object_set_new(object, "wait_share", known_share(row->wait_share));
	bad |= json_object_set_new(object, "wait_mean_s", json_seconds(row->wait_mean_ns));
	bad |= json_object_set_new(object, "hold_s", json_seconds(row->hold_ns));
	bad |= json_object_set_new(object, "hold_mean_s", json_seconds(row->hold_mean_ns));
	bad |= set_extremes(object, row);
	bad |= json_object_set_new(object, "waiting", sites_array(&row->waiting));
	bad |= json_object_set_new(object, "holding", sites_array(&row->holding));
	return json_finished(object, bad);
}

static json_t *classes_object(const struct lock_classes *classes)
{
	json_t *object = json_object(), *rows = json_array();
	int bad = 0;

	for (size_t i = 0; i < classes->rows.count; i++)
		bad |= json_array_append_new(rows, row_object(&classes->rows.items[i]));
	bad |= json_object_set_new(object, "version", json_text(classes->version));
	bad |= json_object_set_new(object, "is_difference", json_boolean(classes->is_difference));
	bad |= json_object_set_new(object, "contentions", json_unsigned(classes->contentions));
	bad |= json_object_set_new(object, "acquisitions", json_unsigned(classes->acquisitions));
	bad |= json_object_set_new(object, "wait_s", json_seconds(classes->wait_ns));
	bad |= json_object_set_new(object, "hold_s", json_seconds(classes->hold_ns));
	bad |= json_object_set_new(object, "rows", rows);
	return json_finished(object, bad);
}

json_t *view_locks_json_object(const struct lock_report *report)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "schema", json_text("slowpath.locks/1"));
	bad |= json_object_set_new(object, "order", json_text(lock_order_name(report->order)));
	if (report->watch.is_told)
		bad |= json_object_set_new(object, "watch", watch_object(&report->watch));
	if (report->classes.is_told)
		bad |= json_object_set_new(object, "lock_stat", classes_object(&report->classes));
	bad |= json_object_set_new(object, "notes",
				   json_texts(report->notes.items, report->notes.count));
	return json_finished(object, bad);
}

int view_locks_json(const struct lock_report *report, FILE *out)
{
	return json_print(view_locks_json_object(report), out);
}

int view_locks_json_schema(FILE *out)
{
	(void)fputs(LOCKS_SCHEMA, out);
	return stream_flush(out);
}
