/* Which calls were made, from where, and how long did they take? Each is looked at once, when it is
 * told: a look-up of its path, one of its function, and some sums. */
#include "analyse/call_graph.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/call_graph_state.h"

int call_graph_new(const struct call_graph_options *options, struct call_graph **ret)
{
	owns(call_graph_free) struct call_graph *graph = calloc(1, sizeof(*graph));

	if (!graph)
		return -ENOMEM;
	graph->options = *options;
	graph->last_group = CALL_NODE_NONE;
	if (options->function) {
		graph->wanted_name =
			names_put(&graph->names, options->function, strlen(options->function));
		if (!graph->wanted_name)
			return -ENOMEM;
	}
	*ret = give(graph);
	return 0;
}

void call_graph_free(struct call_graph **graph)
{
	struct call_graph *old = give(*graph);

	if (!old)
		return;
	for (size_t i = 0; i < old->functions.count; i++)
		free(old->functions.items[i].histogram);
	array_free(&old->functions);
	hash_free(&old->by_name);
	array_free(&old->by_symbol);
	hash_free(&old->comms);
	call_nodes_free(&old->nodes);
	call_pending_free(old);
	texts_free(old->how.items, old->how.count);
	texts_free(old->missing.items, old->missing.count);
	array_free(&old->how);
	array_free(&old->missing);
	names_free(&old->names);
	free(old);
}

void call_graph_leave_out(struct call_graph *graph, double min_share)
{
	graph->options.min_share = min_share;
}

/* --- functions --- */

static int find_function(struct call_graph *graph, uint32_t name, uint32_t module, uint32_t *ret)
{
	uint64_t *place = hash_put(&graph->by_name, (uint64_t)name << 32 | module);
	struct call_function *function;

	if (!place)
		return -ENOMEM;
	if (!*place) {
		function = array_push(&graph->functions);
		if (!function)
			return -ENOMEM;
		function->name = name;
		function->module = module;
		*place = graph->functions.count;
	}
	*ret = (uint32_t)(*place - 1);
	return 0;
}

static int take_symbol(struct call_graph *graph, const struct event_symbol *symbol)
{
	uint32_t name = names_put(&graph->names, symbol->text, symbol->name_bytes);
	uint32_t module =
		names_put(&graph->names, symbol->text + symbol->name_bytes, symbol->module_bytes);
	uint32_t function;

	if (symbol->id >= CALL_SYMBOLS_MAX)
		return 0;
	while (graph->by_symbol.count <= symbol->id) {
		if (!array_push(&graph->by_symbol))
			return -ENOMEM;
	}
	if (find_function(graph, name, module, &function) < 0)
		return -ENOMEM;
	graph->by_symbol.items[symbol->id] = function + 1;
	return 0;
}

static int function_of(struct call_graph *graph, uint32_t symbol, uint32_t *ret)
{
	if (symbol >= graph->by_symbol.count || !graph->by_symbol.items[symbol])
		return find_function(graph, 0, 0, ret);
	*ret = graph->by_symbol.items[symbol] - 1;
	return 0;
}

static int add_duration(struct call_graph *graph, struct call_function *function, uint64_t net_ns)
{
	if (!function->histogram && graph->histograms < CALL_HISTOGRAMS_MAX) {
		function->histogram = calloc(1, sizeof(*function->histogram));
		if (!function->histogram)
			return -ENOMEM;
		graph->histograms++;
	}
	if (function->histogram)
		histogram_add(function->histogram, net_ns);
	return 0;
}

/* --- calls --- */

static enum call_group_kind group_of(const struct event_call *call)
{
	if (call->flags & CALL_NMI)
		return CALL_GROUP_NMI;
	if (call->flags & CALL_HARD_IRQ)
		return CALL_GROUP_HARD_IRQ;
	return call->flags & CALL_SOFT_IRQ ? CALL_GROUP_SOFT_IRQ : CALL_GROUP_THREADS;
}

static uint64_t net_ns(const struct event_call *call)
{
	return call->duration_ns > call->irq_ns ? call->duration_ns - call->irq_ns : 0;
}

/* Idle threads are told by no name: they are the kernel's "swapper". */
static uint32_t comm_of(struct call_graph *graph, uint32_t tid)
{
	static const char IDLE[] = "swapper";
	const uint64_t *comm = tid ? hash_find(&graph->comms, tid) : NULL;

	if (!tid)
		return names_put(&graph->names, IDLE, sizeof(IDLE) - 1);
	return comm ? (uint32_t)*comm : 0;
}

static int find_group(struct call_graph *graph, const struct event_call *call, uint32_t *ret)
{
	enum call_group_kind kind = group_of(call);
	uint32_t name = 0;
	int r;

	*ret = graph->last_group;
	if (*ret != CALL_NODE_NONE && graph->last_tid == call->tid && graph->last_kind == kind)
		return 0;
	if (kind == CALL_GROUP_THREADS)
		name = comm_of(graph, call->tid);
	r = call_nodes_group(&graph->nodes, kind, name, ret);
	if (r < 0)
		return r;
	graph->last_tid = call->tid;
	graph->last_kind = kind;
	graph->last_group = *ret;
	return 0;
}

/* The node of the call's caller, whether it was told or not. */
static int find_parent(struct call_graph *graph, const struct event_call *call, uint32_t group,
		       uint32_t *ret)
{
	int r;

	if (!call->parent_path) {
		*ret = group;
		return 0;
	}
	r = call_nodes_put(&graph->nodes, hash_pair(call->parent_path, group), ret);
	if (r == 0 && *ret != CALL_NODE_NONE)
		graph->nodes.items.items[*ret].group = group;
	return r;
}

static int add_node(struct call_graph *graph, const struct event_call *call, uint32_t function)
{
	uint32_t group, place, parent = CALL_NODE_NONE;
	struct call_node *node;
	int r = find_group(graph, call, &group);

	if (r < 0 || group == CALL_NODE_NONE)
		return r;
	r = call_nodes_put(&graph->nodes, hash_pair(call->path, group), &place);
	if (r < 0 || place == CALL_NODE_NONE)
		return r;
	if (graph->nodes.items.items[place].parent == CALL_NODE_NONE) {
		r = find_parent(graph, call, group, &parent);
		if (r < 0)
			return r;
		graph->nodes.items.items[place].parent = parent;
	}
	node = &graph->nodes.items.items[place];
	node->function = function;
	node->group = group;
	call_count_add(&node->count, call->flags, net_ns(call));
	node->self_ns += call->self_ns - call->self_off_ns;
	node->off_ns += call->self_off_ns;
	node->unknown_ns += call->unknown_ns;
	return 0;
}

static void count_losses(struct call_graph *graph, const struct event_call *call)
{
	struct call_losses *losses = &graph->losses;

	losses->lossy += (call->flags & CALL_LOSS) != 0;
	losses->exit_unseen += (call->flags & CALL_EXIT_UNSEEN) != 0;
	losses->open_end += (call->flags & CALL_OPEN_END) != 0;
	losses->entry_unseen += (call->flags & CALL_ENTRY_UNSEEN) != 0;
	losses->callers_unknown += (call->flags & CALL_CALLER_UNKNOWN) != 0;
}

static int take_call(struct call_graph *graph, const struct event_call *told)
{
	struct event_call call = *told;
	struct call_function *function;
	uint32_t place;
	int r = function_of(graph, call.symbol, &place);

	if (r < 0)
		return r;
	if (call.self_off_ns > call.self_ns)
		call.self_off_ns = call.self_ns;
	graph->calls++;
	graph->has_times |= call.start_ns != 0;
	graph->has_switches |= call.off_ns != 0;
	count_losses(graph, &call);
	if (!call.parent)
		graph->group_ns[group_of(&call)] += call.duration_ns;
	function = &graph->functions.items[place];
	call_count_add(&function->count, call.flags, net_ns(&call));
	function->self_ns += call.self_ns - call.self_off_ns;
	function->off_ns += call.self_off_ns;
	function->unknown_ns += call.unknown_ns;
	if (graph->wanted_name)
		return call_pending_take(graph, &call, place);
	if (call_is_timed(call.flags))
		r = add_duration(graph, function, net_ns(&call));
	return r < 0 ? r : add_node(graph, &call, place);
}

/* --- the other events --- */

static int take_task(struct call_graph *graph, const struct event_task *task)
{
	uint64_t *comm = hash_put(&graph->comms, task->tid);

	if (!comm)
		return -ENOMEM;
	*comm = names_put(&graph->names, task->comm, strnlen(task->comm, sizeof(task->comm)));
	graph->last_group = CALL_NODE_NONE;
	return 0;
}

static bool begins(const struct event_fact *fact, const char *key)
{
	return fact->key_bytes >= strlen(key) && memcmp(fact->text, key, strlen(key)) == 0;
}

static int take_fact(struct call_graph *graph, const struct event_fact *fact)
{
	const char *value = fact->text + fact->key_bytes;

	if (begins(fact, "facility.calls"))
		return text_add(&graph->how, "%.*s", fact->value_bytes, value);
	if (begins(fact, "missing.calls") || begins(fact, "symbol.kernel"))
		return text_add(&graph->missing, "%.*s", fact->value_bytes, value);
	return 0;
}

static int dispatch(struct call_graph *graph, const struct event *event)
{
	switch (event->kind) {
	case EVENT_FACT:
		return take_fact(graph, (const struct event_fact *)event);
	case EVENT_WATCH:
		graph->watch = *(const struct event_watch *)event;
		graph->begin_ns = event->time_ns;
		return 0;
	case EVENT_TASK:
		return take_task(graph, (const struct event_task *)event);
	case EVENT_SYMBOL:
		return take_symbol(graph, (const struct event_symbol *)event);
	case EVENT_LOSS:
		if (((const struct event_loss *)event)->what == LOSS_CALL)
			graph->losses.records += ((const struct event_loss *)event)->count;
		return 0;
	case EVENT_CALL:
		return take_call(graph, (const struct event_call *)event);
	default:
		return 0; /* not of calls */
	}
}

int call_graph_take(void *self, const struct event *event, struct diag *why)
{
	struct call_graph *graph = self;
	int r;

	if (!event_kind_name(event->kind) || !event_is_sound(event, event->bytes))
		return 0;
	if (event->time_ns > graph->now_ns)
		graph->now_ns = event->time_ns;
	r = dispatch(graph, event);
	if (r == 0 && graph->names.is_out_of_memory)
		r = -ENOMEM;
	return r < 0 ? diag_set(why, r, "no memory left for the calls") : 0;
}
