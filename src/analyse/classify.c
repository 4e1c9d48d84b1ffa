/* What was a thread waiting for? Each stack is classified once, when it is told. */
#include "analyse/classify.h"

#include <errno.h>
#include <string.h>

#define FRAMES_MAX  128u
#define STACKS_MAX  (1u << 20)
#define SYMBOLS_MAX (1u << 20)
#define STICKY_MAX  (1u << 18)

static const struct class UNKNOWN_CLASS = { .cause = CAUSE_UNKNOWN, .way = WAIT_FOLLOW };

#define WAIT_RANK_FINAL 3

/* Block requests inside a journal commit are what the sync that asked for it waits for. */
static enum cause find_context(const struct wait_class *wait)
{
	enum cause cause = wait->context ? wait->context->cause : wait->wait->cause;

	if (cause == CAUSE_FS_JOURNAL || cause == CAUSE_FS_SYNC)
		return CAUSE_FS_SYNC;
	return wait->context ? cause : CAUSE_UNKNOWN;
}

static int put_class(struct classes *classes, const struct class *class, uint16_t *ret)
{
	uint64_t key =
		hash_pair((uint64_t) class->function << 32 | class->label,
			  (uint64_t) class->cause << 32 | (uint64_t) class->context << 16 |
				  (uint64_t) class->way << 4 | (uint64_t) class->is_limit << 3 |
				  (uint64_t) class->is_program << 2 |
				  (uint64_t) class->is_generic << 1 | class->is_final);
	uint64_t *id = hash_put(&classes->ids, key);
	struct class *place;

	if (!id)
		return -ENOMEM;
	if (!*id && classes->classes.count < UINT16_MAX) {
		place = array_push(&classes->classes);
		if (!place)
			return -ENOMEM;
		*place = *class;
		*id = classes->classes.count;
	}
	*ret = (uint16_t)*id;
	return 0;
}

static int keep_class(struct classes *classes, struct names *names, const struct wait_class *wait,
		      uint16_t *ret)
{
	struct class class = UNKNOWN_CLASS;
	const char *function = wait->function ? wait->function : "";

	if (wait->wait) {
		class.cause = wait->wait->cause;
		class.context = find_context(wait);
		class.way = wait->wait->way;
		class.is_final = class.way == WAIT_LEAF && wait->wait->rank >= WAIT_RANK_FINAL;
		class.is_generic = wait->is_primitive;
		class.function = names_put(names, function, strlen(function));
		class.label = class.function;
		if (wait->wait->note && wait->wait->note[0])
			class.label = names_put(names, wait->wait->note, strlen(wait->wait->note));
	}
	return put_class(classes, &class, ret);
}

int classes_of_program_lock(struct classes *classes, struct names *names,
			    const struct program_lock *lock, uint16_t *ret)
{
	const struct class class = {
		.cause = CAUSE_LOCK_USER,
		.way = WAIT_FOLLOW,
		.is_program = true,
		.function = names_put(names, lock->function, strlen(lock->function)),
		.label = names_put(names, lock->words, strlen(lock->words)),
	};

	return put_class(classes, &class, ret);
}

int classes_of_limit(struct classes *classes, uint32_t name, uint16_t *ret)
{
	const struct class class = {
		.cause = CAUSE_DISK_THROTTLED,
		.way = WAIT_LEAF,
		.is_limit = true,
		.function = name,
		.label = name,
	};

	return put_class(classes, &class, ret);
}

const struct class *classes_get(const struct classes *classes, uint16_t id)
{
	return id && id <= classes->classes.count ? &classes->classes.items[id - 1]
						  : &UNKNOWN_CLASS;
}

static struct hot_frame hot_frame(const struct names *names, const struct symbol *symbol,
				  enum hot_kind kind)
{
	return (struct hot_frame){
		.kind = kind,
		.name = names_text(names, symbol->name),
		.module = names_text(names, symbol->module),
	};
}

/* A symbol does not tell whether it is the kernel's. */
static bool is_hot_name(struct heat *heat, const struct names *names, const struct symbol *symbol)
{
	const struct hot_frame user = hot_frame(names, symbol, HOT_USER);
	const struct hot_frame kernel = hot_frame(names, symbol, HOT_KERNEL);

	return heat_knows(heat, &user) || heat_knows(heat, &kernel);
}

int classes_take_symbol(struct classes *classes, struct names *names,
			const struct event_symbol *event)
{
	const struct symbol symbol = {
		.name = names_put(names, event->text, event->name_bytes),
		.module = names_put(names, event->text + event->name_bytes, event->module_bytes),
	};
	struct symbol *kept;
	uint64_t *place;

	if (!event->id || classes->symbols.count >= SYMBOLS_MAX)
		return 0;
	place = hash_put(&classes->by_symbol, event->id);
	kept = place ? array_push(&classes->symbols) : NULL;
	if (!kept) {
		if (place)
			hash_remove(&classes->by_symbol, event->id);
		return -ENOMEM;
	}
	*kept = symbol;
	kept->is_known = is_hot_name(&classes->heat, names, &symbol);
	*place = classes->symbols.count - 1;
	return 0;
}

static const struct symbol *find_symbol(const struct classes *classes, uint32_t symbol)
{
	const uint64_t *place = symbol ? hash_find(&classes->by_symbol, symbol) : NULL;

	return place ? &classes->symbols.items[*place] : NULL;
}

uint32_t classes_symbol(const struct classes *classes, uint32_t symbol)
{
	const struct symbol *kept = find_symbol(classes, symbol);

	return kept ? kept->name : 0;
}

uint32_t classes_module(const struct classes *classes, uint32_t symbol)
{
	const struct symbol *kept = find_symbol(classes, symbol);

	return kept ? kept->module : 0;
}

/* How a tracepoint calls BPF programs: include/trace/bpf_probe.h, kernel/trace/bpf_trace.c. */
bool function_is_tracing(const char *function)
{
	static const char *const PREFIXES[] = { "__traceiter_", "__bpf_trace_", "bpf_trace_run",
						"bpf_prog_", "bpf_trampoline_" };

	for (size_t i = 0; i < array_count(PREFIXES); i++) {
		if (strncmp(function, PREFIXES[i], strlen(PREFIXES[i])) == 0)
			return true;
	}
	return false;
}

/*
 * The hot spots of a stack. Only frames that can matter are looked at; the leaf is the innermost
 * one that is not the watching itself.
 */
static int mark_stack(struct classes *classes, struct names *names, const struct event_stack *event,
		      struct heat_piece *ret)
{
	enum hot_kind kind = event->flags & STACK_USER ? HOT_USER : HOT_KERNEL;
	struct hot_frame frames[FRAMES_MAX];
	size_t count = 0, leaf = 0;

	for (size_t i = 0; i < event->frames && i < FRAMES_MAX; i++) {
		uint32_t name = classes_symbol(classes, event->frame[i].symbol);

		if (kind == HOT_KERNEL && function_is_tracing(names_text(names, name)))
			leaf = i + 1;
	}
	for (size_t i = 0; i < event->frames && i < FRAMES_MAX; i++) {
		const struct symbol *symbol = find_symbol(classes, event->frame[i].symbol);

		if (!symbol || !symbol->is_known)
			continue;
		frames[count] = hot_frame(names, symbol, kind);
		frames[count++].is_leaf = i == leaf;
	}
	return heat_mark_stack(&classes->heat, names, frames, count, ret);
}

static const struct program_lock *find_program_lock(const char *const *functions, size_t count)
{
	const struct program_lock *lock = NULL;

	for (size_t i = 0; i < count && !lock; i++)
		lock = functions[i] ? program_lock_of_function(functions[i]) : NULL;
	return lock;
}

int classes_take_stack(struct classes *classes, struct names *names,
		       const struct event_stack *event)
{
	const char *functions[FRAMES_MAX];
	size_t frames = event->frames < FRAMES_MAX ? event->frames : FRAMES_MAX;
	struct stack stack = {}, *kept;
	struct wait_class wait;
	uint64_t *place;

	if (!event->id || hash_find(&classes->by_stack, event->id) ||
	    classes->stacks.count >= (classes->stacks_max ?: STACKS_MAX))
		return 0;
	for (size_t i = 0; i < frames; i++) {
		uint32_t function = classes_symbol(classes, event->frame[i].symbol);

		functions[i] = function ? names_text(names, function) : NULL;
		/* What is inside of a tracepoint is the watching: it is not to blame itself. */
		if (functions[i] && function_is_tracing(functions[i]))
			stack.function = 0;
		else if (function && !stack.function)
			stack.function = function;
	}
	if (event->flags & STACK_USER)
		stack.lock = find_program_lock(functions, frames);
	for (uint32_t hints = 0; hints < STACK_HINTS && !(event->flags & STACK_USER); hints++) {
		wait = wait_classify_hinted(functions, frames, hints);
		if (keep_class(classes, names, &wait, &stack.class_ids[hints]) < 0)
			return -ENOMEM;
	}
	if (mark_stack(classes, names, event, &stack.marks) < 0)
		return -ENOMEM;
	place = hash_put(&classes->by_stack, event->id);
	kept = place ? array_push(&classes->stacks) : NULL;
	if (!kept) {
		if (place)
			hash_remove(&classes->by_stack, event->id);
		return -ENOMEM;
	}
	*kept = stack;
	*place = classes->stacks.count - 1;
	return 0;
}

static const struct stack *find_stack(const struct classes *classes, uint64_t id)
{
	const uint64_t *place = id ? hash_find(&classes->by_stack, id) : NULL;

	return place ? &classes->stacks.items[*place] : NULL;
}

uint32_t classes_function(const struct classes *classes, uint64_t stack)
{
	const struct stack *kept = find_stack(classes, stack);

	return kept ? kept->function : 0;
}

const struct program_lock *classes_program_lock(const struct classes *classes, uint64_t user_stack)
{
	const struct stack *kept = find_stack(classes, user_stack);

	return kept ? kept->lock : NULL;
}

const struct class *classes_of_lock(const struct classes *classes, uint64_t stack)
{
	const struct stack *kept = find_stack(classes, stack);

	return classes_get(classes, kept ? kept->class_ids[WAIT_HINT_LOCK] : 0);
}

struct heat_piece classes_marks(const struct classes *classes, uint64_t stack)
{
	const struct stack *kept = find_stack(classes, stack);

	return kept ? kept->marks : (struct heat_piece){};
}

/* A futex's address is told in the same place as a lock's, but it lies in user space. */
#define KERNEL_ADDRESS_BIT (1ULL << 63)

_Static_assert((WAIT_HINT_LOCK | WAIT_HINT_IO) == STACK_HINTS - 1, "each hint has its class");

static uint32_t find_hints(const struct event_wait *event)
{
	return (event->lock & KERNEL_ADDRESS_BIT ? WAIT_HINT_LOCK : 0u) |
	       (event->flags & SPAN_IOWAIT ? WAIT_HINT_IO : 0u);
}

static int keep_bare(struct classes *classes, struct names *names, const struct event_wait *event,
		     uint16_t *ret)
{
	const struct wait_class bare =
		wait_classify_bare(event->syscall, event->state, event->flags);

	return keep_class(classes, names, &bare, ret);
}

int classes_of_wait_alone(struct classes *classes, struct names *names,
			  const struct event_wait *event, uint16_t *ret)
{
	const struct stack *stack = find_stack(classes, event->stack);

	if (!stack)
		return keep_bare(classes, names, event, ret);
	*ret = stack->class_ids[find_hints(event)];
	return 0;
}

int classes_of_wait(struct classes *classes, struct names *names, const struct event_wait *event,
		    uint16_t *ret)
{
	const struct stack *stack = find_stack(classes, event->stack);
	uint64_t circumstances = (uint64_t)(uint32_t)event->syscall << 16 |
				 (event->flags & (SPAN_IOWAIT | SPAN_FAULT));
	uint64_t key = hash_pair(event->tid, circumstances);
	uint64_t *sticky = hash_find(&classes->sticky, key);

	if (stack) {
		*ret = stack->class_ids[find_hints(event)];
		if (!sticky && classes->sticky.count < STICKY_MAX) {
			sticky = hash_put(&classes->sticky, key);
			if (!sticky)
				return -ENOMEM;
		}
		if (sticky)
			*sticky = *ret;
		return 0;
	}
	if (sticky) {
		*ret = (uint16_t)*sticky;
		return 0;
	}
	if (keep_bare(classes, names, event, ret) < 0)
		return -ENOMEM;
	if (classes_get(classes, *ret)->cause == CAUSE_UNKNOWN)
		classes->stackless_waits++;
	return 0;
}

void classes_free(struct classes *classes)
{
	array_free(&classes->classes);
	array_free(&classes->stacks);
	hash_free(&classes->ids);
	hash_free(&classes->by_stack);
	array_free(&classes->symbols);
	hash_free(&classes->by_symbol);
	heat_free(&classes->heat);
	hash_free(&classes->sticky);
}
