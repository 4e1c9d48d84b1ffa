/* Who wakes whom? Threads by number, name or pool, and interrupts by the device whose request they
 * completed; between them, how often and after how long a wait. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "analyse/roles.h"
#include "analyse/waiter_state.h"

/* The node of those there is no room for is the first. */
#define REST_NODE 0u

static uint64_t who_key(const struct node *who)
{
	uint64_t key = hash_pair((uint64_t)who->kind << 32 | who->tid,
				 (uint64_t)(who->name ?: who->work) << 32 | who->device);

	return who->role ? hash_pair(key, who->role) : key;
}

static int make_rest(struct graph *graph)
{
	struct node *rest = graph->nodes.count ? NULL : array_push(&graph->nodes);

	if (rest)
		rest->kind = WAKER_REST;
	return graph->nodes.count ? 0 : -ENOMEM;
}

/* The node of the same kind, number, name and device, made when it was not there. */
static int get_node(struct waiter *waiter, const struct node *who, uint32_t *ret)
{
	struct graph *graph = &waiter->graph;
	uint64_t key = who_key(who), *number = hash_find(&graph->by_who, key);
	struct node *node;

	if (!number && make_rest(graph) < 0)
		return -ENOMEM;
	if (!number && graph->nodes.count >= WAKE_NODES_MAX) {
		graph->refused++;
		*ret = REST_NODE;
		return 0;
	}
	if (!number) {
		number = hash_put(&graph->by_who, key);
		node = number ? array_push(&graph->nodes) : NULL;
		if (!node)
			return -ENOMEM;
		*node = *who;
		*number = graph->nodes.count;
	}
	*ret = (uint32_t)*number - 1;
	return 0;
}

/* Its process may be told after it. */
static uint32_t process_of(const struct waiter *waiter, const struct task *task)
{
	const struct task *process = threads_find(&waiter->profiler->threads, task->tgid);

	return process ? process->comm : 0;
}

static int find_thread(struct waiter *waiter, uint32_t tid, uint32_t *ret)
{
	struct node who = { .kind = WAKER_THREAD };
	struct task *task;
	struct node *node;
	int r = threads_get(waiter->profiler, tid, &task);

	if (r <= 0) {
		*ret = REST_NODE;
		return r < 0 ? r : make_rest(&waiter->graph);
	}
	who.name = who.comm = task->comm;
	who.role = task->role;
	if (waiter->grain == GRAIN_THREAD)
		who.tid = tid;
	if (waiter->grain == GRAIN_POOL &&
	    pool_find(&waiter->pools, &waiter->profiler->names, task->comm, &who.name) < 0)
		return -ENOMEM;
	who.is_kernel = task->flags & TASK_KERNEL;
	who.is_main = task->tid == task->tgid;
	r = get_node(waiter, &who, ret);
	if (r < 0)
		return r;
	node = &waiter->graph.nodes.items[*ret];
	node->is_target |= profiler_wants(waiter->profiler, task);
	if (!node->process)
		node->process = process_of(waiter, task);
	return 0;
}

static int find_waker(struct waiter *waiter, struct seen *seen)
{
	const struct event_wait *event = seen->event;
	struct node who = { .kind = WAKER_UNKNOWN, .device = seen->device };

	if (event->flags & SPAN_OPEN_END)
		who.kind = WAKER_NONE;
	else if (event->waker_tid)
		return find_thread(waiter, event->waker_tid, &seen->waker);
	else if (event->flags & SPAN_WOKEN_IRQ)
		who.kind = WAKER_INTERRUPT;
	else if (event->flags & SPAN_WOKEN_SOFTIRQ)
		who.kind = WAKER_SOFTIRQ;
	/* Without a device its stack may tell: those whose stack was not taken are apart. */
	if (!who.device && who.kind != WAKER_NONE)
		who.work = path_interrupt(waiter, seen->waker_stack);
	return get_node(waiter, &who, &seen->waker);
}

/* What a kernel worker was asked to do, as far as its stacks were taken. */
static void note_work(struct waiter *waiter, uint32_t number, uint32_t content)
{
	struct node *node = &waiter->graph.nodes.items[number];
	uint32_t work = content && node->is_kernel ? path_work(waiter, content) : 0;

	if (!work)
		return;
	node->has_many_works |= node->work && node->work != work;
	node->work = node->work ?: work;
}

int graph_find(struct waiter *waiter, struct seen *seen)
{
	const struct event_wait *event = seen->event;
	int r;

	if (event->flags & SPAN_REQUEST)
		seen->device = requests_device_name(&waiter->devices, &waiter->profiler->names,
						    event->request_dev);
	r = find_thread(waiter, event->tid, &seen->sleeper);
	if (r == 0)
		r = find_waker(waiter, seen);
	if (r < 0)
		return r;
	if (seen->stack)
		waiter->graph.nodes.items[seen->sleeper].kernel = seen->stack;
	note_work(waiter, seen->sleeper, seen->stack);
	note_work(waiter, seen->waker, seen->waker_stack);
	return 0;
}

int graph_take_call(struct waiter *waiter, const struct event_syscall *event)
{
	uint32_t content, number;
	int r;

	if (!stacks_find(&waiter->profiler->stacks, event->user_stack, &content) || !content)
		return 0;
	r = find_thread(waiter, event->tid, &number);
	if (r == 0)
		waiter->graph.nodes.items[number].user = content;
	return r;
}

static int get_edge(struct graph *graph, uint32_t waker, uint32_t sleeper, struct edge **ret)
{
	uint64_t key = (uint64_t)waker << 32 | sleeper;
	uint64_t *number = hash_find(&graph->by_ends, key);
	struct edge *edge;

	/* The rest to the rest always has room: it is one edge. */
	if (!number && graph->edges.count >= WAKE_EDGES_MAX && key) {
		graph->refused++;
		return get_edge(graph, REST_NODE, REST_NODE, ret);
	}
	if (!number) {
		number = hash_put(&graph->by_ends, key);
		edge = number ? array_push(&graph->edges) : NULL;
		if (!edge)
			return -ENOMEM;
		*edge = (struct edge){ .waker = waker, .sleeper = sleeper };
		*number = graph->edges.count;
	}
	*ret = &graph->edges.items[*number - 1];
	return 0;
}

int graph_add(struct waiter *waiter, const struct seen *seen, bool is_idle)
{
	struct graph *graph = &waiter->graph;
	struct node *waker = &graph->nodes.items[seen->waker];
	struct edge *edge;
	int r;

	if (waker->kind == WAKER_NONE)
		return 0;
	waker->woke_target |= graph->nodes.items[seen->sleeper].is_target;
	waiter->with_waker++;
	waiter->with_waker_stack += seen->waker_stack != 0;
	r = get_edge(graph, seen->waker, seen->sleeper, &edge);
	if (r < 0)
		return r;
	edge->count++;
	edge->waited_ns += seen->ns;
	edge->idle_ns += is_idle ? seen->ns : 0;
	return 0;
}

void graph_free(struct graph *graph)
{
	array_free(&graph->nodes);
	array_free(&graph->edges);
	hash_free(&graph->by_who);
	hash_free(&graph->by_ends);
}

/* --- at the end --- */

struct role_context {
	const struct waiter *waiter;
	const struct node *node;
};

static bool was_in(const void *self, const char *function)
{
	const struct role_context *context = self;

	return path_has(context->waiter, context->node->kernel, function) ||
	       path_has(context->waiter, context->node->user, function);
}

static struct role find_role(const struct waiter *waiter, const struct node *node)
{
	const struct names *names = &waiter->profiler->names;
	const struct role_context context = { waiter, node };
	const struct role_facts facts = {
		.name = names_text(names, node->comm),
		.process = names_text(names, node->process),
		.is_kernel = node->is_kernel,
		.is_main = node->is_main,
		.is_pool = node->name != node->comm,
		.was_in = was_in,
		.context = &context,
	};
	struct role role = role_of(&facts);
	size_t used = strlen(role.words);

	if (node->role) {
		(void)snprintf(role.words, sizeof(role.words), "%s", names_text(names, node->role));
		return role;
	}
	if (used && node->work)
		(void)snprintf(role.words + used, sizeof(role.words) - used, ": %s",
			       node->has_many_works ? "works of several kinds"
						    : names_text(names, node->work));
	return role;
}

struct wait_waker graph_who(const struct waiter *waiter, const struct node *node,
			    struct profile *texts)
{
	const struct names *names = &waiter->profiler->names;
	struct role role = {};

	if (node->kind == WAKER_THREAD)
		role = find_role(waiter, node);
	else
		(void)snprintf(role.words, sizeof(role.words), "%s", names_text(names, node->work));
	return (struct wait_waker){
		.kind = (enum waker_kind)node->kind,
		.tid = node->tid,
		.name = profile_keep_text(texts, names_text(names, node->name)),
		.role = profile_keep_text(texts, role.words),
		.device = profile_keep_text(texts, names_text(names, node->device)),
	};
}
