/* What are the addresses in these events called? A filter that sends each name once, before its
 * first use. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "symbol/addresses.h"
#include "symbol/chains.h"
#include "symbol/copied.h"
#include "symbol/frames.h"
#include "symbol/lock_variables.h"
#include "symbol/still.h"
#include "symbol/symbol.h"
#include "symbol/telling.h"

enum {
	CALLED = 1024,
};

/* Calls are many, and of few functions. */
struct called {
	uint64_t address; /* 0: none */
	uint32_t generation;
	uint32_t symbol;
};

struct namer {
	struct symbol_source source;
	struct telling telling;
	struct addresses addresses;
	struct chains chains;
	struct lock_variables locks;
	struct copied copied;         /* the event that is being named */
	struct called called[CALLED]; /* functions that were called lately */
	uint64_t still;               /* user stacks that were cut: see still.h */
};

static int pass(const struct namer *namer, const struct event *event, struct diag *why)
{
	return event_sink_take(&namer->telling.next, event, why);
}

static int take_stack(struct namer *namer, const struct event *event, struct diag *why)
{
	const struct event_stack *stack = (const struct event_stack *)event;
	struct naming naming = naming_of_kernel(&namer->addresses, event->time_ns, why);
	struct chains *chains = NULL;
	uint32_t frames = stack->frames;
	int r = 0;

	if (!event_is_sound(event, event->bytes))
		return diag_set(why, -EBADMSG, "a stack's frames do not fit its size");
	if (stack->flags & STACK_USER) {
		r = naming_of_process(&namer->addresses, stack->tgid, event->time_ns, &naming, why);
		chains = namer->source.wants_inlined ? &namer->chains : NULL;
		frames = still_frames_believed(stack);
		namer->still += frames < stack->frames;
	}
	if (r == 0)
		r = frames_name(&naming, chains, stack, frames, &namer->copied, &stack);
	return r < 0 ? r : pass(namer, &stack->head, why);
}

/* Pass on a copy of the event in which the u32 at this place is that symbol. */
static int pass_named(struct namer *namer, const struct event *event, uint32_t symbol, size_t place,
		      struct diag *why)
{
	struct event *copy = copied_make_room(&namer->copied, event->bytes);

	if (!copy)
		return telling_no_memory(why);
	memcpy(copy, event, event->bytes);
	memcpy((char *)copy + place, &symbol, sizeof(symbol));
	return pass(namer, copy, why);
}

static int name_kernel(struct namer *namer, uint64_t address, uint64_t time_ns, uint32_t *ret,
		       struct diag *why)
{
	struct naming naming = naming_of_kernel(&namer->addresses, time_ns, why);
	struct named named;
	int r = naming_find(&naming, address, &named);

	*ret = named.symbol;
	return r;
}

static int take_request(struct namer *namer, const struct event *event, struct diag *why)
{
	const struct event_request *request = (const struct event_request *)event;
	uint32_t symbol;
	int r;

	if (event->bytes < sizeof(*request) || !request->work_address)
		return pass(namer, event, why);
	r = name_kernel(namer, request->work_address, event->time_ns, &symbol, why);
	return r < 0 ? r
		     : pass_named(namer, event, symbol, offsetof(struct event_request, work), why);
}

static int take_call(struct namer *namer, const struct event *event, struct diag *why)
{
	const struct event_call *call = (const struct event_call *)event;
	struct called *called;
	int r = 0;

	if (event->bytes < sizeof(*call) || !call->address)
		return pass(namer, event, why);
	called = &namer->called[(call->address * 0x9e3779b97f4a7c15ULL) >> 54];
	if (called->address != call->address || !called->symbol ||
	    called->generation != namer->addresses.kernel.generation) {
		called->address = call->address;
		r = name_kernel(namer, call->address, event->time_ns, &called->symbol, why);
		called->generation = namer->addresses.kernel.generation;
	}
	return r < 0 ? r
		     : pass_named(namer, event, called->symbol, offsetof(struct event_call, symbol),
				  why);
}

/* The name of a lock comes before its first use. */
static int name_lock(struct namer *namer, uint64_t lock, uint64_t time_ns, struct diag *why)
{
	return lock_variables_tell(&namer->locks, namer->addresses.kernel.table,
				   &namer->telling.next, time_ns, lock, why);
}

static int take_lock(struct namer *namer, const struct event *event, struct diag *why)
{
	const struct event_lock *lock = (const struct event_lock *)event;
	int r = 0;

	if (event->bytes >= sizeof(*lock))
		r = name_lock(namer, lock->lock, event->time_ns, why);
	return r < 0 ? r : pass(namer, event, why);
}

static int take_wait(struct namer *namer, const struct event *event, struct diag *why)
{
	const struct event_wait *wait = (const struct event_wait *)event;
	int r = 0;

	if (event->bytes >= sizeof(*wait) && wait->lock)
		r = name_lock(namer, wait->lock, event->time_ns, why);
	return r < 0 ? r : pass(namer, event, why);
}

/* A new leader has what its parent had mapped; one with a new name runs a new program. */
static int take_task(struct namer *namer, const struct event *event, struct diag *why)
{
	const struct event_task *task = (const struct event_task *)event;
	int r = 0;

	if (event->bytes >= sizeof(*task) && task->tid == task->tgid &&
	    !(task->flags & TASK_KERNEL)) {
		if (task->birth_ns && task->parent_tgid)
			r = user_table_fork(namer->addresses.users, task->parent_tgid, task->tgid);
		if (r == 0)
			r = user_table_rename(namer->addresses.users, task->tgid, task->comm);
		if (r < 0)
			return telling_no_memory(why);
	}
	return pass(namer, event, why);
}

/* Who is told of places, and when. */
struct place_context {
	struct telling *telling;
	uint64_t time_ns;
	struct diag *why;
};

static int tell_place(void *self, uint32_t symbol, const char *path, uint32_t line)
{
	const struct place_context *context = self;

	return telling_place(context->telling, context->time_ns, symbol, path, line, context->why);
}

/* Places take long to find: now nobody waits for what the probes keep. */
static int tell_places(struct namer *namer, uint64_t time_ns, struct diag *why)
{
	struct place_context context = { &namer->telling, time_ns, why };
	const struct places_listener listener = { .told = tell_place, .self = &context };
	int r = user_table_tell_places(namer->addresses.users, &listener);

	return r == -ENOMEM ? telling_no_memory(why) : r;
}

/* Functions that were put into others, and cannot be told. */
static int tell_not_inlined(struct namer *namer, uint64_t time_ns, struct diag *why)
{
	struct inlined_lacks lacks = user_table_inlined_lacks(namer->addresses.users);
	char value[TELLING_TEXT_MAX];

	if (!lacks.count)
		return 0;
	(void)snprintf(value, sizeof(value),
		       "functions inlined in files without debug information, or with more than "
		       "%zu MiB of it (there were %zu; one is %.*s)",
		       namer->source.debug_bytes_max >> 20, lacks.count, (int)(sizeof(value) - 160),
		       lacks.first ?: "not known");
	return telling_fact(&namer->telling, time_ns, "missing.inlined", value, why);
}

static int tell_still(struct namer *namer, uint64_t time_ns, struct diag *why)
{
	char value[256];

	if (!namer->still)
		return 0;
	(void)snprintf(
		value, sizeof(value),
		"callers in user stacks that one address fills: frame pointers that point to "
		"themselves (code built without them), or a deep recursion (there were %" PRIu64
		"; each is cut to one of that address)",
		namer->still);
	return telling_fact(&namer->telling, time_ns, "missing.still_stacks", value, why);
}

static int take_watch_end(struct namer *namer, const struct event *event, struct diag *why)
{
	int r = tell_places(namer, event->time_ns, why);

	if (r == 0)
		r = tell_not_inlined(namer, event->time_ns, why);
	if (r == 0)
		r = tell_still(namer, event->time_ns, why);
	return r < 0 ? r : pass(namer, event, why);
}

static int take_mapping(struct namer *namer, const struct event *event, struct diag *why)
{
	if (!event_is_sound(event, event->bytes))
		return diag_set(why, -EBADMSG, "a mapping's path does not fit its size");
	return addresses_map(&namer->addresses, (const struct event_mapping *)event, why);
}

static int take_task_end(struct namer *namer, const struct event *event, struct diag *why)
{
	const struct event_task_end *end = (const struct event_task_end *)event;

	if (event->bytes >= sizeof(*end))
		user_table_end(namer->addresses.users, end->tid);
	return pass(namer, event, why);
}

int namer_new(const struct symbol_source *source, const struct event_sink *next, struct namer **ret)
{
	owns(namer_free) struct namer *namer = calloc(1, sizeof(*namer));
	int r;

	if (!namer)
		return -ENOMEM;
	namer->source = *source;
	telling_begin(&namer->telling, next);
	r = addresses_begin(&namer->addresses, &namer->source, &namer->telling);
	if (r < 0)
		return r;
	*ret = give(namer);
	return 0;
}

int namer_take(void *namer, const struct event *event, struct diag *why)
{
	struct namer *self = namer;

	switch (event->kind) {
	case EVENT_STACK:
		return take_stack(self, event, why);
	case EVENT_REQUEST:
		return take_request(self, event, why);
	case EVENT_CALL:
		return take_call(self, event, why);
	case EVENT_TASK:
		return take_task(self, event, why);
	case EVENT_TASK_END:
		return take_task_end(self, event, why);
	case EVENT_WATCH_END:
		return take_watch_end(self, event, why);
	case EVENT_MAPPING:
		return take_mapping(self, event, why);
	case EVENT_LOCK:
		return take_lock(self, event, why);
	case EVENT_WAIT:
		return take_wait(self, event, why);
	default:
		return pass(self, event, why);
	}
}

void namer_free(struct namer **namer)
{
	if (!*namer)
		return;
	addresses_clear(&(*namer)->addresses);
	telling_clear(&(*namer)->telling);
	chains_clear(&(*namer)->chains);
	lock_variables_clear(&(*namer)->locks);
	free((*namer)->copied.bytes);
	free(*namer);
	*namer = NULL;
}
