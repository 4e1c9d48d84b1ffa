/* Where in the source are the functions that were named? */
#include "symbol/places.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "symbol/dwarf.h"
#include "symbol/opened.h"

#define PLACES_MAX 65536

int places_want(struct places *places, const struct wanted_place *wanted)
{
	struct wanted_place *added;

	if (places->wanted.count >= PLACES_MAX)
		return 0;
	added = array_push(&places->wanted);
	if (!added)
		return -ENOMEM;
	*added = *wanted;
	return 0;
}

int places_want_named(struct places *places, const struct wanted_place *wanted, const char *name)
{
	struct wanted_place named = *wanted;
	int r;

	places->names.limit = PLACES_MAX;
	r = interned_put(&places->names, name, strlen(name) + 1, &named.name);
	if (r == -ENOSPC)
		return 0;
	return r < 0 ? r : places_want(places, &named);
}

static int compare_wanted(const void *left, const void *right)
{
	const struct wanted_place *a = left, *b = right;

	if (a->file != b->file)
		return a->file < b->file ? -1 : 1;
	return a->symbol < b->symbol ? -1 : a->symbol > b->symbol;
}

static int find(const struct places *places, const struct wanted_place *wanted,
		const struct dwarf *dwarf, const char **ret_path, uint32_t *ret_line)
{
	if (wanted->name)
		return dwarf_find_named(dwarf, interned_bytes(&places->names, wanted->name),
					ret_path, ret_line);
	return dwarf_find(dwarf, wanted->address, ret_path, ret_line);
}

/* All of one file: that it cannot be read is no failure. */
static int tell_file(const struct places *places, size_t first, size_t next,
		     struct file_table *files, size_t limit, const struct places_listener *listener)
{
	const struct wanted_place *wanted = places->wanted.items;
	owns(opened_close) struct opened opened = {};
	const struct opened_wanted of = {
		.limit = limit,
		.tgid = wanted[first].tgid,
		.file = wanted[first].file,
		.by_names = wanted[first].name != 0,
	};
	int r = opened_open(files, &of, &opened);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	for (size_t i = first; i < next; i++) {
		const char *path = NULL;
		uint32_t line = 0;

		if (find(places, &wanted[i], opened.dwarf, &path, &line) < 0)
			continue;
		r = listener->told(listener->self, wanted[i].symbol, path, line);
		if (r != 0)
			return r;
	}
	return 0;
}

int places_tell(struct places *places, struct file_table *files, size_t limit,
		const struct places_listener *listener)
{
	struct wanted_place *wanted = places->wanted.items;
	size_t count = places->wanted.count;
	int r = 0;

	if (count)
		qsort(wanted, count, sizeof(*wanted), compare_wanted);
	for (size_t first = 0, next; first < count && r == 0; first = next) {
		next = first + 1;
		while (next < count && wanted[next].file == wanted[first].file)
			next++;
		r = tell_file(places, first, next, files, limit, listener);
	}
	places_clear(places);
	return r;
}

void places_clear(struct places *places)
{
	array_free(&places->wanted);
	interned_clear(&places->names);
}
