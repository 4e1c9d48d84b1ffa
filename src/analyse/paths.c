/* By which way did a wait come to its cause? Ways whose steps are alike are one. */
#include "analyse/paths.h"

#include <errno.h>

#define PATHS_MAX (1u << 15)

static uint64_t sign_path(const struct step *steps, size_t count)
{
	uint64_t signature = count;

	for (size_t i = 0; i < count; i++) {
		signature =
			hash_pair(signature, (uint64_t)steps[i].who_kind << 32 | steps[i].detail);
		signature = hash_pair(signature, steps[i].state);
	}
	return signature;
}

int paths_put(struct paths *paths, const struct step *steps, size_t count, uint32_t *ret)
{
	uint64_t signature = sign_path(steps, count);
	const uint64_t *known = hash_find(&paths->ids, signature);
	struct path *path;
	struct step *step;
	uint64_t *id;

	*ret = known ? (uint32_t)*known : 0;
	if (known || !count || paths->paths.count >= PATHS_MAX)
		return 0;
	path = array_push(&paths->paths);
	if (!path)
		return -ENOMEM;
	path->first = (uint32_t)paths->steps.count;
	for (size_t i = 0; i < count; i++) {
		step = array_push(&paths->steps);
		if (!step)
			return -ENOMEM;
		*step = steps[i];
		path->count++;
	}
	id = hash_put(&paths->ids, signature);
	if (!id)
		return -ENOMEM;
	*id = paths->paths.count;
	*ret = (uint32_t)*id;
	return 0;
}

const struct step *paths_get(const struct paths *paths, uint32_t id, size_t *ret_count)
{
	const struct path *path =
		id && id <= paths->paths.count ? &paths->paths.items[id - 1] : NULL;

	*ret_count = path ? path->count : 0;
	return path ? &paths->steps.items[path->first] : NULL;
}

void paths_free(struct paths *paths)
{
	array_free(&paths->steps);
	array_free(&paths->paths);
	hash_free(&paths->ids);
}
