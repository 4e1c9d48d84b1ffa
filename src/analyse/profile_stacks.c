/* Which functions were called from which? Frames lie in chunks, so that a store that grows never
 * copies itself. */
#include "analyse/profile_stacks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#define SYMBOLS_MAX  (1u << 22)
#define CONTENTS_MAX (1u << 23)
#define IDS_MAX      (1u << 24)
#define CHUNKS_MAX   512u /* half a GiB of frames */

int stacks_function(struct stacks *stacks, const struct function *function, uint32_t *ret)
{
	/* Names are numbered up to 2^20 inclusive. */
	uint64_t key =
		(uint64_t)function->kind << 42 | (uint64_t)function->name << 21 | function->module;
	uint64_t *number = hash_put(&stacks->by_function, key);
	struct function *place;

	if (!number)
		return -ENOMEM;
	if (!*number) {
		place = array_push(&stacks->functions);
		if (!place)
			return -ENOMEM;
		*place = *function;
		*number = stacks->functions.count;
	}
	*ret = (uint32_t)*number - 1;
	return 0;
}

int stacks_take_symbol(struct stacks *stacks, struct names *names, const struct event_symbol *event)
{
	struct told_symbol *symbol;

	if (event->id >= SYMBOLS_MAX)
		return 0;
	while (stacks->symbols.count <= event->id) {
		if (!array_push(&stacks->met[0]) || !array_push(&stacks->met[1]) ||
		    !array_push(&stacks->symbols))
			return -ENOMEM;
	}
	stacks->met[0].items[event->id] = stacks->met[1].items[event->id] = 0;
	symbol = &stacks->symbols.items[event->id];
	*symbol = (struct told_symbol){
		.name = names_put(names, event->text, event->name_bytes),
		.module = names_put(names, event->text + event->name_bytes, event->module_bytes),
	};
	return 0;
}

uint32_t stacks_symbol_name(const struct stacks *stacks, uint32_t symbol)
{
	return symbol < stacks->symbols.count ? stacks->symbols.items[symbol].name : 0;
}

/* The file without its folders is enough to find it, and fits beside a name. */
void stacks_take_place(struct stacks *stacks, struct names *names, uint32_t id, const char *file,
		       size_t file_bytes, uint32_t line)
{
	struct told_symbol *symbol = id < stacks->symbols.count ? &stacks->symbols.items[id] : NULL;
	const char *slash = memrchr(file, '/', file_bytes);
	char text[128];
	int bytes;

	if (slash) {
		file_bytes -= (size_t)(slash + 1 - file);
		file = slash + 1;
	}
	if (!symbol || !file_bytes || file_bytes > 100)
		return;
	bytes = snprintf(text, sizeof(text), "%.*s:%u", (int)file_bytes, file, line);
	symbol->place = names_put(names, text, bytes > 0 ? (size_t)bytes : 0);
	for (size_t i = 0; i < array_count(stacks->met); i++) {
		uint32_t met = stacks->met[i].items[id];

		if (met)
			stacks->functions.items[met - 1].place = symbol->place;
	}
}

/* The function of a symbol that is met in user code, or in the kernel, for the first time. */
static int meet(struct stacks *stacks, uint32_t id, bool is_user, uint32_t *ret)
{
	const struct told_symbol nobody = {};
	const struct told_symbol *symbol =
		id < stacks->symbols.count ? &stacks->symbols.items[id] : &nobody;
	const struct function function = {
		.name = symbol->name,
		.module = symbol->module,
		.kind = is_user ? FRAME_USER : FRAME_KERNEL,
	};
	int r = stacks_function(stacks, &function, ret);

	if (r < 0)
		return r;
	if (symbol->place)
		stacks->functions.items[*ret].place = symbol->place;
	if (id < stacks->symbols.count)
		stacks->met[is_user ? 0 : 1].items[id] = *ret + 1;
	return 0;
}

static uint32_t hash_frames(const uint32_t *frames, size_t count)
{
	return (uint32_t)XXH3_64bits(frames, count * sizeof(*frames));
}

static uint64_t content_hash(const void *list, uint32_t item)
{
	const struct stacks *stacks = list;

	return stacks->contents.items[item].hash;
}

static uint64_t id_hash(const void *list, uint32_t item)
{
	const struct stacks *stacks = list;
	const struct stack_id *id = &stacks->ids.items[item];

	return hash_pair(id->low, id->high);
}

/* Room for so many frames in one piece; 1, 0 when the store is full, or -ENOMEM. */
static int reserve_frames(struct stacks *stacks, size_t count)
{
	uint32_t **place, *chunk;

	if (stacks->limits.frames && stacks_frames_kept(stacks) + count > stacks->limits.frames)
		return 0;
	if (stacks->chunks.count && STACK_CHUNK_FRAMES - stacks->chunk_used >= count)
		return 1;
	if (stacks->chunk + 1 < stacks->chunks.count) {
		/* One whose stacks were forgotten. */
		stacks->chunk++;
		stacks->chunk_used = 0;
		return 1;
	}
	if (stacks->chunks.count >= CHUNKS_MAX)
		return 0;
	chunk = malloc(STACK_CHUNK_FRAMES * sizeof(*chunk));
	place = chunk ? array_push(&stacks->chunks) : NULL;
	if (!place) {
		free(chunk);
		return -ENOMEM;
	}
	*place = chunk;
	stacks->chunk = (uint32_t)stacks->chunks.count - 1;
	stacks->chunk_used = 0;
	return 1;
}

static int keep_content(struct stacks *stacks, const uint32_t *frames, size_t count, uint32_t hash)
{
	struct content *content;
	uint32_t limit = stacks->limits.contents ?: CONTENTS_MAX;
	int r = stacks->contents.count < limit ? reserve_frames(stacks, count) : 0;

	if (r <= 0)
		return r;
	content = array_push(&stacks->contents);
	if (!content)
		return -ENOMEM;
	content->place = stacks->chunk << STACK_CHUNK_BITS | stacks->chunk_used;
	content->hash = hash;
	content->count = (uint32_t)count;
	memcpy(stacks->chunks.items[stacks->chunk] + stacks->chunk_used, frames,
	       count * sizeof(*frames));
	stacks->chunk_used += (uint32_t)count;
	return 1;
}

static bool is_content(const struct stacks *stacks, uint32_t item, const uint32_t *frames,
		       size_t count)
{
	uint32_t known_count;
	const uint32_t *known = stacks_frames(stacks, item + 1, &known_count);

	return known_count == count && memcmp(known, frames, count * sizeof(*frames)) == 0;
}

int stacks_put(struct stacks *stacks, const uint32_t *frames, size_t count, uint32_t *ret)
{
	uint32_t hash = hash_frames(frames, count), item;
	size_t place;
	int r;

	*ret = 0;
	if (!count)
		return 0;
	r = dense_reserve(&stacks->by_content, content_hash, stacks);
	if (r < 0)
		return r;
	place = dense_begin(&stacks->by_content, hash);
	for (; stacks->by_content.slots[place]; place = dense_next(&stacks->by_content, place)) {
		item = stacks->by_content.slots[place] - 1;
		if (stacks->contents.items[item].hash == hash &&
		    is_content(stacks, item, frames, count)) {
			*ret = item + 1;
			return 0;
		}
	}
	r = keep_content(stacks, frames, count, hash);
	if (r < 0)
		return r;
	if (r == 0) {
		stacks->refused++;
		return 0;
	}
	*ret = (uint32_t)stacks->contents.count;
	dense_put(&stacks->by_content, place, *ret - 1);
	return 0;
}

static size_t id_place(const struct stacks *stacks, uint64_t id)
{
	uint32_t low = (uint32_t)id, high = (uint32_t)(id >> 32);
	size_t place = dense_begin(&stacks->by_id, hash_pair(low, high));

	for (; stacks->by_id.slots[place]; place = dense_next(&stacks->by_id, place)) {
		const struct stack_id *known = &stacks->ids.items[stacks->by_id.slots[place] - 1];

		if (known->low == low && known->high == high)
			break;
	}
	return place;
}

bool stacks_find(const struct stacks *stacks, uint64_t id, uint32_t *ret)
{
	uint32_t item;

	if (id && id == stacks->last_id) {
		*ret = stacks->last_content;
		return true;
	}
	if (!id || !stacks->by_id.capacity)
		return false;
	item = stacks->by_id.slots[id_place(stacks, id)];
	if (item)
		*ret = stacks->ids.items[item - 1].content;
	return item;
}

bool stacks_lack_ids(const struct stacks *stacks)
{
	return stacks->ids.count >= (stacks->limits.ids ?: IDS_MAX);
}

/* Its functions, outermost first. */
static int read_frames(struct stacks *stacks, const struct event_stack *event, uint32_t *frames,
		       size_t count)
{
	bool is_user = event->flags & STACK_USER;

	for (size_t i = 0; i < count; i++) {
		uint32_t id = event->frame[i].symbol;
		uint32_t *place = &frames[count - 1 - i];
		uint32_t met = 0;

		if (id < stacks->symbols.count)
			met = stacks->met[is_user ? 0 : 1].items[id];
		if (met)
			*place = met - 1;
		else if (meet(stacks, id, is_user, place) < 0)
			return -ENOMEM;
	}
	return 0;
}

int stacks_take_stack(struct stacks *stacks, const struct event_stack *event)
{
	uint32_t frames[STACK_FRAMES_MAX], content;
	size_t count = event->frames < STACK_FRAMES_MAX ? event->frames : STACK_FRAMES_MAX;
	struct stack_id *id;
	size_t place;
	int r;

	if (!event->id)
		return 0;
	r = dense_reserve(&stacks->by_id, id_hash, stacks);
	if (r < 0)
		return r;
	place = id_place(stacks, event->id);
	if (stacks->by_id.slots[place])
		return 0;
	if (stacks_lack_ids(stacks)) {
		stacks->refused++;
		return 0;
	}
	r = read_frames(stacks, event, frames, count);
	if (r == 0)
		r = stacks_put(stacks, frames, count, &content);
	if (r == 0 && count && !content)
		content = stacks->crowd[event->flags & STACK_USER ? 0 : 1];
	id = r == 0 ? array_push(&stacks->ids) : NULL;
	if (!id)
		return -ENOMEM;
	*id = (struct stack_id){ (uint32_t)event->id, (uint32_t)(event->id >> 32), content };
	dense_put(&stacks->by_id, place, (uint32_t)stacks->ids.count - 1);
	stacks->last_id = event->id;
	stacks->last_content = content;
	return 0;
}

void stacks_forget_ids(struct stacks *stacks)
{
	stacks->ids.count = 0;
	dense_clear(&stacks->by_id);
	stacks->last_id = 0;
}

void stacks_forget(struct stacks *stacks)
{
	stacks_forget_ids(stacks);
	stacks->contents.count = 0;
	dense_clear(&stacks->by_content);
	stacks->chunk = stacks->chunk_used = 0;
}

void stacks_seal(struct stacks *stacks)
{
	array_free(&stacks->ids);
	dense_free(&stacks->by_content);
	dense_free(&stacks->by_id);
}

void stacks_free(struct stacks *stacks)
{
	for (size_t i = 0; i < stacks->chunks.count; i++)
		free(stacks->chunks.items[i]);
	array_free(&stacks->symbols);
	array_free(&stacks->met[0]);
	array_free(&stacks->met[1]);
	array_free(&stacks->functions);
	array_free(&stacks->chunks);
	array_free(&stacks->contents);
	array_free(&stacks->ids);
	hash_free(&stacks->by_function);
	dense_free(&stacks->by_content);
	dense_free(&stacks->by_id);
}
