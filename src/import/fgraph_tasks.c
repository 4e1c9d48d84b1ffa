/* Whose record is it, and were records of its thread lost since its last one? */
#include <errno.h>

#include "import/fgraph_state.h"

static struct fgraph_cpu *find_cpu(struct fgraph *graph, uint32_t cpu)
{
	while (graph->cpus.count <= cpu) {
		if (!array_push(&graph->cpus))
			return NULL;
	}
	return &graph->cpus.items[cpu];
}

/* Each CPU has an idle thread of its own. */
static uint64_t key_of(uint32_t cpu, uint32_t tid)
{
	return tid ? tid : UINT64_C(1) << 32 | cpu;
}

static struct fgraph_task *find_task(struct fgraph *graph, uint32_t cpu, uint32_t tid, int *r)
{
	uint64_t key = key_of(cpu, tid), *place = hash_find(&graph->by_key, key);
	struct fgraph_task *task;

	*r = 0;
	if (place)
		return &graph->tasks.items[*place];
	if (graph->tasks.count >= FGRAPH_TASKS_MAX)
		return NULL;
	*r = -ENOMEM;
	place = hash_put(&graph->by_key, key);
	if (!place)
		return NULL;
	*place = graph->tasks.count;
	task = array_push(&graph->tasks);
	if (!task) {
		(void)hash_remove(&graph->by_key, key);
		return NULL;
	}
	*r = 0;
	task->tid = tid;
	return task;
}

/* Most records are of the same thread as the one before on their CPU. */
static struct fgraph_task *find_current(struct fgraph *graph, struct fgraph_cpu *here, uint32_t cpu,
					uint32_t tid, int *r)
{
	struct fgraph_task *task = here->task ? &graph->tasks.items[here->task - 1] : NULL;

	*r = 0;
	if (task && task->tid == tid)
		return task;
	if (task)
		task->has_left = true;
	task = find_task(graph, cpu, tid, r);
	here->task = task ? (uint32_t)(task - graph->tasks.items) + 1 : 0;
	return task;
}

/* True when the CPU's gap ends with this record. */
static bool end_gap(struct fgraph *graph, struct fgraph_cpu *here, uint64_t time_ns)
{
	if (!here->has_gap || here->to_ns != FGRAPH_NOT_TOLD)
		return false;
	here->to_ns = time_ns;
	graph->open_gaps--;
	if (time_ns > graph->gap_end_ns)
		graph->gap_end_ns = time_ns;
	return true;
}

/*
 * A record of its own can be among the lost ones of a CPU if it was there at one end of the time
 * since its last record, or if it was seen to leave another CPU meanwhile: then it may have been
 * anywhere.
 */
static bool may_have_lost(const struct fgraph *graph, const struct fgraph_task *task, uint32_t cpu)
{
	if (!task->is_seen || (!graph->open_gaps && graph->gap_end_ns <= task->last_ns))
		return false;
	for (uint32_t i = 0; i < graph->cpus.count; i++) {
		const struct fgraph_cpu *other = &graph->cpus.items[i];

		if (other->has_gap && other->to_ns > task->last_ns &&
		    (i == cpu || i == task->cpu ||
		     (task->tid && (task->has_left || task->cpu != cpu))))
			return true;
	}
	return false;
}

static void hold(struct fgraph_task *task)
{
	for (size_t i = task->held; i < task->frames.count; i++) {
		task->frames.items[i].held_ns = fgraph_open_until(task, i) ?: 1;
		task->frames.items[i].flags |= CALL_LOSS;
	}
	if (task->frames.count > task->held)
		task->frames.items[task->frames.count - 1].off_ns -= task->proof_off_ns;
	task->proof_off_ns = 0;
	task->is_after_gap = true;
	task->held = task->frames.count;
	task->off_ns = 0;
}

int fgraph_arrive(struct fgraph *graph, uint32_t cpu, uint32_t tid, uint64_t time_ns,
		  struct fgraph_task **ret)
{
	struct fgraph_cpu *here = find_cpu(graph, cpu);
	struct fgraph_task *task;
	bool is_first;
	int r;

	if (!here)
		return -ENOMEM;
	is_first = end_gap(graph, here, time_ns);
	task = find_current(graph, here, cpu, tid, &r);
	*ret = task;
	if (!task)
		return r;
	if (may_have_lost(graph, task, cpu))
		hold(task);
	task->is_after_gap |= is_first;
	if (task->frames.count && !task->frames.items[task->frames.count - 1].after_ns)
		task->frames.items[task->frames.count - 1].after_ns = time_ns;
	return 0;
}

void fgraph_leave(struct fgraph_task *task, uint32_t cpu, uint64_t time_ns)
{
	task->is_seen = true;
	task->has_left = false;
	task->is_after_gap = false;
	task->cpu = cpu;
	task->last_ns = time_ns;
}

int fgraph_lose(struct fgraph *graph, uint32_t cpu, uint64_t time_ns, uint64_t count,
		struct diag *why)
{
	struct event_loss loss = {
		.head = PERF_EVENT_HEAD(event_loss, LOSS, graph->options.has_clock ? time_ns : 0),
		.what = LOSS_CALL,
		.count = count ?: 1,
	};
	struct fgraph_cpu *here = find_cpu(graph, cpu);

	if (!here)
		return diag_set(why, -ENOMEM, "out of memory");
	if (!here->has_gap || here->to_ns != FGRAPH_NOT_TOLD)
		graph->open_gaps++;
	here->has_gap = true;
	here->from_ns = time_ns;
	here->to_ns = FGRAPH_NOT_TOLD;
	return perf_tell(graph->out, &loss, why);
}
