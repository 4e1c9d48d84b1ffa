/* What would function_graph have recorded? Time passes in small steps, and each goes to whoever has
 * it: that is how the truth is known, without the rules of those who rebuild it. */
#include "unit/import/story.h"

#include <stdlib.h>
#include <string.h>

struct stack {
	int calls[64];
	size_t count;
};

struct machine {
	const struct story_options *options;
	struct story *story;
	uint64_t seed;
	uint64_t now_ns;
	struct stack tasks[STORY_TASKS + STORY_CPUS]; /* the last ones are idle */
	int running[STORY_CPUS];                      /* task */
	struct stack interrupts[STORY_CPUS];
};

uint64_t story_lot(uint64_t *seed, uint64_t limit)
{
	/* xorshift64* (Vigna, public domain) */
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return (*seed * 0x2545f4914f6cdd1dULL >> 32) % limit;
}

static bool happens(struct machine *machine, unsigned int percent)
{
	return story_lot(&machine->seed, 100) < percent;
}

static struct story_call *top_of(const struct machine *machine, const struct stack *stack)
{
	return stack->count ? &machine->story->calls.items[stack->calls[stack->count - 1]] : NULL;
}

static bool is_running(const struct machine *machine, int task, uint32_t *ret_cpu)
{
	for (uint32_t cpu = 0; cpu < STORY_CPUS; cpu++) {
		if (machine->running[cpu] == task) {
			*ret_cpu = cpu;
			return true;
		}
	}
	return false;
}

/* --- time --- */

static void pass_for_interrupts(struct machine *machine, uint32_t cpu, uint64_t ns)
{
	struct stack *stack = &machine->interrupts[cpu];
	struct story_call *top = top_of(machine, stack);

	if (!top)
		return;
	top->self_ns += ns;
	/* A lower one below a higher one is interrupted itself. */
	for (size_t i = 0; i < stack->count; i++) {
		struct story_call *call = &machine->story->calls.items[stack->calls[i]];

		if (call->level != top->level)
			call->irq_ns += ns;
	}
}

static void pass_for_task(struct machine *machine, int task, uint64_t ns)
{
	struct stack *stack = &machine->tasks[task];
	struct story_call *top = top_of(machine, stack);
	uint32_t cpu;
	bool runs = is_running(machine, task, &cpu);
	bool is_hit = runs && machine->interrupts[cpu].count;

	if (!top)
		return;
	if (!is_hit)
		top->self_ns += ns;
	for (size_t i = 0; i < stack->count; i++) {
		struct story_call *call = &machine->story->calls.items[stack->calls[i]];

		if (is_hit)
			call->irq_ns += ns;
		if (!runs)
			call->off_ns += ns;
	}
}

static void pass(struct machine *machine, uint64_t most_ns)
{
	uint64_t ns = 1 + story_lot(&machine->seed, most_ns);

	machine->now_ns += ns;
	for (uint32_t cpu = 0; cpu < STORY_CPUS; cpu++)
		pass_for_interrupts(machine, cpu, ns);
	for (int task = 0; task < STORY_TASKS + STORY_CPUS; task++)
		pass_for_task(machine, task, ns);
}

/* --- calls --- */

static uint32_t tid_of(int task)
{
	return task < STORY_TASKS ? STORY_TID + (uint32_t)task : 0;
}

static struct story_record *record(struct machine *machine, enum story_kind kind, uint32_t cpu)
{
	struct story_record *record = array_push(&machine->story->records);

	if (!record)
		abort();
	record->kind = kind;
	record->cpu = cpu;
	record->tid = tid_of(machine->running[cpu]);
	record->time_ns = machine->now_ns;
	return record;
}

static void interrupt(struct machine *machine, uint32_t cpu, int32_t depth);

/* There is a place for it on the stack from now on; it is entered when its clock is read. */
static void call(struct machine *machine, uint32_t cpu, struct stack *stack, int32_t depth,
		 enum fgraph_level level)
{
	struct story_call *top = top_of(machine, stack), *call;
	bool has_times = machine->options->has_times, has_edges = machine->options->has_edges;
	bool is_root = !top || top->level != level;
	struct story_record *entry;
	int place;

	/* An interrupt when the place is taken, but the clock not yet read. */
	if (has_edges && level == FGRAPH_TASK && happens(machine, 3))
		interrupt(machine, cpu, depth + 1);
	call = array_push(&machine->story->calls);
	if (!call)
		abort();
	place = (int)machine->story->calls.count - 1;
	*call = (struct story_call){
		.function = 1 + (uint32_t)story_lot(&machine->seed, STORY_FUNCTIONS),
		.tid = tid_of(machine->running[cpu]),
		.cpu = cpu,
		.parent = is_root ? -1 : stack->calls[stack->count - 1],
		.depth = depth,
		.level = level,
		.start_ns = machine->now_ns,
	};
	stack->calls[stack->count++] = place;
	if (has_edges && level == FGRAPH_TASK && happens(machine, 3))
		interrupt(machine, cpu, depth + 1);
	if (has_times)
		pass(machine, 5);
	call = &machine->story->calls.items[place];
	call->entry_ns = machine->now_ns;
	entry = record(machine, STORY_ENTRY, cpu);
	entry->function = call->function;
	entry->depth = depth;
	entry->level = level;
}

static void ret(struct machine *machine, uint32_t cpu, struct stack *stack)
{
	int place = stack->calls[stack->count - 1];
	struct story_call *call = &machine->story->calls.items[place];
	bool has_times = machine->options->has_times, has_edges = machine->options->has_edges;
	int32_t depth = call->depth;
	struct story_record *exit;

	/* An interrupt when the place is left, but the clock not yet read. */
	if (has_edges && call->level == FGRAPH_TASK && happens(machine, 3))
		interrupt(machine, cpu, depth);
	machine->story->calls.items[place].end_ns = machine->now_ns;
	stack->count--;
	if (has_edges && machine->story->calls.items[place].level == FGRAPH_TASK &&
	    happens(machine, 3))
		interrupt(machine, cpu, depth);
	if (has_times)
		pass(machine, 5);
	call = &machine->story->calls.items[place];
	exit = record(machine, STORY_EXIT, cpu);
	exit->function = call->function;
	exit->depth = depth;
	exit->level = call->level;
	exit->start_ns = call->start_ns;
	exit->end_ns = call->end_ns;
}

/* A few calls, which all end. */
static void burst(struct machine *machine, uint32_t cpu, int32_t depth, enum fgraph_level level)
{
	struct stack *stack = &machine->interrupts[cpu];
	size_t below = stack->count, calls = 1 + story_lot(&machine->seed, 5);

	do {
		if (calls && stack->count < below + 4 &&
		    (stack->count == below || happens(machine, 60))) {
			call(machine, cpu, stack, depth + (int32_t)(stack->count - below), level);
			calls--;
		} else {
			ret(machine, cpu, stack);
		}
		pass(machine, 50);
		if (level == FGRAPH_SOFT_IRQ && stack->count > below && happens(machine, 10)) {
			burst(machine, cpu, depth + (int32_t)(stack->count - below),
			      FGRAPH_HARD_IRQ);
			pass(machine, 20);
		}
	} while (stack->count > below);
}

static void interrupt(struct machine *machine, uint32_t cpu, int32_t depth)
{
	if (!machine->options->has_interrupts || machine->interrupts[cpu].count)
		return;
	pass(machine, 20);
	burst(machine, cpu, depth, happens(machine, 40) ? FGRAPH_SOFT_IRQ : FGRAPH_HARD_IRQ);
	pass(machine, 20);
}

static void leave(struct machine *machine, uint32_t cpu)
{
	int next = (int)story_lot(&machine->seed, STORY_TASKS + 1);
	struct story_record *change;
	uint32_t other;

	if (next == STORY_TASKS)
		next += (int)cpu;
	if (is_running(machine, next, &other))
		return;
	if (machine->options->has_switches) {
		change = record(machine, STORY_SWITCH, cpu);
		change->next_tid = tid_of(next);
	}
	machine->running[cpu] = next;
	/* Without switches it is seen by what the next one does. */
	pass(machine, 10);
	if (machine->tasks[next].count < STORY_DEPTH)
		call(machine, cpu, &machine->tasks[next], (int32_t)machine->tasks[next].count,
		     FGRAPH_TASK);
}

static void step(struct machine *machine)
{
	uint32_t cpu = (uint32_t)story_lot(&machine->seed, STORY_CPUS);
	struct stack *stack = &machine->tasks[machine->running[cpu]];
	uint64_t lot = story_lot(&machine->seed, 100);

	pass(machine, 300);
	if (lot < 42 && stack->count < STORY_DEPTH)
		call(machine, cpu, stack, (int32_t)stack->count, FGRAPH_TASK);
	else if (lot < 82 && stack->count)
		ret(machine, cpu, stack);
	else if (lot < 90)
		interrupt(machine, cpu, (int32_t)stack->count);
	else
		leave(machine, cpu);
}

void story_make(const struct story_options *options, struct story *ret)
{
	struct machine machine = { .options = options,
				   .story = ret,
				   .seed = options->seed * 0x9e3779b97f4a7c15ULL + 1,
				   .now_ns = 1000000 };

	*ret = (struct story){};
	for (int cpu = 0; cpu < STORY_CPUS; cpu++)
		machine.running[cpu] = STORY_TASKS + cpu;
	for (size_t i = 0; i < options->steps; i++)
		step(&machine);
	pass(&machine, 10);
	ret->end_ns = machine.now_ns;
}

void story_free(struct story *story)
{
	array_free(&story->records);
	array_free(&story->calls);
}

void story_lose(struct story *story, uint64_t seed, size_t stretches)
{
	seed = seed * 0x9e3779b97f4a7c15ULL + 7;
	for (size_t n = 0; n < stretches; n++) {
		uint32_t cpu = (uint32_t)story_lot(&seed, STORY_CPUS);
		size_t at = story_lot(&seed, story->records.count);
		size_t left = 1 + story_lot(&seed, 60);

		for (; at < story->records.count && left; at++) {
			if (story->records.items[at].cpu != cpu)
				continue;
			story->records.items[at].is_lost = true;
			left--;
		}
	}
}
