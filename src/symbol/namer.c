/* What are the addresses in these events called? A filter that sends each name once, before its
 * first use. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "symbol/addresses.h"
#include "symbol/chains.h"
#include "symbol/copied.h"
#include "symbol/frames.h"
#include "symbol/lock_variables.h"
#include "symbol/symbol.h"
#include "symbol/telling.h"

struct namer {
	struct symbol_source source;
	struct telling telling;
	struct addresses addresses;
	struct chains chains;
	struct lock_variables locks;
	struct copied copied; /* the event that is being named */
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
	int r = 0;

	if (!event_is_sound(event, event->bytes))
		return diag_set(why, -EBADMSG, "a stack's frames do not fit its size");
	if (stack->flags & STACK_USER) {
		r = naming_of_process(&namer->addresses, stack->tgid, event->time_ns, &naming, why);
		chains = namer->source.wants_inlined ? &namer->chains : NULL;
	}
	if (r == 0)
		r = frames_name(&naming, chains, stack, &namer->copied, &stack);
	return r < 0 ? r : pass(namer, &stack->head, why);
}

/* Pass on a copy of the event in which the u32 at this place is the name of the kernel's address. */
static int pass_named(struct namer *namer, const struct event *event, uint64_t address,
		      size_t place, struct diag *why)
{
	struct naming naming = naming_of_kernel(&namer->addresses, event->time_ns, why);
	struct event *copy = copied_make_room(&namer->copied, event->bytes);
	struct named named;
	int r;

	if (!copy)
		return telling_no_memory(why);
	memcpy(copy, event, event->bytes);
	r = naming_find(&naming, address, &named);
	if (r < 0)
		return r;
	memcpy((char *)copy + place, &named.symbol, sizeof(named.symbol));
	return pass(namer, copy, why);
}

static int take_request(struct namer *namer, const struct event *event, struct diag *why)
{
	const struct event_request *request = (const struct event_request *)event;

	if (event->bytes < sizeof(*request) || !request->work_address)
		return pass(namer, event, why);
	return pass_named(namer, event, request->work_address,
			  offsetof(struct event_request, work), why);
}

static int take_call(struct namer *namer, const struct event *event, struct diag *why)
{
	const struct event_call *call = (const struct event_call *)event;

	if (event->bytes < sizeof(*call) || !call->address)
		return pass(namer, event, why);
	return pass_named(namer, event, call->address, offsetof(struct event_call, symbol), why);
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
static int take_watch_end(struct namer *namer, const struct event *event, struct diag *why)
{
	struct place_context context = { &namer->telling, event->time_ns, why };
	const struct places_listener listener = { .told = tell_place, .self = &context };
	int r = user_table_tell_places(namer->addresses.users, &listener);

	if (r == -ENOMEM)
		return telling_no_memory(why);
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
