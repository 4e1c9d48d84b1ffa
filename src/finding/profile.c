/* Which code burnt the CPU? The names of a profile's parts, and the memory of its texts. */
#include "finding/profile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "finding/keys.h"

enum {
	BLOCK_BYTES = 16384,
};

/* The texts of the frames: they never move. */
struct names_memory {
	ARRAY(char *) blocks;
	size_t used; /* of the last one */
	size_t room; /* of the last one */
};

static const char *const KEY_NAMES[] = {
	[PROFILE_COMM] = "comm",
	[PROFILE_POOL] = "pool",
	[PROFILE_DSO] = "dso",
	[PROFILE_SYMBOL] = "symbol",
};

const char *profile_key_name(enum profile_key key)
{
	return key < PROFILE_KEY_COUNT ? KEY_NAMES[key] : "unknown";
}

int profile_keys_read(const char *text, struct profile_keys *ret)
{
	size_t places[PROFILE_KEY_COUNT];
	int count = keys_read(text, KEY_NAMES, PROFILE_KEY_COUNT, places);

	if (count < 0)
		return count;
	*ret = (struct profile_keys){ .count = (size_t)count };
	for (size_t i = 0; i < ret->count; i++)
		ret->items[i] = (enum profile_key)places[i];
	return 0;
}

const char *profile_frame_kind_name(enum profile_frame_kind kind)
{
	switch (kind) {
	case FRAME_THREADS:
		return "threads";
	case FRAME_USER:
		return "user";
	case FRAME_KERNEL:
		return "kernel";
	case FRAME_BLOCKED:
		return "blocked";
	case FRAME_RUNNABLE:
		return "runnable";
	case FRAME_WAKER:
		return "waker";
	}
	return "unknown";
}

const char *profile_keep_text(struct profile *profile, const char *text)
{
	struct names_memory *memory = profile->names;
	size_t bytes = strlen(text) + 1;
	char *block, **place;

	if (bytes == 1)
		return "";
	if (!memory)
		profile->names = memory = calloc(1, sizeof(*memory));
	if (!memory)
		return NULL;
	if (memory->room - memory->used < bytes) {
		size_t room = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;

		block = malloc(room);
		place = block ? array_push(&memory->blocks) : NULL;
		if (!place) {
			free(block);
			return NULL;
		}
		*place = block;
		memory->used = 0;
		memory->room = room;
	}
	block = memory->blocks.items[memory->blocks.count - 1] + memory->used;
	memory->used += bytes;
	return memcpy(block, text, bytes);
}

uint32_t profile_add_frame(struct profile *profile, enum profile_frame_kind kind, const char *name,
			   const char *module)
{
	const char *kept_name = profile_keep_text(profile, name);
	const char *kept_module = profile_keep_text(profile, module);
	struct profile_frame *frame;

	if (!kept_name || !kept_module || profile->frames.count >= UINT32_MAX)
		return UINT32_MAX;
	frame = array_push(&profile->frames);
	if (!frame)
		return UINT32_MAX;
	*frame = (struct profile_frame){
		.kind = kind, .name = kept_name, .module = kept_module, .place = ""
	};
	return (uint32_t)profile->frames.count - 1;
}

int profile_set_place(struct profile *profile, uint32_t frame, const char *place)
{
	const char *kept;

	if (strcmp(profile->frames.items[frame].place, place) == 0)
		return 0;
	kept = profile_keep_text(profile, place);
	if (!kept)
		return -ENOMEM;
	profile->frames.items[frame].place = kept;
	return 0;
}

int profile_each_node(const struct profile *profile, profile_taker take, void *self)
{
	int r = 0;

	if (profile->teller)
		return profile->teller->tell(profile->teller, take, self);
	for (size_t i = 0; i < profile->nodes.count && r == 0; i++)
		r = take(self, profile, &profile->nodes.items[i]);
	return r;
}

struct profile **profiles_first_seen(const struct profiles *profiles)
{
	for (size_t i = 0; i < profiles->items.count; i++) {
		if (profiles->items.items[i]->amount)
			return &profiles->items.items[i];
	}
	return &profiles->items.items[0];
}

void profile_free(struct profile **profile)
{
	struct profile *freed = *profile;
	struct names_memory *memory;

	*profile = NULL;
	if (!freed)
		return;
	if (freed->teller)
		freed->teller->end(freed->teller);
	memory = freed->names;
	for (size_t i = 0; memory && i < memory->blocks.count; i++)
		free(memory->blocks.items[i]);
	if (memory)
		array_free(&memory->blocks);
	free(memory);
	for (size_t i = 0; i < freed->notes.count; i++)
		free(freed->notes.items[i].words);
	array_free(&freed->frames);
	array_free(&freed->rows);
	array_free(&freed->nodes);
	array_free(&freed->pools);
	array_free(&freed->notes);
	free(freed);
}

void profiles_free(struct profiles *profiles)
{
	for (size_t i = 0; i < profiles->items.count; i++)
		profile_free(&profiles->items.items[i]);
	array_free(&profiles->items);
}
