/* On which stacks do the threads stand? Threads with the same functions on their stacks are one
 * group; what matters most comes first. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/stuck_state.h"

#define GROUPS_SHOWN 200u
#define NAMES_SHOWN  4u

/* How many threads of a pool are in a group. */
struct pool_count {
	uint32_t group;
	uint32_t pool; /* name */
	uint32_t threads;
};

struct group {
	uint32_t kernel; /* contents */
	uint32_t user;
	uint32_t first; /* thread: one with these stacks */
	uint32_t threads;
	uint32_t rank; /* the less, the more it matters */
	uint64_t min_ns;
	uint64_t max_ns;
	char states[8];
};

struct grouping {
	struct stuck *stuck;
	ARRAY(struct group) groups;
	struct hash_map by_stacks; /* both contents → place + 1 */
	ARRAY(struct pool_count) pools;
	struct hash_map by_pool; /* group and pool → place + 1 */
};

/* As ps has it. */
static char state_letter(const struct thread_seen *thread)
{
	uint32_t state = thread->last.state;

	if (state & (STATE_DEAD | STATE_ZOMBIE))
		return state & STATE_ZOMBIE ? 'Z' : 'X';
	if (state & STATE_TRACED)
		return 't';
	if (state & STATE_STOPPED)
		return 'T';
	if (state & STATE_UNINTERRUPTIBLE)
		return state & STATE_NO_LOAD ? 'I' : 'D';
	if (state & STATE_INTERRUPTIBLE)
		return 'S';
	return state & STATE_PARKED ? 'P' : 'R';
}

/* Threads of the kernel that wait for work, whether they had some between the looks or not. */
static bool is_idle_kernel(const struct stuck *stuck, const struct thread_seen *thread)
{
	char letter = state_letter(thread);

	if (!(thread->flags & TASK_KERNEL) || letter == 'R' || letter == 'D' ||
	    stuck_row_is_told((enum stuck_row)thread->row))
		return false;
	return letter == 'I' || letter == 'P' ||
	       thread_class(stuck, thread)->cause == CAUSE_WAIT_IDLE;
}

static uint32_t rank_of(const struct thread_seen *thread)
{
	bool is_told = stuck_row_is_told((enum stuck_row)thread->row);

	return (is_told ? 0u : STUCK_ROW_COUNT) + thread->row;
}

static uint32_t content_of(const struct stuck *stuck, uint64_t stack)
{
	uint32_t content;

	return stack && stacks_find(&stuck->stacks, stack, &content) ? content : 0;
}

static int get_group(struct grouping *grouping, uint32_t kernel, uint32_t user, uint32_t *ret)
{
	uint64_t *place = hash_put(&grouping->by_stacks, (uint64_t)kernel << 32 | user);
	struct group *group;

	if (!place)
		return -ENOMEM;
	if (!*place) {
		group = array_push(&grouping->groups);
		if (!group)
			return -ENOMEM;
		group->kernel = kernel;
		group->user = user;
		group->rank = UINT32_MAX;
		*place = grouping->groups.count;
	}
	*ret = (uint32_t)(*place - 1);
	return 0;
}

static int add_pool(struct grouping *grouping, uint32_t group, uint32_t comm)
{
	uint32_t pool = pool_name(&grouping->stuck->names, comm);
	uint64_t *place = hash_put(&grouping->by_pool, (uint64_t)group << 32 | pool);
	struct pool_count *count;

	if (!place)
		return -ENOMEM;
	if (!*place) {
		count = array_push(&grouping->pools);
		if (!count)
			return -ENOMEM;
		count->group = group;
		count->pool = pool;
		*place = grouping->pools.count;
	}
	grouping->pools.items[*place - 1].threads++;
	return 0;
}

static void add_state(struct group *group, char letter)
{
	size_t length = strlen(group->states);

	if (!strchr(group->states, letter) && length + 1 < sizeof(group->states))
		group->states[length] = letter;
}

static int add_thread(struct grouping *grouping, uint32_t index)
{
	const struct thread_seen *thread = &grouping->stuck->threads.items[index];
	uint64_t ns = thread_stood_ns(thread);
	struct group *group;
	uint32_t place;
	int r = get_group(grouping, content_of(grouping->stuck, thread->last.stack),
			  content_of(grouping->stuck, thread->last.user_stack), &place);

	if (r < 0)
		return r;
	group = &grouping->groups.items[place];
	if (rank_of(thread) < group->rank)
		group->rank = rank_of(thread);
	if (!group->threads++)
		group->first = index;
	if (ns && (!group->min_ns || ns < group->min_ns))
		group->min_ns = ns;
	if (ns > group->max_ns)
		group->max_ns = ns;
	add_state(group, state_letter(thread));
	return add_pool(grouping, place, thread->name);
}

static bool is_wanted(const struct stuck *stuck, const struct thread_seen *thread)
{
	if (!thread_is_alive(thread))
		return false;
	return stuck->watch.target == WATCH_MACHINE || !stuck->is_watched || thread->is_in_chain ||
	       stuck->processes.items[thread->process].is_target;
}

static int add_threads(struct grouping *grouping, struct stuck_report *report)
{
	const struct stuck *stuck = grouping->stuck;

	for (uint32_t i = 0; i < stuck->threads.count; i++) {
		const struct thread_seen *thread = &stuck->threads.items[i];
		int r = 0;

		if (!is_wanted(stuck, thread))
			continue;
		if (!stuck->options.is_all && is_idle_kernel(stuck, thread))
			report->idle_kernel_threads++;
		else
			r = add_thread(grouping, i);
		if (r < 0)
			return r;
	}
	return 0;
}

static int compare_groups(const void *left, const void *right)
{
	const struct group *a = left, *b = right;

	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	if (a->threads != b->threads)
		return a->threads > b->threads ? -1 : 1;
	if (a->max_ns != b->max_ns)
		return a->max_ns > b->max_ns ? -1 : 1;
	return a->first < b->first ? -1 : 1;
}

/* --- telling --- */

struct sorted_pool {
	const char *name;
	uint32_t group; /* the group's first thread: groups are moved, that stays */
	uint32_t threads;
};

static int compare_pools(const void *left, const void *right)
{
	const struct sorted_pool *a = left, *b = right;

	if (a->group != b->group)
		return a->group < b->group ? -1 : 1;
	if (a->threads != b->threads)
		return a->threads > b->threads ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* The pools of all groups, those of one together, its largest first. */
static struct sorted_pool *sort_pools(const struct grouping *grouping)
{
	struct sorted_pool *pools = calloc(grouping->pools.count + 1, sizeof(*pools));

	for (size_t i = 0; pools && i < grouping->pools.count; i++) {
		const struct pool_count *count = &grouping->pools.items[i];

		pools[i].name = names_text(&grouping->stuck->names, count->pool);
		pools[i].group = grouping->groups.items[count->group].first;
		pools[i].threads = count->threads;
	}
	if (pools)
		qsort(pools, grouping->pools.count, sizeof(*pools), compare_pools);
	return pools;
}

static size_t find_pools(const struct sorted_pool *pools, size_t count, uint32_t group)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (pools[middle].group < group)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int tell_names(const struct sorted_pool *pools, size_t count, const struct group *group,
		      struct stuck_group *told)
{
	int r = 0;

	for (size_t i = find_pools(pools, count, group->first);
	     i < count && pools[i].group == group->first && r == 0; i++) {
		if (told->names.count >= NAMES_SHOWN)
			told->more_names++;
		else
			r = text_add(&told->names, "%s", pools[i].name[0] ? pools[i].name : "?");
	}
	return r;
}

/* "vfs_read", "zil_commit [zfs]"; of a program without names, its file. */
struct frame_words {
	char text[256];
};

static struct frame_words frame_words(const struct stuck *stuck, const struct function *function)
{
	const char *name = names_text(&stuck->names, function->name);
	const char *module = names_text(&stuck->names, function->module);
	const char *slash = strrchr(module, '/');
	bool is_kernel = function->kind == FRAME_KERNEL;
	struct frame_words words;

	if (name[0] && is_kernel && module[0])
		(void)snprintf(words.text, sizeof(words.text), "%s [%s]", name, module);
	else if (name[0])
		(void)snprintf(words.text, sizeof(words.text), "%s", name);
	else if (module[0])
		(void)snprintf(words.text, sizeof(words.text), "[%s]", slash ? slash + 1 : module);
	else
		(void)snprintf(words.text, sizeof(words.text), "?");
	return words;
}

static int content_tell(const struct stuck *stuck, uint32_t content, void *list)
{
	const struct function *functions = stuck->stacks.functions.items;
	uint32_t count;
	const uint32_t *frames = stacks_frames(&stuck->stacks, content, &count);
	struct frame_words last = {};
	int r = 0;

	/* Frames without a name that lie in one file are told once. */
	for (uint32_t i = count; i-- > 0 && r == 0;) {
		struct frame_words words = frame_words(stuck, &functions[frames[i]]);

		if (functions[frames[i]].name || strcmp(words.text, last.text) != 0)
			r = text_add(list, "%s", words.text);
		last = words;
	}
	return r;
}

int stack_tell(const struct stuck *stuck, uint64_t id, void *list)
{
	return content_tell(stuck, content_of(stuck, id), list);
}

static int tell_group(const struct grouping *grouping, const struct group *group,
		      const struct sorted_pool *pools, struct stuck_report *report)
{
	struct stuck_group *told = array_push(&report->groups);
	int r;

	if (!told)
		return -ENOMEM;
	told->threads = group->threads;
	told->min_ns = group->min_ns;
	told->max_ns = group->max_ns;
	memcpy(told->states, group->states, sizeof(told->states));
	r = tell_names(pools, grouping->pools.count, group, told);
	if (r == 0)
		r = content_tell(grouping->stuck, group->kernel, &told->kernel);
	return r == 0 ? content_tell(grouping->stuck, group->user, &told->user) : r;
}

static int tell_groups(struct grouping *grouping, struct stuck_report *report)
{
	owns(own_free) struct sorted_pool *pools = sort_pools(grouping);
	size_t shown = grouping->groups.count;
	int r = 0;

	if (!pools)
		return -ENOMEM;
	if (grouping->groups.count)
		qsort(grouping->groups.items, grouping->groups.count,
		      sizeof(*grouping->groups.items), compare_groups);
	if (!grouping->stuck->options.is_all && shown > GROUPS_SHOWN)
		shown = GROUPS_SHOWN;
	report->hidden_groups = (uint32_t)(grouping->groups.count - shown);
	for (size_t i = 0; i < shown && r == 0; i++)
		r = tell_group(grouping, &grouping->groups.items[i], pools, report);
	return r;
}

static void free_grouping(struct grouping *grouping)
{
	array_free(&grouping->groups);
	array_free(&grouping->pools);
	hash_free(&grouping->by_stacks);
	hash_free(&grouping->by_pool);
}

int groups_tell(struct stuck *stuck, struct stuck_report *report)
{
	owns(free_grouping) struct grouping grouping = { .stuck = stuck };
	int r = add_threads(&grouping, report);

	return r < 0 ? r : tell_groups(&grouping, report);
}
