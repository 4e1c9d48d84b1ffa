/* Where is there room for what overlaps? On the first lane whose last thing ended before. */
#include "export/lanes.h"

#include <errno.h>
#include <stdlib.h>

enum {
	LANES_MAX = 1024,
	GROUPS_MAX = 4096,
};

static int group_of(struct lanes *lanes, uint64_t group, struct lane_group **ret)
{
	uint64_t *place = hash_find(&lanes->by_group, group);

	if (!place) {
		if (lanes->groups.count >= GROUPS_MAX)
			return -ENOSPC;
		place = hash_put(&lanes->by_group, group);
		if (!place || !array_push(&lanes->groups))
			return -ENOMEM;
		*place = lanes->groups.count;
	}
	*ret = &lanes->groups.items[*place - 1];
	if (!(*ret)->ends_ns)
		(*ret)->ends_ns = calloc(LANES_MAX, sizeof(*(*ret)->ends_ns));
	return (*ret)->ends_ns ? 0 : -ENOMEM;
}

int lanes_take(struct lanes *lanes, uint64_t group, uint64_t start_ns, uint64_t end_ns,
	       uint32_t *ret_lane, bool *ret_is_new)
{
	struct lane_group *found;
	uint32_t lane = 0;
	int r = group_of(lanes, group, &found);

	if (r == 0) {
		while (lane < found->count && found->ends_ns[lane] > start_ns)
			lane++;
		r = lane < LANES_MAX ? 0 : -ENOSPC;
	}
	if (r < 0) {
		lanes->left_out++;
		return r;
	}
	*ret_is_new = lane == found->count;
	if (*ret_is_new)
		found->count++;
	found->ends_ns[lane] = end_ns;
	*ret_lane = lane;
	return 0;
}

void lanes_free(struct lanes *lanes)
{
	for (size_t i = 0; i < lanes->groups.count; i++)
		free(lanes->groups.items[i].ends_ns);
	array_free(&lanes->groups);
	hash_free(&lanes->by_group);
}
