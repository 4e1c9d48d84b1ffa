/* Which hot spots do stacks and threads show? Marks are few and the same for many stacks: each is
 * kept once. */
#include "analyse/heat.h"

#include <errno.h>
#include <string.h>

#define LIST_MAX    (1u << 22)
#define THREADS_MAX (1u << 16)

/* The place of a mark in heat.marks. */
static int keep_mark(struct heat *heat, const struct heat_mark *mark, uint32_t *ret)
{
	uint64_t *id =
		hash_put(&heat->mark_ids,
			 hash_pair((uint64_t)mark->row << 1 | mark->is_companion, mark->name));
	struct heat_mark *place;

	if (!id)
		return -ENOMEM;
	if (!*id) {
		place = array_push(&heat->marks);
		if (!place)
			return -ENOMEM;
		*place = *mark;
		*id = heat->marks.count;
	}
	*ret = (uint32_t)*id - 1;
	return 0;
}

/* Made when it is first needed, so that zero is a valid heat. */
static const struct hot_index *heat_index(struct heat *heat)
{
	if (!heat->index.is_made)
		hotspots_index(&heat->index);
	return &heat->index;
}

bool heat_knows(struct heat *heat, const struct hot_frame *frame)
{
	return hotspots_know(heat_index(heat), frame);
}

static uint32_t put_name(struct names *names, const struct hot_frame *frame)
{
	const char *text = hotspots_name(frame);

	return names_put(names, text, strlen(text));
}

int heat_mark_stack(struct heat *heat, struct names *names, const struct hot_frame *frames,
		    size_t count, struct heat_piece *ret)
{
	struct hot_mark marks[HOT_MARKS_MAX];
	size_t marked = count ? hotspots_mark(heat_index(heat), frames, count, marks) : 0;
	struct heat_piece piece = { .first = (uint32_t)heat->list.count };

	for (size_t i = 0; i < marked && heat->list.count < LIST_MAX; i++) {
		struct heat_mark mark = {
			.row = marks[i].row,
			.is_companion = marks[i].is_companion,
			.name = put_name(names, &frames[marks[i].frame]),
		};
		uint32_t place, *item;

		if (keep_mark(heat, &mark, &place) < 0)
			return -ENOMEM;
		item = array_push(&heat->list);
		if (!item)
			return -ENOMEM;
		*item = place;
		piece.count++;
	}
	*ret = piece;
	return 0;
}

int heat_mark_thread(struct heat *heat, struct names *names, uint32_t comm, struct heat_piece *ret)
{
	const uint64_t *known = hash_find(&heat->threads, comm);
	const struct hot_frame frame = { .kind = HOT_THREADS,
					 .is_leaf = true,
					 .name = names_text(names, comm) };
	uint64_t *place;

	if (known) {
		*ret = (struct heat_piece){ (uint32_t)(*known >> 32), (uint32_t)*known };
		return 0;
	}
	if (heat->threads.count >= THREADS_MAX) {
		*ret = (struct heat_piece){};
		return 0;
	}
	if (heat_mark_stack(heat, names, &frame, 1, ret) < 0)
		return -ENOMEM;
	place = hash_put(&heat->threads, comm);
	if (!place)
		return -ENOMEM;
	*place = (uint64_t)ret->first << 32 | ret->count;
	return 0;
}

void heat_free(struct heat *heat)
{
	array_free(&heat->marks);
	array_free(&heat->list);
	hash_free(&heat->mark_ids);
	hash_free(&heat->threads);
}
