/* What lies between a file and the hardware? The host tells the layers, the map keeps them. */
#include "cmd/stack_map.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/stack_map.h"

static int take_layer(void *self, unsigned int depth, const char *kind, const char *name,
		      const char *what, uint32_t dev)
{
	return stack_map_add(self, depth, kind, name, what, dev);
}

static int take_fact(void *self, const char *key, const char *value)
{
	return stack_map_add_fact(self, key, value);
}

int stack_map_of(const char *path, struct stack_map **ret, struct diag *why)
{
	owns(stack_map_free) struct stack_map *map = calloc(1, sizeof(*map));
	owns(own_free) char *whole = realpath(path, NULL);
	const struct stack_hearer hearer = { .layer = take_layer, .fact = take_fact, .self = map };
	int r;

	if (!whole)
		return diag_set(why, -errno, "%s: %s", path, strerror(errno));
	if (!map)
		return diag_set(why, -ENOMEM, "out of memory");
	(void)snprintf(map->path, sizeof(map->path), "%s", whole);
	r = stack_map_tell("", whole, &hearer, why);
	if (r < 0)
		return r;
	*ret = give(map);
	return 0;
}
