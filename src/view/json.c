/* How do we say it to programs? Each struct of the verdict becomes an object; verdict.schema.json
 * says the same. */
#include "view/json.h"

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>

#include "view/escape.h"
#include "view/verdict.schema.json.h"

/* Enough for nanoseconds in a year's seconds, and too few to show that 0.1 has no exact binary
 * form. */
enum {
	REAL_DIGITS = 15,
};

/*
 * The builders below yield NULL when memory is out. jansson's *_new() functions take a NULL value
 * as a failure and free what they are given when they fail, so that one look at the end is enough:
 * `bad` gathers all results.
 */
static void drop(json_t **value)
{
	json_decref(*value);
	*value = NULL;
}

/* Names come from the traced system: bytes that JSON cannot hold, or that a terminal would obey,
 * are escaped. */
static json_t *string(const char *text)
{
	owns(own_free) char *escaped = escape_copy(text, true);

	return escaped ? json_string(escaped) : NULL;
}

static json_t *seconds(uint64_t ns)
{
	return json_real((double)ns / 1e9);
}

/* Cut to the digits that mean something, so that the same verdict has one text. */
static json_t *rounded(double value, double scale)
{
	if (!(value >= 0 && value < 1e12))
		return json_null();
	return json_real((double)(uint64_t)(value * scale + 0.5) / scale);
}

static json_t *share(double value)
{
	return rounded(value, 1e6);
}

static json_t *finished(json_t *value, int bad)
{
	if (!bad)
		return value;
	json_decref(value);
	return NULL;
}

static json_t *target_object(const struct verdict *verdict)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "kind", string(target_kind_name(verdict->target)));
	bad |= json_object_set_new(object, "name", string(verdict->name));
	if (verdict->pid)
		bad |= json_object_set_new(object, "pid", json_integer(verdict->pid));
	if (verdict->has_exit_status)
		bad |= json_object_set_new(object, verdict->was_signaled ? "signal" : "exit_status",
					   json_integer(verdict->exit_status));
	if (verdict->was_interrupted)
		bad |= json_object_set_new(object, "was_interrupted", json_true());
	return finished(object, bad);
}

static json_t *base_object(const struct verdict *verdict)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "of", string(verdict->base_words));
	bad |= json_object_set_new(object, "seconds", seconds(verdict->base_ns));
	return finished(object, bad);
}

static json_t *blocked_object(const struct thread_account *thread)
{
	json_t *object = json_object();
	int bad = 0;

	for (enum cause cause = 0; cause < CAUSE_COUNT; cause++) {
		if (thread->blocked_ns[cause])
			bad |= json_object_set_new(object, cause_id(cause),
						   seconds(thread->blocked_ns[cause]));
	}
	return finished(object, bad);
}

static json_t *thread_object(const struct thread_account *thread)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "tid", json_integer(thread->tid));
	bad |= json_object_set_new(object, "tgid", json_integer(thread->tgid));
	bad |= json_object_set_new(object, "comm", string(thread->comm));
	bad |= json_object_set_new(object, "wall_s", seconds(thread->wall_ns));
	bad |= json_object_set_new(object, "user_s", seconds(thread->user_ns));
	bad |= json_object_set_new(object, "kernel_s", seconds(thread->kernel_ns));
	bad |= json_object_set_new(object, "irq_s", seconds(thread->irq_ns));
	bad |= json_object_set_new(object, "queue_s", seconds(thread->queue_ns));
	bad |= json_object_set_new(object, "blocked_s", blocked_object(thread));
	bad |= json_object_set_new(object, "unknown_s", seconds(thread->unknown_ns));
	return finished(object, bad);
}

static json_t *accounting_object(const struct verdict *verdict)
{
	json_t *object = json_object();
	json_t *threads = json_array();
	int bad = 0;

	for (size_t i = 0; i < verdict->threads.count; i++)
		bad |= json_array_append_new(threads, thread_object(&verdict->threads.items[i]));
	bad |= json_object_set_new(object, "threads",
				   json_integer((json_int_t)verdict->threads.count));
	bad |= json_object_set_new(object, "wall_s", seconds(verdict->wall_ns));
	bad |= json_object_set_new(object, "idle_s", seconds(verdict->idle_ns));
	bad |= json_object_set_new(object, "unknown_s", seconds(verdict->unknown_ns));
	bad |= json_object_set_new(object, "unknown_share", share(verdict_unknown_share(verdict)));
	bad |= json_object_set_new(object, "lost_events",
				   json_integer((json_int_t)verdict->lost_events));
	bad |= json_object_set_new(object, "threads_detail", threads);
	return finished(object, bad);
}

static json_t *link_object(const struct link *link)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "who", string(link->who));
	if (link->tid)
		bad |= json_object_set_new(object, "tid", json_integer(link->tid));
	bad |= json_object_set_new(object, "state", string(link->state));
	if (link->detail[0])
		bad |= json_object_set_new(object, "detail", string(link->detail));
	bad |= json_object_set_new(object, "seconds", seconds(link->ns));
	return finished(object, bad);
}

static json_t *subject_object(const struct subject *subject)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "kind", string(subject->kind));
	bad |= json_object_set_new(object, "name", string(subject->name));
	return finished(object, bad);
}

static json_t *text_array(const struct text *texts, size_t count)
{
	json_t *array = json_array();
	int bad = 0;

	for (size_t i = 0; i < count; i++)
		bad |= json_array_append_new(array, string(texts[i].words));
	return finished(array, bad);
}

static json_t *finding_object(const struct finding *finding)
{
	json_t *object = json_object();
	json_t *chain = json_array();
	int bad = 0;

	for (size_t i = 0; i < finding->chain.count; i++)
		bad |= json_array_append_new(chain, link_object(&finding->chain.items[i]));
	bad |= json_object_set_new(object, "cause", string(cause_id(finding->cause)));
	bad |= json_object_set_new(object, "share", share(finding->share));
	bad |= json_object_set_new(object, "seconds", seconds(finding->ns));
	bad |= json_object_set_new(object, "confidence",
				   string(confidence_name(finding->confidence)));
	bad |= json_object_set_new(object, "subject", subject_object(&finding->subject));
	bad |= json_object_set_new(object, "chain", chain);
	bad |= json_object_set_new(object, "speedup_limit",
				   finding->speedup_limit > 0 ? rounded(finding->speedup_limit, 1e3)
							      : json_null());
	bad |= json_object_set_new(object, "evidence",
				   text_array(finding->evidence.items, finding->evidence.count));
	bad |= json_object_set_new(object, "advice",
				   text_array(finding->advice.items, finding->advice.count));
	return finished(object, bad);
}

static json_t *findings_array(const struct verdict *verdict)
{
	json_t *array = json_array();
	int bad = 0;

	for (size_t i = 0; i < verdict->findings.count; i++)
		bad |= json_array_append_new(array, finding_object(&verdict->findings.items[i]));
	return finished(array, bad);
}

static json_t *losses_array(const struct verdict *verdict)
{
	json_t *array = json_array();
	int bad = 0;

	for (size_t i = 0; i < verdict->losses.count; i++) {
		const struct loss_count *loss = &verdict->losses.items[i];
		json_t *object = json_object();

		bad |= json_object_set_new(object, "what", string(loss->what));
		bad |= json_object_set_new(object, "count", json_integer((json_int_t)loss->count));
		bad |= json_array_append_new(array, object);
	}
	return finished(array, bad);
}

static json_t *verdict_object(const struct verdict *verdict)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "schema", string("slowpath.verdict/1"));
	bad |= json_object_set_new(object, "target", target_object(verdict));
	bad |= json_object_set_new(object, "window_s", seconds(verdict->window_ns));
	bad |= json_object_set_new(object, "base", base_object(verdict));
	bad |= json_object_set_new(object, "accounting", accounting_object(verdict));
	bad |= json_object_set_new(object, "findings", findings_array(verdict));
	bad |= json_object_set_new(object, "losses", losses_array(verdict));
	bad |= json_object_set_new(object, "not_seen",
				   text_array(verdict->not_seen.items, verdict->not_seen.count));
	bad |= json_object_set_new(object, "how",
				   text_array(verdict->how.items, verdict->how.count));
	bad |= json_object_set_new(object, "next",
				   verdict->next_command[0] ? string(verdict->next_command)
							    : json_null());
	return finished(object, bad);
}

static int flush(FILE *out)
{
	errno = 0;
	if (fflush(out) != 0 || ferror(out))
		return errno ? -errno : -EIO;
	return 0;
}

int view_json(const struct verdict *verdict, FILE *out)
{
	owns(drop) json_t *object = verdict_object(verdict);
	owns(own_free) char *text = NULL;

	if (object)
		text = json_dumps(object, JSON_INDENT(2) | JSON_REAL_PRECISION(REAL_DIGITS));
	if (!text)
		return -ENOMEM;
	(void)fputs(text, out);
	(void)fputs("\n", out);
	return flush(out);
}

int view_json_schema(FILE *out)
{
	(void)fputs(VERDICT_SCHEMA, out);
	return flush(out);
}
