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
		const struct fgraph_root *root =
			&task->roots[(task->root_count - 1) % FGRAPH_ROOTS];

		if (root->start_ns < since_ns)
			return sum;
		sum += root->duration_ns;
		task->root_count--;
	}
	return kept ? UINT64_MAX : sum;
}

static void add_edge(struct fgraph_edge *edge, const struct fgraph_frame *ended, uint64_t start_ns,
		     uint64_t duration_ns)
{
	size_t place = edge->hits[0].ns != 0;

	if (!edge->before_ns)
		edge->before_ns = ended->before_ns ?: 1;
	if (!edge->hits[place].ns)
		edge->hits[place].from_ns = start_ns;
	edge->hits[place].to_ns = start_ns + duration_ns;
	edge->hits[place].ns += duration_ns;
}

static uint64_t edge_ns(const struct fgraph_edge *edge)
{
	return edge->hits[0].ns + edge->hits[1].ns;
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
		add_edge(&victim->next, ended, start_ns, duration_ns);
	else
		add_edge(&victim->late, ended, start_ns, duration_ns);
}

/* What is known of a call's time when its edges are settled. */
struct fgraph_span {
	uint64_t begin_ns;
	uint64_t end_ns;
	uint64_t duration_ns;
	bool has_clock;
};

/* Times of texts are rounded: a call holds no more than its duration has room for. */
static bool is_inside(const struct fgraph_frame *frame, const struct fgraph_edge *edge,
		      size_t place, const struct fgraph_span *span)
{
	uint64_t from_ns = edge->hits[place].from_ns;
	uint64_t middle_ns = from_ns + (edge->hits[place].to_ns - from_ns) / 2;

	if (frame->children_ns + frame->irq_ns + edge->hits[place].ns > span->duration_ns)
		return false;
	return !span->has_clock || (span->begin_ns <= middle_ns && span->end_ns >= middle_ns);
}

/* The caller had left its place as well. */
static void hand_down(struct fgraph_edge *to, const struct fgraph_edge *from, size_t place)
{
	if (!to->hits[place].ns)
		to->hits[place].from_ns = from->hits[place].from_ns;
	to->hits[place].to_ns = from->hits[place].to_ns;
	to->hits[place].ns += from->hits[place].ns;
}

/* What came at the edge of the highest call is in it if its times say so, and else is its caller's.
 * Without a span it is not. */
static void settle_edge(struct fgraph_task *task, struct fgraph_edge *edge,
			const struct fgraph_span *span)
{
	struct fgraph_frame *frame = &task->frames.items[task->frames.count - 1];

	for (size_t i = 0; i < array_count(edge->hits); i++) {
		if (!edge->hits[i].ns)
			continue;
		if (span && is_inside(frame, edge, i, span))
			frame->irq_ns += edge->hits[i].ns;
		else if (frame->has_parent && !span && frame[-1].late.before_ns)
			hand_down(&frame[-1].late, edge, i);
		else if (frame->has_parent)
			frame[-1].irq_ns += edge->hits[i].ns;
		edge->hits[i].ns = 0;
	}
}

/* No more calls come in it: what was taken for early was its own. */
static void settle_next(struct fgraph_frame *frame)
{
	for (size_t i = 0; i < array_count(frame->next.hits); i++) {
		frame->irq_ns += frame->next.hits[i].ns;
		frame->next.hits[i].ns = 0;
	}
}

/* The call has left the stack: its duration is a part of what is below it. */
static void charge(struct fgraph_task *task, const struct fgraph_frame *ended, uint64_t start_ns,
		   uint64_t duration_ns)
{
	struct fgraph_frame *below = fgraph_highest(task);

	if (below && ended->has_parent) {
		below->children_ns += duration_ns;
		below->irq_below_ns += ended->irq_ns + ended->irq_below_ns;
		below->off_below_ns += ended->off_ns + ended->off_below_ns;
		return;
	}
	/* What began before the call below it was held is known to be of it. */
	if (below && below->held_ns && ended->entry_ns >= below->held_ns) {
		if (ended->level != FGRAPH_TASK && ended->depth <= below->depth)
			add_edge(&below->late, ended, start_ns, duration_ns);
		else
			below->apart_ns += duration_ns;
		remember_root(task, start_ns, duration_ns);
	} else if (below) {
		charge_interrupt(below, ended, start_ns, duration_ns);
	} else {
		/* Deeper than anything that is open: in a call whose entry is not recorded yet. */
		if (ended->level != FGRAPH_TASK && ended->depth == 1)
			add_edge(&task->next, ended, start_ns, duration_ns);
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

/* What came since the call is held was not in it for sure. */
static void hand_apart(const struct fgraph_task *task, struct fgraph_frame *frame)
{
	for (size_t i = 0; i < array_count(frame->late.hits); i++) {
		if (frame->late.hits[i].from_ns < frame->held_ns)
			continue;
		frame->apart_ns += frame->late.hits[i].ns;
		frame->late.hits[i].ns = 0;
	}
	if (task->frames.count > 1)
		frame[-1].apart_ns += frame->apart_ns;
	frame->apart_ns = 0;
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
		hand_apart(task, frame);
	}
	settle_edge(task, &frame->early, NULL);
	settle_edge(task, &frame->late, NULL);
	settle_next(frame);
	parts = frame->children_ns + frame->irq_ns + frame->unknown_ns + frame->apart_ns;
	if (graph->options.has_clock && until_ns > frame->entry_ns)
		end.duration_ns = until_ns - frame->entry_ns;
	if (end.duration_ns < parts)
		end.duration_ns = parts;
	return end_top(graph, task, &end, why);
}

/* All but the lowest `kept` of a thread's calls are over. */
struct ending {
	size_t kept;
	uint64_t until_ns; /* they were open until then for sure; 0: until what they did last */
	uint32_t flags;
};

static uint64_t open_until(const struct fgraph_task *task, size_t place,
			   const struct ending *ending)
{
	return ending->until_ns ?: fgraph_open_until(task, place);
}

static int end_top_unseen(struct fgraph *graph, struct fgraph_task *task,
			  const struct ending *ending, const struct fgraph_record *record,
			  struct diag *why)
{
	return end_unseen(graph, task, open_until(task, task->frames.count - 1, ending), record,
			  ending->flags, why);
}

/* When the record says that something has ended. */
static uint64_t moment_of(const struct fgraph_record *record)
{
	return record->end_ns < record->time_ns ? record->end_ns : record->time_ns;
}

/* Off its CPU the thread may have been in a call that had ended unseen. */
static void forget_off(struct fgraph_task *task)
{
	struct fgraph_frame *top = fgraph_top(task);

	if (top)
		top->off_ns -= task->proof_off_ns;
	task->proof_off_ns = 0;
}

static uint64_t known_ns(const struct fgraph_frame *frame)
{
	return frame->children_ns + frame->irq_ns + edge_ns(&frame->next) + edge_ns(&frame->late);
}

/*
 * The highest one is over. Of the one below it is not known what it did from the begin of this one
 * on, but for what is told of them.
 */
static int end_one_above(struct fgraph *graph, struct fgraph_task *task,
			 const struct ending *ending, const struct fgraph_record *record,
			 struct diag *why)
{
	const struct fgraph_frame *top = fgraph_highest(task);
	uint64_t since_ns, until_ns = moment_of(record), known;
	struct fgraph_frame *below;
	size_t place;
	int r;

	if (!top)
		return 0;
	since_ns = top->entry_ns;
	place = task->frames.count - 1;
	below = place ? &task->frames.items[place - 1] : NULL;
	if (!below || (below->held_ns && since_ns >= below->held_ns))
		return end_top_unseen(graph, task, ending, record, why);
	known = known_ns(below);
	r = end_top_unseen(graph, task, ending, record, why);
	if (below->held_ns)
		until_ns = below->held_ns; /* what came later is judged when it ends */
	else if (place > ending->kept)
		until_ns = open_until(task, place - 1, ending);
	known = known_ns(below) - known + since_ns;
	if (!graph->options.has_clock)
		below->is_unsure = true;
	else if (until_ns > known)
		below->unknown_ns += until_ns - known;
	return r;
}

/* All but the lowest `kept` are over: nobody knows since when. */
static int end_above(struct fgraph *graph, struct fgraph_task *task, size_t kept,
		     const struct fgraph_record *record, struct diag *why)
{
	const struct ending ending = { .kept = kept };
	int r = 0;

	if (task->frames.count > kept)
		forget_off(task);
	while (r == 0 && task->frames.count > kept)
		r = end_one_above(graph, task, &ending, record, why);
	return r;
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

/* The entry that earlier interrupts were before is there. */
static void take_early(struct fgraph_frame *frame, struct fgraph_edge *next)
{
	if (!next->hits[0].ns)
		return;
	frame->early = *next;
	frame->before_ns = frame->early.before_ns;
	*next = (struct fgraph_edge){};
}

/* An interrupt that is no deeper than these comes when they have left their places. */
static void note_left(struct fgraph_task *task, const struct fgraph_frame *interrupt)
{
	struct fgraph_frame *frame = &task->frames.items[task->frames.count - 1];

	while (frame-- > task->frames.items && frame->depth >= interrupt->depth) {
		if (!frame->late.before_ns)
			frame->late.before_ns = interrupt->before_ns ?: 1;
	}
}

static int push(struct fgraph *graph, struct fgraph_task *task, const struct fgraph_record *record)
{
	struct fgraph_frame *parent, *frame;
	uint64_t caller = record->level;

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
	frame->before_ns = task->proof_ns;
	frame->depth = record->depth;
	frame->level = record->level;
	frame->is_after_gap = task->is_after_gap;
	if (parent && !is_interrupt(parent, record->level)) {
		frame->has_parent = true;
		frame->level = parent->level;
		caller = parent->path;
		take_early(frame, &parent->next);
		if (record->depth > parent->depth + 1)
			frame->flags |= CALL_CALLER_UNKNOWN;
	} else if (parent) {
		note_left(task, frame);
	} else if (record->level == FGRAPH_TASK) {
		take_early(frame, &task->next);
		frame->flags |= record->depth > 0 ? CALL_CALLER_UNKNOWN : 0;
	}
	frame->path = hash_pair(caller, record->function);
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

/* The thread did something in a call of its own. */
static void prove(struct fgraph_task *task, const struct fgraph_record *record)
{
	fgraph_leave(task, record->cpu, record->time_ns);
	task->proof_ns = record->time_ns;
	task->proof_off_ns = 0;
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
	prove(task, record);
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

/*
 * Where nothing is known to be lost: does the exit say that it is of another call? The kernel tells
 * later begins than the true ones where it was told not to count sleep.
 */
static bool is_other_call(const struct fgraph *graph, const struct fgraph_frame *frame,
			  const struct fgraph_record *record)
{
	if (record->start_ns == FGRAPH_NOT_TOLD)
		return false;
	if (record->start_ns > frame->entry_ns)
		return graph->has_switches && !frame->off_ns && !frame->off_below_ns;
	return record->start_ns < frame->before_ns;
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
	struct fgraph_span span = {
		.begin_ns = end->start_ns,
		.end_ns = end->start_ns + end->duration_ns,
		.duration_ns = end->duration_ns,
		.has_clock = graph->options.has_clock,
	};

	/* The record's time is later than the end, but nearer to it than the entry is to the begin.
	 */
	if (record->start_ns == FGRAPH_NOT_TOLD && record->time_ns > end->duration_ns)
		span.begin_ns = record->time_ns - end->duration_ns;
	settle_next(frame);
	settle_edge(task, &frame->early, &span);
	settle_edge(task, &frame->late, &span);
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
	/* From its begin to its entry it may have been interrupted. */
	if (frame->is_after_gap && frame->entry_ns > end.start_ns)
		frame->unknown_ns += frame->entry_ns - end.start_ns;
	become_interrupt(frame, record);
	return end_top(graph, task, &end, why);
}

/* Interrupts of a held call are told apart from it, but for those that came after its end: what its
 * caller did from there to the record is not known, either. */
static void settle_held(struct fgraph_frame *frame, const struct fgraph_record *record)
{
	uint64_t rest_ns = record->time_ns - moment_of(record);

	for (size_t i = 0; i < array_count(frame->late.hits); i++) {
		uint64_t ns = frame->late.hits[i].ns;

		frame->late.hits[i].ns = 0;
		if (frame->late.hits[i].from_ns < moment_of(record)) {
			frame->apart_ns += ns;
		} else if (frame->has_parent) {
			frame[-1].irq_ns += ns;
			rest_ns -= ns < rest_ns ? ns : rest_ns;
		}
	}
	if (frame->has_parent)
		frame[-1].unknown_ns += rest_ns;
}

/* The call is still the same: so are its callers. Only what it did since then is not known. */
static int end_held(struct fgraph *graph, struct fgraph_task *task,
		    const struct fgraph_record *record, struct diag *why)
{
	struct fgraph_frame *frame = &task->frames.items[task->frames.count - 1];
	uint64_t since_ns =
		moment_of(record) > frame->held_ns ? moment_of(record) - frame->held_ns : 0;

	settle_held(frame, record);
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
		top && !is_interrupt(top, record->level) && top->depth < record->depth ? top : NULL;
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
	const struct ending ending = { .kept = task->frames.count - 1 };
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
	r = end_top_unseen(graph, task, &ending, record, why);
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
	size_t kept = ended                                   ? ended
		      : record->depth == FGRAPH_DEPTH_UNKNOWN ? task->frames.count
							      : count_below(task, record->depth);
	int r = end_above(graph, task, kept, record, why);

	if (r < 0)
		return r;
	if (!ended)
		return tell_orphan(graph, task, record, why);
	if (task->held == task->frames.count)
		return exit_held(graph, task, record, why);
	if (!is_other_call(graph, &task->frames.items[ended - 1], record))
		return end_seen(graph, task, record, why);
	r = end_above(graph, task, ended - 1, record, why);
	return r < 0 ? r : tell_orphan(graph, task, record, why);
}

int fgraph_exit(struct fgraph *graph, const struct fgraph_record *record, struct diag *why)
{
	struct fgraph_task *task = NULL;
	int r = arrive(graph, record, &task, why);

	if (r < 0 || !task)
		return r;
	r = take_exit(graph, task, record, why);
	prove(task, record);
	return r;
}

/* --- switches, and the end --- */

int fgraph_switch(struct fgraph *graph, const struct fgraph_switch *change, struct diag *why)
{
	struct fgraph_task *task = NULL;
	struct fgraph_frame *top;
	uint32_t leaving = 0;

	graph->has_switches = true;
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
	if (top && task->off_ns && change->time_ns > task->off_ns) {
		top->off_ns += change->time_ns - task->off_ns;
		task->proof_off_ns += change->time_ns - task->off_ns;
	}
	task->off_ns = 0;
	fgraph_leave(task, change->cpu, change->time_ns);
	return 0;
}

static int finish_task(struct fgraph *graph, struct fgraph_task *task,
		       const struct fgraph_record *end, struct diag *why)
{
	const struct ending ending = {
		/* What a thread was switched away from it has not left. */
		.until_ns = task->off_ns ? end->time_ns : 0,
		.flags = CALL_OPEN_END,
	};
	struct fgraph_frame *top = fgraph_top(task);
	int r = 0;

	if (top && task->off_ns && end->time_ns > task->off_ns)
		top->off_ns += end->time_ns - task->off_ns;
	else
		forget_off(task);
	while (r == 0 && task->frames.count)
		r = end_one_above(graph, task, &ending, end, why);
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
