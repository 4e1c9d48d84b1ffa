/* By which calls did a thread come there? Each stack is kept once, as far as it is shown. */
#include "analyse/lock_paths.h"

#include <errno.h>
#include <string.h>

enum {
	FRAMES_KEPT = 12,
	STACKS_MAX = 1 << 18,
};

/* Code that everybody calls: it does not tell whose lock it is. */
static bool is_library(const char *module)
{
	static const char *const PREFIXES[] = { "libc.",   "libc-",     "libpthread", "ld-linux",
						"ld-musl", "libstdc++", "libc++",     "[vdso]" };
	const char *name = strrchr(module, '/');

	name = name ? name + 1 : module;
	for (size_t i = 0; i < array_count(PREFIXES); i++) {
		if (strncmp(name, PREFIXES[i], strlen(PREFIXES[i])) == 0)
			return true;
	}
	return false;
}

/* The first frame that is not the watching itself. */
static uint32_t first_frame(const struct classes *classes, const struct names *names,
			    const struct event_stack *event)
{
	uint32_t first = 0;

	if (event->flags & STACK_USER)
		return 0;
	for (uint32_t i = 0; i < event->frames; i++) {
		uint32_t name = classes_symbol(classes, event->frame[i].symbol);

		if (function_is_tracing(names_text(names, name)))
			first = i + 1;
	}
	return first;
}

static uint32_t find_code(const struct classes *classes, const struct names *names,
			  const struct event_stack *event, uint32_t first)
{
	for (uint32_t i = first; i < event->frames; i++) {
		uint32_t symbol = event->frame[i].symbol;
		uint32_t name = classes_symbol(classes, symbol);

		if (name && !is_library(names_text(names, classes_module(classes, symbol))))
			return name;
	}
	return 0;
}

static int keep_frames(struct lock_paths *paths, const struct classes *classes,
		       const struct event_stack *event, uint32_t first, struct call_path *path)
{
	for (uint32_t i = first; i < event->frames && path->count < FRAMES_KEPT; i++) {
		uint32_t *name = array_push(&paths->names);

		if (!name)
			return -ENOMEM;
		*name = classes_symbol(classes, event->frame[i].symbol);
		path->count++;
	}
	return 0;
}

static uint64_t hash_names(const struct lock_paths *paths, uint32_t first, uint32_t code)
{
	uint64_t hash = code;

	for (size_t i = first; i < paths->names.count; i++)
		hash = hash_pair(hash, paths->names.items[i]);
	return hash;
}

/* The place of the path whose names were pushed last, which is new or had been there. */
static int intern_path(struct lock_paths *paths, const struct call_path *path, uint64_t *ret)
{
	uint64_t *known = hash_put(&paths->by_names, hash_names(paths, path->first, path->code));
	struct call_path *kept;

	if (!known)
		return -ENOMEM;
	if (*known) {
		paths->names.count = path->first;
		*ret = *known - 1;
		return 0;
	}
	kept = array_push(&paths->paths);
	if (!kept)
		return -ENOMEM;
	*kept = *path;
	*known = paths->paths.count;
	*ret = *known - 1;
	return 0;
}

int lock_paths_take(struct lock_paths *paths, const struct classes *classes,
		    const struct names *names, const struct event_stack *event)
{
	struct call_path path = { .first = (uint32_t)paths->names.count };
	uint64_t place = 0, *by_stack;
	uint32_t first;

	if (!event->id || hash_find(&paths->by_stack, event->id))
		return 0;
	if (paths->by_stack.count >= STACKS_MAX) {
		paths->refused++;
		return 0;
	}
	first = first_frame(classes, names, event);
	path.code = find_code(classes, names, event, first);
	if (keep_frames(paths, classes, event, first, &path) < 0 ||
	    intern_path(paths, &path, &place) < 0)
		return -ENOMEM;
	by_stack = hash_put(&paths->by_stack, event->id);
	if (!by_stack)
		return -ENOMEM;
	*by_stack = place;
	return 0;
}

const struct call_path *lock_paths_find(const struct lock_paths *paths, uint64_t stack)
{
	const uint64_t *place = stack ? hash_find(&paths->by_stack, stack) : NULL;

	return place ? &paths->paths.items[*place] : NULL;
}

void lock_paths_free(struct lock_paths *paths)
{
	array_free(&paths->names);
	array_free(&paths->paths);
	hash_free(&paths->by_stack);
	hash_free(&paths->by_names);
}
