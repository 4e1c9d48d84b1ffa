/* What is the call tree? The paths, put below each other and in the order of their time; what a
 * function did off its CPU, and what is not known of it, stand below it by name. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/call_graph_state.h"

static const char OFF_CPU[] = "off the CPU";
static const char NOT_SEEN[] = "[not recorded]";

enum branch_kind {
	BRANCH_CALLS,
	BRANCH_OFF_CPU, /* of its parent itself */
	BRANCH_UNKNOWN,
	BRANCH_ROOT,
};

/* A node on its way into the profile. */
struct branch {
	enum branch_kind kind;
	uint32_t parent;
	uint32_t node; /* of the graph */
	uint64_t own_ns;
	uint64_t total_ns;
	uint32_t first; /* where its children begin in the list of them all */
	uint32_t count;
};

struct making {
	const struct call_graph *graph;
	struct call_report *report;
	struct hash_map *frames; /* key → frame + 1 */
	ARRAY(struct branch) branches;
	uint32_t root;
	uint32_t *children; /* owned: each branch's lie together */
	uint32_t *order;    /* owned: each behind its parent */
};

static void making_end(struct making *making)
{
	array_free(&making->branches);
	free(making->children);
	free(making->order);
}

static const struct call_node *node_of(const struct making *making, const struct branch *branch)
{
	return &making->graph->nodes.items.items[branch->node];
}

/* --- branches --- */

static int put_branch(struct making *making, enum branch_kind kind, uint32_t parent, uint32_t node,
		      uint64_t own_ns)
{
	struct branch *branch = array_push(&making->branches);

	if (!branch)
		return -ENOMEM;
	*branch = (struct branch){ .kind = kind, .parent = parent, .node = node, .own_ns = own_ns };
	return 0;
}

/* The root stands behind all nodes; a caller that was never told is at least of a known group. */
static uint32_t parent_of(const struct making *making, const struct call_node *node)
{
	if (node->parent != CALL_NODE_NONE)
		return node->parent;
	return !node->is_group && node->group != CALL_NODE_NONE ? node->group : making->root;
}

static int put_branches(struct making *making)
{
	const struct call_nodes *nodes = &making->graph->nodes;
	int r = 0;

	making->root = (uint32_t)nodes->items.count;
	for (uint32_t i = 0; i < making->root && r == 0; i++)
		r = put_branch(making, BRANCH_CALLS, parent_of(making, &nodes->items.items[i]), i,
			       nodes->items.items[i].self_ns);
	if (r == 0)
		r = put_branch(making, BRANCH_ROOT, 0, 0, 0);
	for (uint32_t i = 0; i < making->root && r == 0; i++) {
		const struct call_node *node = &nodes->items.items[i];

		if (node->off_ns)
			r = put_branch(making, BRANCH_OFF_CPU, i, i, node->off_ns);
		if (node->unknown_ns && r == 0)
			r = put_branch(making, BRANCH_UNKNOWN, i, i, node->unknown_ns);
	}
	return r;
}

static int hang(struct making *making)
{
	struct branch *branches = making->branches.items;
	size_t count = making->branches.count;
	uint32_t next = 0;

	making->children = calloc(count, sizeof(*making->children));
	making->order = calloc(count, sizeof(*making->order));
	if (!making->children || !making->order)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		branches[branches[i].parent].count += i != making->root;
	for (size_t i = 0; i < count; i++) {
		branches[i].first = next;
		next += branches[i].count;
		branches[i].count = 0;
	}
	for (uint32_t i = 0; i < count; i++) {
		struct branch *parent = &branches[branches[i].parent];

		if (i != making->root)
			making->children[parent->first + parent->count++] = i;
	}
	return 0;
}

/* What hangs in a circle, as only a false stream has it, is never reached. */
static void sum_up(struct making *making)
{
	struct branch *branches = making->branches.items;
	size_t told = 0;

	making->order[told++] = making->root;
	for (size_t i = 0; i < told; i++) {
		const struct branch *branch = &branches[making->order[i]];

		for (uint32_t n = 0; n < branch->count; n++)
			making->order[told++] = making->children[branch->first + n];
	}
	for (size_t i = told; i-- > 0;) {
		struct branch *branch = &branches[making->order[i]];

		branch->total_ns += branch->own_ns;
		if (i)
			branches[branch->parent].total_ns += branch->total_ns;
	}
}

/* --- names --- */

static const char *group_name(const struct making *making, const struct call_node *node)
{
	static const char *const NAMES[] = {
		[CALL_GROUP_SOFT_IRQ] = "soft interrupts",
		[CALL_GROUP_HARD_IRQ] = "hard interrupts",
		[CALL_GROUP_NMI] = "NMIs",
	};

	return node->function == CALL_GROUP_THREADS ? names_text(&making->graph->names, node->group)
						    : NAMES[node->function];
}

/* A branch's name, module and kind; key: of its frame. */
struct label {
	const char *name;
	const char *module;
	enum profile_frame_kind kind;
	uint64_t key;
};

static struct label label_of(const struct making *making, const struct branch *branch)
{
	const struct call_graph *graph = making->graph;
	const struct call_node *node;
	const struct call_function *function;

	if (branch->kind == BRANCH_OFF_CPU)
		return (struct label){ OFF_CPU, "", FRAME_BLOCKED, UINT64_MAX };
	if (branch->kind == BRANCH_UNKNOWN)
		return (struct label){ NOT_SEEN, "", FRAME_KERNEL, UINT64_MAX - 1 };
	if (branch->kind == BRANCH_ROOT)
		return (struct label){ "all", "", FRAME_THREADS, UINT64_MAX - 2 };
	node = node_of(making, branch);
	if (node->is_group)
		return (struct label){ group_name(making, node), "", FRAME_THREADS,
				       (UINT64_C(1) << 41) + ((uint64_t)node->function << 32) +
					       node->group };
	if (node->function == UINT32_MAX)
		return (struct label){ NOT_SEEN, "", FRAME_KERNEL, UINT64_MAX - 1 };
	function = &graph->functions.items[node->function];
	return (struct label){ names_text(&graph->names, function->name),
			       names_text(&graph->names, function->module), FRAME_KERNEL,
			       node->function };
}

int call_report_frame(const struct call_graph *graph, struct profile *profile,
		      struct hash_map *frames, uint32_t function, uint32_t *ret)
{
	const struct call_function *told = &graph->functions.items[function];
	uint64_t *place = hash_put(frames, function);

	if (!place)
		return -ENOMEM;
	if (!*place) {
		uint32_t frame = profile_add_frame(profile, FRAME_KERNEL,
						   names_text(&graph->names, told->name),
						   names_text(&graph->names, told->module));

		if (frame == UINT32_MAX)
			return -ENOMEM;
		*place = (uint64_t)frame + 1;
	}
	*ret = (uint32_t)(*place - 1);
	return 0;
}

static int put_frame(struct making *making, const struct branch *branch, uint32_t *ret)
{
	const struct label label = label_of(making, branch);
	uint64_t *place = hash_put(making->frames, label.key);
	uint32_t frame;

	if (!place)
		return -ENOMEM;
	if (!*place) {
		frame = profile_add_frame(making->report->tree, label.kind, label.name,
					  label.module);
		if (frame == UINT32_MAX)
			return -ENOMEM;
		*place = (uint64_t)frame + 1;
	}
	*ret = (uint32_t)(*place - 1);
	return 0;
}

/* --- the profile --- */

static int compare_branches(const void *a, const void *b, void *self)
{
	const struct making *making = self;
	const struct branch *one = &making->branches.items[*(const uint32_t *)a];
	const struct branch *other = &making->branches.items[*(const uint32_t *)b];
	int by_name;

	if (one->total_ns != other->total_ns)
		return one->total_ns > other->total_ns ? -1 : 1;
	by_name = strcmp(label_of(making, one).name, label_of(making, other).name);
	return by_name ?: (one > other) - (one < other);
}

static bool is_small(const struct making *making, uint64_t ns)
{
	double least = making->graph->options.min_share * (double)making->report->tree->amount;

	return (double)ns < least;
}

static int put_node(struct making *making, const struct branch *branch, uint32_t depth)
{
	static const struct call_count NONE = {};
	struct profile *tree = making->report->tree;
	bool is_call = branch->kind == BRANCH_CALLS;
	const struct call_count *count = is_call ? &node_of(making, branch)->count : &NONE;
	struct profile_node *node;
	struct call_count *kept;
	uint32_t frame;
	int r = put_frame(making, branch, &frame);

	if (r < 0)
		return r;
	node = array_push(&tree->nodes);
	kept = array_push(&making->report->counts);
	if (!node || !kept)
		return -ENOMEM;
	*kept = *count;
	*node = (struct profile_node){
		.frame = frame,
		.depth = depth,
		.self = branch->own_ns,
		.total = branch->total_ns,
		.samples = count->calls,
		.self_samples = count->calls,
		.share = tree->amount ? (double)branch->total_ns / (double)tree->amount : 0,
	};
	return 0;
}

/* A step of the walk through the tree, which may be deep. */
struct visit {
	uint32_t branch;
	uint32_t next; /* of its children */
	uint32_t node; /* of the profile */
	uint32_t last; /* node of the child before; 0: none */
};

static int visit_child(struct making *making, struct visit *visit, uint32_t depth,
		       struct visit *ret)
{
	struct profile *tree = making->report->tree;
	const struct branch *parent = &making->branches.items[visit->branch];
	uint32_t child = making->children[parent->first + visit->next++];
	const struct branch *branch = &making->branches.items[child];
	int r;

	*ret = (struct visit){ .branch = child, .node = (uint32_t)tree->nodes.count };
	if (is_small(making, branch->total_ns)) {
		/* What is too small to show is its caller's. */
		tree->hidden_rows++;
		tree->nodes.items[visit->node].self += branch->total_ns;
		return 0;
	}
	r = put_node(making, branch, depth);
	if (r < 0)
		return r;
	if (visit->last)
		tree->nodes.items[visit->last].next = ret->node;
	visit->last = ret->node;
	return 1;
}

static int walk(struct making *making)
{
	ARRAY(struct visit) visits = {};
	struct visit *visit = array_push(&visits);
	int r = visit ? put_node(making, &making->branches.items[making->root], 0) : -ENOMEM;

	if (visit)
		visit->branch = making->root;
	while (r == 0 && visits.count) {
		const struct branch *branch;
		struct visit child;

		visit = &visits.items[visits.count - 1];
		branch = &making->branches.items[visit->branch];
		if (visit->next == branch->count) {
			visits.count--;
			continue;
		}
		if (!visit->next)
			qsort_r(making->children + branch->first, branch->count,
				sizeof(*making->children), compare_branches, making);
		r = visit_child(making, visit, (uint32_t)visits.count, &child);
		if (r <= 0)
			continue;
		visit = array_push(&visits);
		r = visit ? 0 : -ENOMEM;
		if (visit)
			*visit = child;
	}
	array_free(&visits);
	return r;
}

int call_report_make_tree(const struct call_graph *graph, struct call_report *report,
			  struct hash_map *frames)
{
	owns(making_end) struct making making = { .graph = graph,
						  .report = report,
						  .frames = frames };
	int r = put_branches(&making);

	if (r == 0)
		r = hang(&making);
	if (r < 0)
		return r;
	sum_up(&making);
	report->tree->amount = making.branches.items[making.root].total_ns;
	report->tree->samples = graph->calls;
	return walk(&making);
}

/* --- what functions did with all they called --- */

/* Does the function stand on the path above the node? */
static bool is_recursive(const struct call_nodes *nodes, uint32_t place)
{
	uint32_t function = nodes->items.items[place].function;
	uint32_t parent = nodes->items.items[place].parent;

	for (size_t steps = 0; parent != CALL_NODE_NONE && steps < nodes->items.count; steps++) {
		const struct call_node *node = &nodes->items.items[parent];

		if (node->is_group)
			return false;
		if (node->function == function)
			return true;
		parent = node->parent;
	}
	return false;
}

int call_report_totals(const struct call_graph *graph, uint64_t *totals)
{
	struct call_report none = {};
	owns(making_end) struct making making = { .graph = graph, .report = &none };
	int r = put_branches(&making);

	if (r == 0)
		r = hang(&making);
	if (r < 0)
		return r;
	sum_up(&making);
	for (uint32_t i = 0; i < making.root; i++) {
		const struct call_node *node = &graph->nodes.items.items[i];

		if (!node->is_group && node->function != UINT32_MAX &&
		    !is_recursive(&graph->nodes, i))
			totals[node->function] += making.branches.items[i].total_ns;
	}
	return 0;
}
