/* How is a name kept? In blocks that never move, found by the hash of its text. */
#include "analyse/names.h"

#include <stdlib.h>
#include <string.h>

#define NAMES_MAX      (1u << 20)
#define NAME_BYTES_MAX 4095u /* of a demangled function */
#define BLOCK_BYTES    16384u

/* FNV-1a (Fowler, Noll, Vo; public domain). */
static uint64_t hash_text(const char *text, size_t bytes)
{
	uint64_t hash = 0xcbf29ce484222325ULL;

	for (size_t i = 0; i < bytes; i++)
		hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3ULL;
	return hash;
}

static char *reserve_bytes(struct names *names, size_t bytes)
{
	char **block;
	char *fresh;

	if (!names->blocks.count || BLOCK_BYTES - names->block_used < bytes) {
		fresh = malloc(BLOCK_BYTES);
		if (!fresh)
			return NULL;
		block = array_push(&names->blocks);
		if (!block) {
			free(fresh);
			return NULL;
		}
		*block = fresh;
		names->block_used = 0;
	}
	names->block_used += bytes;
	return names->blocks.items[names->blocks.count - 1] + names->block_used - bytes;
}

static uint32_t keep_text(struct names *names, const char *text, size_t bytes, uint64_t *id)
{
	char *copy = reserve_bytes(names, bytes + 1);
	const char **place = copy ? array_push(&names->texts) : NULL;

	if (!place) {
		names->is_out_of_memory = true;
		return 0;
	}
	memcpy(copy, text, bytes);
	copy[bytes] = '\0';
	*place = copy;
	*id = names->texts.count;
	return (uint32_t)names->texts.count;
}

uint32_t names_put(struct names *names, const char *text, size_t bytes)
{
	uint64_t hash, *id;
	const char *known;

	bytes = strnlen(text, bytes < NAME_BYTES_MAX ? bytes : NAME_BYTES_MAX);
	if (!bytes)
		return 0;
	/* A different text under the same hash moves on to the next number. */
	for (hash = hash_text(text, bytes);; hash++) {
		id = hash_find(&names->ids, hash);
		if (!id)
			break;
		known = names_text(names, (uint32_t)*id);
		if (strlen(known) == bytes && memcmp(known, text, bytes) == 0)
			return (uint32_t)*id;
	}
	if (names->texts.count >= NAMES_MAX)
		return 0;
	id = hash_put(&names->ids, hash);
	if (!id) {
		names->is_out_of_memory = true;
		return 0;
	}
	return keep_text(names, text, bytes, id);
}

uint32_t names_put_kind(struct names *names, const char *text, size_t bytes)
{
	char kind[NAME_BYTES_MAX];
	size_t used = 0;

	bytes = strnlen(text, bytes < sizeof(kind) ? bytes : sizeof(kind));
	for (size_t i = 0; i < bytes; i++) {
		bool is_digit = text[i] >= '0' && text[i] <= '9';

		if (is_digit && used && kind[used - 1] == '#')
			continue;
		kind[used] = text[i];
		if (is_digit)
			kind[used] = '#';
		used++;
	}
	return names_put(names, kind, used);
}

const char *names_text(const struct names *names, uint32_t id)
{
	return id && id <= names->texts.count ? names->texts.items[id - 1] : "";
}

void names_free(struct names *names)
{
	for (size_t i = 0; i < names->blocks.count; i++)
		free(names->blocks.items[i]);
	array_free(&names->blocks);
	array_free(&names->texts);
	hash_free(&names->ids);
}
