/* Which calls were made? Each thread has a stack of open calls: an entry adds one, an exit ends the
 * one that it fits, and those above that one are over without having been seen to end. */
#include "import/fgraph.h"

#include <errno.h>
#include <stdlib.h>

#include "import/fgraph_state.h"

/* Times of texts are cut to microseconds. */
#define ROUNDED_NS 1000u

static int no_memory(struct diag *why)
{
	return diag_set(why, -ENOMEM, "no memory left to rebuild calls");
}

int fgraph_new(const struct fgraph_options *options, struct perf_out *out, struct fgraph **ret)
{
	struct fgraph *graph = calloc(1, sizeof(*graph));

	if (!graph)
		return -ENOMEM;
	graph->options = *options;
	graph->out = out;
	*ret = graph;
	return 0;
}

void fgraph_free(struct fgraph **graph)
{
	struct fgraph *old = give(*graph);

	if (!old)
		return;
	for (size_t i = 0; i < old->tasks.count; i++)
		array_free(&old->tasks.items[i].frames);
	array_free(&old->tasks);
	array_free(&old->cpus);
	hash_free(&old->by_key);
	free(old);
}

struct fgraph_odds fgraph_odds(const struct fgraph *graph)
{
	return graph->odds;
}

/* --- where a call's time goes --- */

static void remember_root(struct fgraph_task *task, uint64_t start_ns, uint64_t duration_ns)
{
	task->roots[task->root_count++ % FGRAPH_ROOTS] =
		(struct fgraph_root){ start_ns, duration_ns };
}

/* How much of the time since then is in outermost calls that were told; UINT64_MAX: more than are
 * remembered. They are in it, and are forgotten. */
static uint64_t forget_roots(struct fgraph_task *task, uint64_t since_ns)
{
	size_t kept = task->root_count > FGRAPH_ROOTS ? task->root_count - FGRAPH_ROOTS : 0;
	uint64_t sum = 0;

	while (task->root_count > kept) {
		const struct fgraph_root *root = &task->roots[(task->root_count - 1) % FGRAPH_ROOTS];

		if (root->start_ns < since_ns)
			return sum;
		sum += root->duration_ns;
		task->root_count--;
	}
	return kept ? UINT64_MAX : sum;
}

static void add_edge(struct fgraph_edge *edge, uint64_t start_ns, uint64_t duration_ns)
{
	if (!edge->ns)
		edge->from_ns = start_ns;
	edge->to_ns = start_ns + duration_ns;
	edge->ns += duration_ns;
}

/*
 * An interrupt is put aside: its time is not its victim's. Its depth tells whom it hit: one that is
 * deeper than the next call comes in a call whose entry is not recorded yet, one that is no deeper
 * than the call below it comes when that has left its place.
 */
static void charge_interrupt(struct fgraph_frame *victim, const struct fgraph_frame *ended,
			     uint64_t start_ns, uint64_t duration_ns)
{
	if (victim->depth == FGRAPH_DEPTH_UNKNOWN || ended->depth == victim->depth + 1)
		victim->irq_ns += duration_ns;
	else if (ended->depth > victim->depth)
		add_edge(&victim->next, start_ns, duration_ns);
	else
		add_edge(&victim->late, start_ns, duration_ns);
}

/* What came at the edge of the highest call is in it if its times say so, and else is its caller's. */
static void settle_edge(struct fgraph_task *task, struct fgraph_edge *edge, bool is_inside)
{
	struct fgraph_frame *frame = &task->frames.items[task->frames.count - 1];

	if (is_inside)
		frame->irq_ns += edge->ns;
	else if (frame->has_parent)
		frame[-1].irq_ns += edge->ns;
	edge->ns = 0;
}

static uint64_t middle_of(const struct fgraph_edge *edge)
{
	return edge->from_ns + (edge->to_ns - edge->from_ns) / 2;
}

/* Times of texts are rounded: a call holds no more than its duration has room for. */
static bool has_room(const struct fgraph_frame *frame, const struct fgraph_edge *edge,
		     uint64_t duration_ns)
{
	return frame->children_ns + frame->irq_ns + edge->ns <= duration_ns;
}

/* The call has left the stack: its duration is a part of what is below it. */
static void charge(struct fgraph_task *task, const struct fgraph_frame *ended, uint64_t start_ns,
		   uint64_t duration_ns)
{
	struct fgraph_frame *below =
		task->frames.count ? &task->frames.items[task->frames.count - 1] : NULL;

	if (below && ended->has_parent) {
		below->children_ns += duration_ns;
		below->irq_below_ns += ended->irq_ns + ended->irq_below_ns;
		below->off_below_ns += ended->off_ns + ended->off_below_ns;
		return;
	}
	if (below && task->frames.count <= task->held) {
		below->apart_ns += duration_ns;
		remember_root(task, start_ns, duration_ns);
	} else if (below) {
		charge_interrupt(below, ended, start_ns, duration_ns);
	} else {
		remember_root(task, start_ns, duration_ns);
	}
}

/* --- ends --- */

/* What it yields stays until the next call is entered. */
static const struct fgraph_frame *pop(struct fgraph *graph, struct fgraph_task *task)
{
	graph->frames--;
	task->frames.count--;
	if (task->held > task->frames.count)
		task->held = task->frames.count;
	return &task->frames.items[task->frames.count];
}

/* Take the highest call off its stack and tell how it ended. */
static int end_top(struct fgraph *graph, struct fgraph_task *task, struct fgraph_end *end,
		   struct diag *why)
{
	const struct fgraph_frame *frame = pop(graph, task);

	end->task = task;
	if (frame->has_parent) {
		const struct fgraph_frame *parent = &task->frames.items[task->frames.count - 1];

		end->parent = parent->id;
		end->parent_path = parent->path;
	}
	charge(task, frame, end->start_ns, end->duration_ns);
	return fgraph_tell(graph, frame, end, why);
}

/* It is over, or at least nothing more will be told of it: it was open until this moment. */
static int end_unseen(struct fgraph *graph, struct fgraph_task *task, uint64_t until_ns,
		      const struct fgraph_record *record, uint32_t flags, struct diag *why)
{
	struct fgraph_frame *frame = &task->frames.items[task->frames.count - 1];
	struct fgraph_end end = {
		.time_ns = record->time_ns,
		.start_ns = frame->entry_ns,
		.cpu = record->cpu,
		.flags = CALL_EXIT_UNSEEN | CALL_AT_LEAST | flags,
	};
	uint64_t parts;

	if (frame->held_ns) {
		until_ns = frame->held_ns;
		/* What came later was not in this one for sure. */
		if (task->frames.count > 1)
			frame[-1].apart_ns += frame->apart_ns;
		frame->apart_ns = 0;
	}
	settle_edge(task, &frame->early, false);
	settle_edge(task, &frame->late, false);
	settle_edge(task, &frame->next, true);
	parts = frame->children_ns + frame->irq_ns + frame->unknown_ns + frame->apart_ns;
	if (graph->options.has_clock && until_ns > frame->entry_ns)
		end.duration_ns = until_ns - frame->entry_ns;
	if (end.duration_ns < parts)
		end.duration_ns = parts;
	return end_top(graph, task, &end, why);
}

/* When the record says that something has ended. */
static uint64_t moment_of(const struct fgraph_record *record)
{
	return record->end_ns < record->time_ns ? record->end_ns : record->time_ns;
}

/* All but the lowest `kept` are over: nobody knows since when. */
static int end_above(struct fgraph *graph, struct fgraph_task *task, size_t kept,
		     const struct fgraph_record *record, struct diag *why)
{
	struct fgraph_frame *top;
	int r = 0;

	if (task->frames.count <= kept)
		return 0;
	while (r == 0 && task->frames.count > kept)
		r = end_unseen(graph, task, task->last_ns, record, 0, why);
	top = fgraph_top(task);
	if (!top || r < 0)
		return r;
	if (!graph->options.has_clock)
		top->is_unsure = true;
	else if (moment_of(record) > task->last_ns)
		top->unknown_ns += moment_of(record) - task->last_ns;
	return 0;
}

/* How many of the thread's calls are sure to be open still when one of this depth begins or ends.
 */
static size_t count_below(const struct fgraph_task *task, int32_t depth)
{
	size_t count = task->frames.count;

	while (count && task->frames.items[count - 1].depth >= depth)
		count--;
	return count;
}

static bool is_interrupt(const struct fgraph_frame *victim, enum fgraph_level level)
{
	return level != FGRAPH_TASK && (!victim || victim->level != level);
}

/* --- entries --- */

/*
 * What was open and is not below the new call is over. An interrupt says nothing of its victim: it
 * may come when a call has left its place already, and before the record of its exit.
 */
static size_t count_open(struct fgraph_task *task, const struct fgraph_record *record)
{
	const struct fgraph_frame *top = fgraph_top(task);

	if (record->depth == FGRAPH_DEPTH_UNKNOWN || is_interrupt(top, record->level))
		return task->frames.count;
	return count_below(task, record->depth);
}

static int push(struct fgraph *graph, struct fgraph_task *task, const struct fgraph_record *record)
{
	struct fgraph_frame *parent, *frame;

	if (task->frames.count >= FGRAPH_DEPTH_MAX || graph->frames >= FGRAPH_FRAMES_MAX) {
		graph->odds.left_out++;
		return 0;
	}
	frame = array_push(&task->frames);
	if (!frame)
		return -ENOMEM;
	parent = task->frames.count > task->held + 1 ? frame - 1 : NULL;
	graph->frames++;
	frame->id = ++graph->ids;
	frame->function = record->function;
	frame->entry_ns = record->time_ns;
	frame->before_ns = task->last_ns;
	frame->depth = record->depth;
	frame->level = record->level;
	if (parent && !is_interrupt(parent, record->level)) {
		frame->has_parent = true;
		frame->level = parent->level;
		frame->early = parent->next;
		parent->next.ns = 0;
		if (record->depth > parent->depth + 1)
			frame->flags |= CALL_CALLER_UNKNOWN;
	} else if (!parent && record->depth > 0 && record->level == FGRAPH_TASK) {
		frame->flags |= CALL_CALLER_UNKNOWN;
	}
	frame->path = hash_pair(frame->has_parent ? parent->path : frame->level, record->function);
	return 0;
}

/* The switch is told before it is made: the thread is off its CPU from the last thing it does there
 * on. */
static void note_running(struct fgraph *graph, const struct fgraph_record *record,
			 struct fgraph_task *task)
{
	struct fgraph_cpu *cpu = &graph->cpus.items[record->cpu];
	bool is_leaving = cpu->leaving == (uint32_t)(task - graph->tasks.items) + 1;

	if (!is_leaving)
		cpu->leaving = 0;
	if (task->off_ns)
		task->off_ns = is_leaving ? record->time_ns : 0;
}

/* The record's thread, or NULL where there is no room for it. */
static int arrive(struct fgraph *graph, const struct fgraph_record *record,
		  struct fgraph_task **ret, struct diag *why)
{
	int r = fgraph_arrive(graph, record->cpu, record->tid, record->time_ns, ret);

	if (r < 0)
		return no_memory(why);
	if (*ret)
		note_running(graph, record, *ret);
	else
		graph->odds.left_out++;
	return 0;
}

int fgraph_enter(struct fgraph *graph, const struct fgraph_record *record, struct diag *why)
{
	struct fgraph_task *task = NULL;
	int r = arrive(graph, record, &task, why);

	if (r < 0 || !task)
		return r;
	r = end_above(graph, task, count_open(task, record), record, why);
	if (r == 0 && push(graph, task, record) < 0)
		r = no_memory(why);
	fgraph_leave(task, record->cpu, record->time_ns);
	return r;
}

/* --- exits --- */

/* What an exit says of its call's duration; false: nothing. *ret_start_ns may be a little late. */
static bool told_duration(const struct fgraph_record *record, uint64_t *ret_start_ns,
			  uint64_t *ret_duration_ns)
{
	uint64_t end_ns = moment_of(record);

	if (record->start_ns != FGRAPH_NOT_TOLD && record->start_ns <= end_ns) {
		*ret_start_ns = record->start_ns;
		*ret_duration_ns = end_ns - record->start_ns;
		return true;
	}
	if (record->duration_ns == FGRAPH_NOT_TOLD)
		return false;
	*ret_duration_ns = record->duration_ns;
	*ret_start_ns =
		record->time_ns > record->duration_ns ? record->time_ns - record->duration_ns : 0;
	return true;
}

/* Is it this very call that the exit ends? Only its begin can tell, where records were lost. */
static bool is_same_call(const struct fgraph *graph, const struct fgraph_frame *frame,
			 const struct fgraph_record *record)
{
	uint64_t start_ns, duration_ns;

	if (!graph->options.has_clock || !told_duration(record, &start_ns, &duration_ns))
		return false;
	if (record->start_ns != FGRAPH_NOT_TOLD)
		return start_ns >= frame->before_ns && start_ns <= frame->entry_ns;
	return frame->after_ns && start_ns + ROUNDED_NS >= frame->before_ns &&
	       start_ns <= frame->after_ns + ROUNDED_NS;
}

/* An exit that the kernel times from a begin later than the entry does not count the sleep in it.
 */
static void measure(const struct fgraph *graph, const struct fgraph_frame *frame,
		    const struct fgraph_record *record, struct fgraph_end *end)
{
	uint64_t start_ns;

	end->start_ns = frame->entry_ns;
	if (record->start_ns == FGRAPH_NOT_TOLD &&
	    told_duration(record, &start_ns, &end->duration_ns))
		return;
	if (!graph->options.has_clock) {
		end->flags |= CALL_AT_LEAST;
		return;
	}
	if (record->start_ns < frame->entry_ns)
		end->start_ns = record->start_ns;
	if (moment_of(record) > end->start_ns)
		end->duration_ns = moment_of(record) - end->start_ns;
}

static void settle_edges(const struct fgraph *graph, struct fgraph_task *task,
			 const struct fgraph_record *record, const struct fgraph_end *end)
{
	struct fgraph_frame *frame = &task->frames.items[task->frames.count - 1];
	uint64_t begin_ns = end->start_ns, end_ns = end->start_ns + end->duration_ns;
	bool has_clock = graph->options.has_clock;

	/* The record's time is later than the end, but nearer to it than the entry is to the begin. */
	if (record->start_ns == FGRAPH_NOT_TOLD && record->time_ns > end->duration_ns)
		begin_ns = record->time_ns - end->duration_ns;
	settle_edge(task, &frame->next, true);
	if (frame->early.ns)
		settle_edge(task, &frame->early,
			    has_room(frame, &frame->early, end->duration_ns) &&
				    (!has_clock || begin_ns <= middle_of(&frame->early)));
	if (frame->late.ns)
		settle_edge(task, &frame->late,
			    has_room(frame, &frame->late, end->duration_ns) &&
				    (!has_clock || end_ns >= middle_of(&frame->late)));
}

/* Before it had an interrupt's marks it was already one's: what enters interrupts is told so. */
static void become_interrupt(struct fgraph_frame *frame, const struct fgraph_record *record)
{
	if (record->level == frame->level || record->level == FGRAPH_TASK ||
	    frame->level != FGRAPH_TASK || frame->children_ns || !frame->has_parent)
		return;
	frame->has_parent = false;
	frame->level = record->level;
	frame->path = hash_pair(frame->level, frame->function);
}

static int end_seen(struct fgraph *graph, struct fgraph_task *task,
		    const struct fgraph_record *record, struct diag *why)
{
	struct fgraph_frame *frame = &task->frames.items[task->frames.count - 1];
	struct fgraph_end end = {
		.time_ns = record->time_ns,
		.cpu = record->cpu,
		.result = record->result,
		.flags = record->has_result ? CALL_RESULT : 0,
	};

	measure(graph, frame, record, &end);
	settle_edges(graph, task, record, &end);
	become_interrupt(frame, record);
	return end_top(graph, task, &end, why);
}

/* The call is still the same: so are its callers. Only what it did since then is not known. */
static int end_held(struct fgraph *graph, struct fgraph_task *task,
		    const struct fgraph_record *record, struct diag *why)
{
	struct fgraph_frame *frame = &task->frames.items[task->frames.count - 1];
	uint64_t since_ns = moment_of(record) > frame->held_ns ? moment_of(record) - frame->held_ns
							       : 0;

	frame->unknown_ns += since_ns > frame->apart_ns ? since_ns - frame->apart_ns : 0;
	task->held = task->frames.count - 1;
	frame->held_ns = 0;
	for (; frame->has_parent; frame--) {
		frame[-1].held_ns = 0;
		task->held--;
	}
	return end_seen(graph, task, record, why);
}

/* Of a call that began unseen, all that is known is what its exit says. */
static int tell_orphan(struct fgraph *graph, struct fgraph_task *task,
		       const struct fgraph_record *record, struct diag *why)
{
	struct fgraph_frame *top = fgraph_top(task);
	const struct fgraph_frame *parent =
		top && !is_interrupt(top, record->level) && top->depth < record->depth ? top
										      : NULL;
	struct fgraph_frame frame = {
		.id = ++graph->ids,
		.function = record->function,
		.depth = record->depth,
		.level = parent ? parent->level : record->level,
		.flags = CALL_ENTRY_UNSEEN,
		.is_unsure = true,
	};
	struct fgraph_end end = {
		.task = task,
		.time_ns = record->time_ns,
		.start_ns = record->time_ns,
		.cpu = record->cpu,
		.parent = parent ? parent->id : 0,
		.parent_path = parent ? parent->path : 0,
		.result = record->result,
		.flags = record->has_result ? CALL_RESULT : 0,
	};
	uint64_t told_ns;

	frame.path = hash_pair(parent ? parent->path : frame.level, record->function);
	if (!told_duration(record, &end.start_ns, &end.duration_ns))
		end.flags |= CALL_AT_LEAST;
	if (!parent && record->depth > 0 && frame.level == FGRAPH_TASK)
		end.flags |= CALL_CALLER_UNKNOWN;
	frame.children_ns = end.duration_ns;
	if (top) {
		/* What was told of the calls in it was told of the one below. */
		top->is_unsure = true;
	} else if (graph->options.has_clock) {
		told_ns = forget_roots(task, end.start_ns);
		if (told_ns < end.duration_ns)
			frame.children_ns = told_ns;
		remember_root(task, end.start_ns, end.duration_ns);
		if (task->frames.count)
			task->frames.items[task->frames.count - 1].apart_ns +=
				end.duration_ns - frame.children_ns;
	}
	return fgraph_tell(graph, &frame, &end, why);
}

/* The exit fits a held call: is it that one's? */
static int exit_held(struct fgraph *graph, struct fgraph_task *task,
		     const struct fgraph_record *record, struct diag *why)
{
	struct fgraph_frame *frame = &task->frames.items[task->frames.count - 1];
	struct fgraph_end end = { .time_ns = record->time_ns,
				 .cpu = record->cpu,
				 .result = record->result,
				 .flags = record->has_result ? CALL_RESULT : 0 };
	int r;

	if (is_same_call(graph, frame, record))
		return end_held(graph, task, record, why);
	/* One call is told for sure: which of the two it is stays open. */
	if (record->start_ns == FGRAPH_NOT_TOLD &&
	    told_duration(record, &end.start_ns, &end.duration_ns)) {
		frame->is_unsure = true;
		frame->children_ns = frame->irq_ns = frame->apart_ns = frame->unknown_ns = 0;
		return end_top(graph, task, &end, why);
	}
	r = end_unseen(graph, task, task->last_ns, record, 0, why);
	return r < 0 || record->start_ns == FGRAPH_NOT_TOLD ? r
							   : tell_orphan(graph, task, record, why);
}

static bool fits(const struct fgraph_frame *frame, const struct fgraph_record *record)
{
	return (!record->function || frame->function == record->function) &&
	       (record->depth == FGRAPH_DEPTH_UNKNOWN || frame->depth == record->depth);
}

/* The call that the exit is of, by its place + 1; 0: none is open. An interrupt can have the depth
 * of its victim. */
static size_t find_ended(const struct fgraph_task *task, const struct fgraph_record *record)
{
	size_t count = task->frames.count;

	while (count && !fits(&task->frames.items[count - 1], record)) {
		if (record->depth != FGRAPH_DEPTH_UNKNOWN &&
		    task->frames.items[count - 1].depth < record->depth)
			return 0;
		count--;
	}
	return count;
}

static int take_exit(struct fgraph *graph, struct fgraph_task *task,
		     const struct fgraph_record *record, struct diag *why)
{
	size_t ended = find_ended(task, record);
	size_t kept = ended                                     ? ended
		      : record->depth == FGRAPH_DEPTH_UNKNOWN ? task->frames.count
							      : count_below(task, record->depth);
	int r = end_above(graph, task, kept, record, why);

	if (r < 0)
		return r;
	if (!ended)
		return tell_orphan(graph, task, record, why);
	return task->held == task->frames.count ? exit_held(graph, task, record, why)
						: end_seen(graph, task, record, why);
}

int fgraph_exit(struct fgraph *graph, const struct fgraph_record *record, struct diag *why)
{
	struct fgraph_task *task = NULL;
	int r = arrive(graph, record, &task, why);

	if (r < 0 || !task)
		return r;
	r = take_exit(graph, task, record, why);
	fgraph_leave(task, record->cpu, record->time_ns);
	return r;
}

/* --- switches, and the end --- */

int fgraph_switch(struct fgraph *graph, const struct fgraph_switch *change, struct diag *why)
{
	struct fgraph_task *task = NULL;
	struct fgraph_frame *top;
	uint32_t leaving = 0;

	if (fgraph_arrive(graph, change->cpu, change->from_tid, change->time_ns, &task) < 0)
		return no_memory(why);
	if (task) {
		task->off_ns = change->time_ns;
		leaving = (uint32_t)(task - graph->tasks.items) + 1;
		fgraph_leave(task, change->cpu, change->time_ns);
	}
	if (fgraph_arrive(graph, change->cpu, change->to_tid, change->time_ns, &task) < 0)
		return no_memory(why);
	graph->cpus.items[change->cpu].leaving = leaving;
	if (!task)
		return 0;
	top = fgraph_top(task);
	if (top && task->off_ns && change->time_ns > task->off_ns)
		top->off_ns += change->time_ns - task->off_ns;
	task->off_ns = 0;
	fgraph_leave(task, change->cpu, change->time_ns);
	return 0;
}

static int finish_task(struct fgraph *graph, struct fgraph_task *task,
		       const struct fgraph_record *end, struct diag *why)
{
	struct fgraph_frame *top = fgraph_top(task);
	uint64_t until_ns = task->off_ns ? end->time_ns : task->last_ns;
	int r = 0;

	if (top && task->off_ns && end->time_ns > task->off_ns)
		top->off_ns += end->time_ns - task->off_ns;
	while (r == 0 && task->frames.count)
		r = end_unseen(graph, task, until_ns, end, CALL_OPEN_END, why);
	return r;
}

int fgraph_finish(struct fgraph *graph, uint64_t end_ns, struct diag *why)
{
	struct fgraph_record end = { .time_ns = end_ns, .end_ns = FGRAPH_NOT_TOLD };
	int r = 0;

	for (size_t i = 0; i < graph->tasks.count && r == 0; i++) {
		end.cpu = graph->tasks.items[i].cpu;
		r = finish_task(graph, &graph->tasks.items[i], &end, why);
	}
	return r;
}
