/* Where is what ZFS said of itself? Kept by key while it is told, sorted when it is asked for. */
#include "analyse/zfs_facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FNV_BEGIN 0xcbf29ce484222325ULL
#define FNV_TIMES 0x100000001b3ULL

static uint64_t hash_bytes(const char *text, size_t bytes)
{
	uint64_t hash = FNV_BEGIN;

	for (size_t i = 0; i < bytes; i++)
		hash = (hash ^ (unsigned char)text[i]) * FNV_TIMES;
	return hash;
}

/* "zfs2<tab>source<tab>subject<tab>name" and the value; false: it is something else's fact. */
static bool split(char *block, const struct event_fact *fact, struct zfs_fact *ret)
{
	char *parts[4] = { block };
	size_t count = 1;

	for (char *at = block; at < block + fact->key_bytes && count < array_count(parts); at++) {
		if (*at != '\t')
			continue;
		*at = '\0';
		parts[count++] = at + 1;
	}
	if (count < array_count(parts) ||
	    (strcmp(block, "zfs1") != 0 && strcmp(block, "zfs2") != 0))
		return false;
	*ret = (struct zfs_fact){ .look = block[3] == '2' ? 2 : 1 };
	ret->subject = parts[2];
	ret->name = parts[3];
	ret->value = block + fact->key_bytes + 1;
	/* The source begins the block, so that it owns it. */
	memmove(block, parts[1], strlen(parts[1]) + 1);
	ret->source = block;
	return true;
}

static bool is_same(const struct zfs_fact *a, const struct zfs_fact *b)
{
	return a->look == b->look && strcmp(a->name, b->name) == 0 &&
	       strcmp(a->subject, b->subject) == 0 && strcmp(a->source, b->source) == 0;
}

static int keep(struct zfs_facts *facts, uint64_t key, struct zfs_fact *fact)
{
	struct zfs_fact *kept;
	uint64_t *place;

	/* Two keys of one hash stand in neighbouring places. */
	while ((place = hash_find(&facts->places, key)) &&
	       !is_same(&facts->all.items[*place - 1], fact))
		key++;
	if (place) {
		kept = &facts->all.items[*place - 1];
		free(kept->source);
		*kept = *fact;
		return 0;
	}
	if (facts->all.count >= ZFS_FACTS_MAX) {
		facts->lost++;
		free(fact->source);
		return 0;
	}
	place = hash_put(&facts->places, key);
	kept = place ? array_push(&facts->all) : NULL;
	if (!kept) {
		(void)hash_remove(&facts->places, key);
		free(fact->source);
		return -ENOMEM;
	}
	*kept = *fact;
	*place = facts->all.count;
	return 0;
}

int zfs_facts_take(struct zfs_facts *facts, const struct event_fact *fact)
{
	size_t bytes = (size_t)fact->key_bytes + fact->value_bytes;
	uint64_t key = hash_bytes(fact->text, fact->key_bytes);
	struct zfs_fact found;
	char *block;

	if (fact->key_bytes < 8 || memcmp(fact->text, "zfs", 3) != 0 ||
	    memchr(fact->text, '\0', bytes))
		return 0;
	block = malloc(bytes + 2);
	if (!block)
		return -ENOMEM;
	memcpy(block, fact->text, fact->key_bytes);
	block[fact->key_bytes] = '\0';
	memcpy(block + fact->key_bytes + 1, fact->text + fact->key_bytes, fact->value_bytes);
	block[bytes + 1] = '\0';
	if (!split(block, fact, &found)) {
		free(block);
		return 0;
	}
	facts->has_second |= found.look == 2;
	return keep(facts, key, &found);
}

static int compare_keys(const struct zfs_fact *a, const struct zfs_fact *b)
{
	int r = (a->look > b->look) - (a->look < b->look);

	if (!r)
		r = strcmp(a->source, b->source);
	if (!r)
		r = strcmp(a->subject, b->subject);
	return r ? r : strcmp(a->name, b->name);
}

static int compare(const void *a, const void *b)
{
	return compare_keys(a, b);
}

void zfs_facts_sort(struct zfs_facts *facts)
{
	if (facts->all.count)
		qsort(facts->all.items, facts->all.count, sizeof(*facts->all.items), compare);
	hash_free(&facts->places);
	facts->is_sorted = true;
}

void zfs_facts_free(struct zfs_facts *facts)
{
	for (size_t i = 0; i < facts->all.count; i++)
		free(facts->all.items[i].source);
	array_free(&facts->all);
	hash_free(&facts->places);
}

unsigned int zfs_last_look(const struct zfs_facts *facts)
{
	return facts->has_second ? 2 : 1;
}

/* The first that is not before it. */
static size_t first_from(const struct zfs_facts *facts, const struct zfs_fact *wanted)
{
	size_t low = 0, high = facts->all.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_keys(&facts->all.items[middle], wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void zfs_facts_of(const struct zfs_facts *facts, unsigned int look, const char *source,
		  size_t *ret_begin, size_t *ret_end)
{
	const struct zfs_fact wanted = {
		.look = look, .source = (char *)(uintptr_t)source, .subject = "", .name = ""
	};
	size_t at = first_from(facts, &wanted);

	*ret_begin = at;
	while (at < facts->all.count && facts->all.items[at].look == look &&
	       strcmp(facts->all.items[at].source, source) == 0)
		at++;
	*ret_end = at;
}

const char *zfs_value(const struct zfs_facts *facts, unsigned int look, const char *source,
		      const char *subject, const char *name)
{
	const struct zfs_fact wanted = {
		.look = look, .source = (char *)(uintptr_t)source, .subject = subject, .name = name
	};
	size_t at = first_from(facts, &wanted);

	return at < facts->all.count && is_same(&facts->all.items[at], &wanted)
		       ? facts->all.items[at].value
		       : NULL;
}

/* Digits alone are exact; a fraction has a unit behind it. */
bool zfs_read_amount(const char *text, uint64_t *ret)
{
	static const char UNITS[] = "KMGTPE";
	const char *unit;
	char *end = NULL;
	double value;

	if (!*text || strspn(text, "0123456789.") == 0)
		return false;
	errno = 0;
	*ret = strtoull(text, &end, 10);
	if (!errno && !*end)
		return true;
	errno = 0;
	value = strtod(text, &end);
	unit = *end ? strchr(UNITS, *end) : NULL;
	if (unit) {
		for (const char *at = UNITS; at <= unit; at++)
			value *= 1024;
		end++;
	} else if (*end == '%' || *end == 'x') {
		end++;
	}
	if (errno || *end || !(value >= 0) || value >= 0x1p63)
		return false;
	*ret = (uint64_t)value;
	return true;
}

bool zfs_number(const struct zfs_facts *facts, unsigned int look, const char *source,
		const char *subject, const char *name, uint64_t *ret)
{
	const char *value = zfs_value(facts, look, source, subject, name);

	return value && zfs_read_amount(value, ret);
}

bool zfs_grown(const struct zfs_facts *facts, const char *source, const char *subject,
	       const char *name, uint64_t *ret)
{
	uint64_t last, before = 0;

	if (!zfs_number(facts, zfs_last_look(facts), source, subject, name, &last))
		return false;
	if (facts->has_second && !zfs_number(facts, 1, source, subject, name, &before))
		before = 0;
	*ret = last >= before ? last - before : last;
	return true;
}
