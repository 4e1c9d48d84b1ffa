/* Where in the tree does a call belong? Paths are found by their keys, and may be named before they
 * are told. */
#include <errno.h>

#include "analyse/call_graph_state.h"

void call_count_add(struct call_count *count, uint32_t flags, uint64_t net_ns)
{
	count->calls++;
	if (!call_is_timed(flags))
		return;
	count->timed++;
	count->timed_ns += net_ns;
	if (net_ns > count->max_ns)
		count->max_ns = net_ns;
}

int call_nodes_put(struct call_nodes *nodes, uint64_t key, uint32_t *ret)
{
	uint64_t *place = hash_find(&nodes->by_key, key);
	struct call_node *node;

	if (place) {
		*ret = (uint32_t)*place;
		return 0;
	}
	*ret = CALL_NODE_NONE;
	if (nodes->items.count >= CALL_NODES_MAX) {
		nodes->refused++;
		return 0;
	}
	place = hash_put(&nodes->by_key, key);
	node = place ? array_push(&nodes->items) : NULL;
	if (!node)
		return -ENOMEM;
	*node = (struct call_node){ .parent = CALL_NODE_NONE,
				    .group = CALL_NODE_NONE,
				    .function = UINT32_MAX };
	*ret = (uint32_t)(nodes->items.count - 1);
	*place = *ret;
	return 0;
}

int call_nodes_group(struct call_nodes *nodes, enum call_group_kind kind, uint32_t name,
		     uint32_t *ret)
{
	uint32_t place;
	int r = call_nodes_put(nodes, hash_pair(UINT64_MAX - kind, name), &place);

	if (r < 0)
		return r;
	if (place != CALL_NODE_NONE) {
		nodes->items.items[place].is_group = true;
		nodes->items.items[place].function = kind;
		nodes->items.items[place].group = name;
	}
	*ret = place;
	return 0;
}

void call_nodes_free(struct call_nodes *nodes)
{
	array_free(&nodes->items);
	hash_free(&nodes->by_key);
}
