/* How do we say it to programs? Each struct of the verdict becomes an object; verdict.schema.json
 * says the same. */
#include "view/json.h"

#include <sys/param.h>

#include "view/json_values.h"
#include "view/stream.h"
#include "view/verdict.schema.json.h"

enum {
	THREADS_OVER_TIME_MAX = 64, /* one has some 20 KiB */
};

static json_t *target_object(const struct verdict *verdict)
{
	json_t *object = json_target(verdict->target, verdict->name, verdict->pid);
	int bad = 0;

	if (verdict->has_exit_status)
		bad |= json_object_set_new(object, verdict->was_signaled ? "signal" : "exit_status",
					   json_integer(verdict->exit_status));
	if (verdict->was_interrupted)
		bad |= json_object_set_new(object, "was_interrupted", json_true());
	return json_finished(object, bad);
}

static json_t *base_object(const struct verdict *verdict)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "of", json_text(verdict->base_words));
	bad |= json_object_set_new(object, "seconds", json_seconds(verdict->base_ns));
	return json_finished(object, bad);
}

static json_t *blocked_object(const struct thread_account *thread)
{
	json_t *object = json_object();
	int bad = 0;

	for (enum cause cause = 0; cause < CAUSE_COUNT; cause++) {
		if (thread->blocked_ns[cause])
			bad |= json_object_set_new(object, cause_id(cause),
						   json_seconds(thread->blocked_ns[cause]));
	}
	return json_finished(object, bad);
}

static json_t *thread_object(const struct thread_account *thread)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "tid", json_integer(thread->tid));
	bad |= json_object_set_new(object, "tgid", json_integer(thread->tgid));
	bad |= json_object_set_new(object, "comm", json_text(thread->comm));
	bad |= json_object_set_new(object, "wall_s", json_seconds(thread->wall_ns));
	bad |= json_object_set_new(object, "user_s", json_seconds(thread->user_ns));
	bad |= json_object_set_new(object, "kernel_s", json_seconds(thread->kernel_ns));
	bad |= json_object_set_new(object, "irq_s", json_seconds(thread->irq_ns));
	bad |= json_object_set_new(object, "queue_s", json_seconds(thread->queue_ns));
	bad |= json_object_set_new(object, "blocked_s", blocked_object(thread));
	bad |= json_object_set_new(object, "unknown_s", json_seconds(thread->unknown_ns));
	return json_finished(object, bad);
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
	bad |= json_object_set_new(object, "wall_s", json_seconds(verdict->wall_ns));
	bad |= json_object_set_new(object, "idle_s", json_seconds(verdict->idle_ns));
	bad |= json_object_set_new(object, "unknown_s", json_seconds(verdict->unknown_ns));
	bad |= json_object_set_new(object, "unknown_share",
				   json_share(verdict_unknown_share(verdict)));
	bad |= json_object_set_new(object, "lost_events",
				   json_integer((json_int_t)verdict->lost_events));
	bad |= json_object_set_new(object, "threads_detail", threads);
	return json_finished(object, bad);
}

static json_t *link_object(const struct link *link)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "who", json_text(link->who));
	if (link->tid)
		bad |= json_object_set_new(object, "tid", json_integer(link->tid));
	bad |= json_object_set_new(object, "state", json_text(link->state));
	if (link->detail[0])
		bad |= json_object_set_new(object, "detail", json_text(link->detail));
	bad |= json_object_set_new(object, "seconds", json_seconds(link->ns));
	return json_finished(object, bad);
}

static json_t *finding_object(const struct finding *finding)
{
	json_t *object = json_object();
	json_t *chain = json_array();
	int bad = 0;

	for (size_t i = 0; i < finding->chain.count; i++)
		bad |= json_array_append_new(chain, link_object(&finding->chain.items[i]));
	bad |= json_object_set_new(object, "cause", json_text(cause_id(finding->cause)));
	bad |= json_object_set_new(object, "share", json_share(finding->share));
	bad |= json_object_set_new(object, "seconds", json_seconds(finding->ns));
	bad |= json_object_set_new(object, "confidence",
				   json_text(confidence_name(finding->confidence)));
	bad |= json_object_set_new(object, "subject", json_subject(&finding->subject));
	bad |= json_object_set_new(object, "chain", chain);
	bad |= json_object_set_new(object, "speedup_limit",
				   finding->speedup_limit > 0
					   ? json_rounded(finding->speedup_limit, 1e3)
					   : json_null());
	bad |= json_object_set_new(object, "evidence",
				   json_texts(finding->evidence.items, finding->evidence.count));
	bad |= json_object_set_new(object, "advice",
				   json_texts(finding->advice.items, finding->advice.count));
	return json_finished(object, bad);
}

static json_t *findings_array(const struct verdict *verdict)
{
	json_t *array = json_array();
	int bad = 0;

	for (size_t i = 0; i < verdict->findings.count; i++)
		bad |= json_array_append_new(array, finding_object(&verdict->findings.items[i]));
	return json_finished(array, bad);
}

json_t *view_json_object(const struct verdict *verdict)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "schema", json_text("slowpath.verdict/1"));
	bad |= json_object_set_new(object, "target", target_object(verdict));
	bad |= json_object_set_new(object, "window_s", json_seconds(verdict->window_ns));
	bad |= json_object_set_new(object, "base", base_object(verdict));
	bad |= json_object_set_new(object, "accounting", accounting_object(verdict));
	bad |= json_object_set_new(object, "findings", findings_array(verdict));
	bad |= json_object_set_new(object, "losses",
				   json_losses(verdict->losses.items, verdict->losses.count));
	bad |= json_object_set_new(object, "not_seen",
				   json_texts(verdict->not_seen.items, verdict->not_seen.count));
	bad |= json_object_set_new(object, "how",
				   json_texts(verdict->how.items, verdict->how.count));
	bad |= json_object_set_new(object, "next",
				   verdict->next_command[0] ? json_text(verdict->next_command)
							    : json_null());
	return json_finished(object, bad);
}

static json_t *slice_object(const uint64_t *ns)
{
	json_t *object = json_object();
	int bad = 0;

	for (enum cause cause = 0; cause < CAUSE_COUNT; cause++) {
		if (ns[cause])
			bad |= json_object_set_new(object, cause_id(cause),
						   json_seconds(ns[cause]));
	}
	return json_finished(object, bad);
}

json_t *view_json_over_time(const struct verdict *verdict)
{
	const struct cause_slices *slices = &verdict->slices;
	json_t *object = json_object(), *array = json_array();
	int bad = 0;

	for (uint32_t i = 0; i < slices->count; i++)
		bad |= json_array_append_new(array, slice_object(slices->ns[i]));
	bad |= json_object_set_new(object, "slice_s", json_seconds(slices->slice_ns));
	bad |= json_object_set_new(object, "slices", array);
	return json_finished(object, bad);
}

static json_t *states_object(const struct thread_account *thread, uint32_t slices)
{
	json_t *object = json_object();
	int bad = 0;

	for (size_t i = 0; i < thread->over_time.count; i++) {
		const struct state_slices *state = &thread->over_time.items[i];
		json_t *array = json_array();

		for (uint32_t slice = 0; slice < slices; slice++)
			bad |= json_array_append_new(array, json_seconds(state->ns[slice]));
		bad |= json_object_set_new(object, thread_state_name(state->state), array);
	}
	return json_finished(object, bad);
}

static json_t *thread_over_time(const struct thread_account *thread, uint32_t slices)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "tid", json_integer(thread->tid));
	bad |= json_object_set_new(object, "tgid", json_integer(thread->tgid));
	bad |= json_object_set_new(object, "comm", json_text(thread->comm));
	bad |= json_object_set_new(object, "states", states_object(thread, slices));
	return json_finished(object, bad);
}

json_t *view_json_threads_over_time(const struct verdict *verdict)
{
	json_t *object = json_object(), *array = json_array();
	size_t told = MIN(verdict->threads.count, (size_t)THREADS_OVER_TIME_MAX);
	int bad = 0;

	for (size_t i = 0; i < told; i++)
		bad |= json_array_append_new(
			array, thread_over_time(&verdict->threads.items[i], verdict->slices.count));
	bad |= json_object_set_new(object, "slice_s", json_seconds(verdict->slices.slice_ns));
	bad |= json_object_set_new(object, "slices", json_integer(verdict->slices.count));
	bad |= json_object_set_new(object, "threads", array);
	bad |= json_object_set_new(object, "threads_left_out",
				   json_integer((json_int_t)(verdict->threads.count - told)));
	bad |= json_object_set_new(object, "left_out_s", json_seconds(verdict->states_left_out_ns));
	return json_finished(object, bad);
}

int view_json(const struct verdict *verdict, FILE *out)
{
	return json_print(view_json_object(verdict), out);
}

int view_json_schema(FILE *out)
{
	(void)fputs(VERDICT_SCHEMA, out);
	return stream_flush(out);
}
