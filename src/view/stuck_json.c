/* How do we say it to programs? Each struct of the report becomes an object; stuck.schema.json says
 * the same. */
#include "view/stuck_json.h"

#include "view/json_values.h"
#include "view/stream.h"
#include "view/stuck.schema.json.h"

/* null: not known. */
static json_t *known_seconds(uint64_t ns)
{
	return ns ? json_seconds(ns) : json_null();
}

static json_t *link_object(const struct stuck_link *link)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "who", json_text(link->who));
	if (link->tid)
		bad |= json_object_set_new(object, "tid", json_unsigned(link->tid));
	bad |= json_object_set_new(object, "what", json_text(link->what));
	if (link->detail[0])
		bad |= json_object_set_new(object, "detail", json_text(link->detail));
	bad |= json_object_set_new(object, "since_s", known_seconds(link->ns));
	return json_finished(object, bad);
}

static json_t *process_object(const struct stuck_process *process)
{
	json_t *object = json_object(), *chain = json_array();
	int bad = 0;

	for (size_t i = 0; i < process->chain.count; i++)
		bad |= json_array_append_new(chain, link_object(&process->chain.items[i]));
	bad |= json_object_set_new(object, "pid", json_unsigned(process->pid));
	bad |= json_object_set_new(object, "name", json_text(process->name));
	bad |= json_object_set_new(object, "class",
				   json_text(stuck_class_id(stuck_row_class(process->row))));
	bad |= json_object_set_new(object, "row_id", json_text(stuck_row_id(process->row)));
	bad |= json_object_set_new(object, "row", json_text(process->words));
	bad |= json_object_set_new(object, "cause",
				   process->cause == CAUSE_UNKNOWN
					   ? json_null()
					   : json_text(cause_id(process->cause)));
	bad |= json_object_set_new(object, "since_s", known_seconds(process->ns));
	bad |= json_object_set_new(object, "subject", json_subject(&process->subject));
	bad |= json_object_set_new(object, "chain", chain);
	bad |= json_object_set_new(object, "evidence",
				   json_texts(process->evidence.items, process->evidence.count));
	bad |= json_object_set_new(object, "advice",
				   json_texts(process->advice.items, process->advice.count));
	bad |= json_object_set_new(object, "log",
				   json_texts(process->log.items, process->log.count));
	return json_finished(object, bad);
}

static json_t *member_object(const struct stuck_member *member)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "who", json_text(member->who));
	bad |= json_object_set_new(object, "tid", json_unsigned(member->tid));
	bad |= json_object_set_new(object, "holds", json_text(member->holds));
	bad |= json_object_set_new(object, "waits_for", json_text(member->waits_for));
	bad |= json_object_set_new(object, "stack",
				   json_texts(member->stack.items, member->stack.count));
	return json_finished(object, bad);
}

static json_t *deadlock_object(const struct stuck_deadlock *deadlock)
{
	json_t *object = json_object(), *members = json_array();
	int bad = 0;

	for (size_t i = 0; i < deadlock->members.count; i++)
		bad |= json_array_append_new(members, member_object(&deadlock->members.items[i]));
	bad |= json_object_set_new(object, "members", members);
	bad |= json_object_set_new(object, "hidden_members", json_unsigned(deadlock->hidden));
	return json_finished(object, bad);
}

static json_t *group_object(const struct stuck_group *group)
{
	json_t *object = json_object(), *since = json_array();
	int bad = 0;

	bad |= json_array_append_new(since, known_seconds(group->min_ns));
	bad |= json_array_append_new(since, known_seconds(group->max_ns));
	bad |= json_object_set_new(object, "threads", json_unsigned(group->threads));
	bad |= json_object_set_new(object, "states", json_text(group->states));
	bad |= json_object_set_new(object, "since_s", since);
	bad |= json_object_set_new(object, "names",
				   json_texts(group->names.items, group->names.count));
	bad |= json_object_set_new(object, "more_names", json_unsigned(group->more_names));
	bad |= json_object_set_new(object, "kernel",
				   json_texts(group->kernel.items, group->kernel.count));
	bad |= json_object_set_new(object, "user",
				   json_texts(group->user.items, group->user.count));
	return json_finished(object, bad);
}

static json_t *counts_object(const struct stuck_report *report)
{
	json_t *object = json_object();
	int bad = 0;

	for (enum stuck_class class = 0; class < STUCK_CLASS_COUNT; class ++)
		bad |= json_object_set_new(object, stuck_class_id(class),
					   json_unsigned(report->counts[class]));
	return json_finished(object, bad);
}

static int set_lists(json_t *object, const struct stuck_report *report)
{
	json_t *processes = json_array(), *deadlocks = json_array(), *groups = json_array();
	int bad = 0;

	for (size_t i = 0; i < report->processes.count; i++)
		bad |= json_array_append_new(processes,
					     process_object(&report->processes.items[i]));
	for (size_t i = 0; i < report->deadlocks.count; i++)
		bad |= json_array_append_new(deadlocks,
					     deadlock_object(&report->deadlocks.items[i]));
	for (size_t i = 0; i < report->groups.count; i++)
		bad |= json_array_append_new(groups, group_object(&report->groups.items[i]));
	bad |= json_object_set_new(object, "processes", processes);
	bad |= json_object_set_new(object, "deadlocks", deadlocks);
	bad |= json_object_set_new(object, "stacks", groups);
	return bad;
}

json_t *view_stuck_json_object(const struct stuck_report *report)
{
	json_t *object = json_object();
	json_t *target = json_target(report->target, report->name, report->pid);
	int bad = 0;

	if (report->was_interrupted)
		bad |= json_object_set_new(target, "was_interrupted", json_true());
	bad |= json_object_set_new(object, "schema", json_text("slowpath.stuck/1"));
	bad |= json_object_set_new(object, "target", target);
	bad |= json_object_set_new(object, "looks", json_unsigned(report->looks));
	bad |= json_object_set_new(object, "looked_s", json_seconds(report->looked_ns));
	bad |= json_object_set_new(object, "threads", json_unsigned(report->threads));
	bad |= json_object_set_new(object, "counts", counts_object(report));
	bad |= set_lists(object, report);
	bad |= json_object_set_new(object, "hidden_processes",
				   json_unsigned(report->hidden_processes));
	bad |= json_object_set_new(object, "hidden_deadlocks",
				   json_unsigned(report->hidden_deadlocks));
	bad |= json_object_set_new(object, "hidden_stacks", json_unsigned(report->hidden_groups));
	bad |= json_object_set_new(object, "idle_kernel_threads",
				   json_unsigned(report->idle_kernel_threads));
	bad |= json_object_set_new(object, "losses",
				   json_losses(report->losses.items, report->losses.count));
	bad |= json_object_set_new(object, "not_seen",
				   json_texts(report->not_seen.items, report->not_seen.count));
	bad |= json_object_set_new(object, "how", json_texts(report->how.items, report->how.count));
	bad |= json_object_set_new(object, "exit_status", json_integer(report->exit_status));
	return json_finished(object, bad);
}

int view_stuck_json(const struct stuck_report *report, FILE *out)
{
	return json_print(view_stuck_json_object(report), out);
}

int view_stuck_json_schema(FILE *out)
{
	(void)fputs(STUCK_SCHEMA, out);
	return stream_flush(out);
}
