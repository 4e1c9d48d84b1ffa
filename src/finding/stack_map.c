/* What lies between a file and the hardware? The layers as they were told, with what was measured
 * of them. */
#include "finding/stack_map.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

int stack_map_add(struct stack_map *map, unsigned int depth, const char *kind, const char *name,
		  const char *what, uint32_t dev)
{
	struct stack_layer *layer = array_push(&map->layers);

	if (!layer)
		return -ENOMEM;
	layer->depth = depth;
	layer->dev = dev;
	(void)snprintf(layer->kind, sizeof(layer->kind), "%s", kind);
	(void)snprintf(layer->name, sizeof(layer->name), "%s", name);
	(void)snprintf(layer->what, sizeof(layer->what), "%s", what);
	return 0;
}

int stack_map_add_fact(struct stack_map *map, const char *key, const char *value)
{
	struct stack_layer *layer =
		map->layers.count ? &map->layers.items[map->layers.count - 1] : NULL;
	struct stack_fact *fact = layer ? array_push(&layer->facts) : NULL;

	if (!fact)
		return -ENOMEM;
	(void)snprintf(fact->key, sizeof(fact->key), "%s", key);
	(void)snprintf(fact->value, sizeof(fact->value), "%s", value);
	return 0;
}

static const struct disk_device *find_device(const struct disk_report *report, uint32_t dev)
{
	for (size_t i = 0; i < report->devices.count && dev; i++) {
		if (report->devices.items[i].dev == dev)
			return &report->devices.items[i];
	}
	return NULL;
}

void stack_map_measure(struct stack_map *map, const struct disk_report *report)
{
	uint64_t whole_ns = 0;

	for (size_t i = 0; i < map->layers.count; i++) {
		struct stack_layer *layer = &map->layers.items[i];
		const struct disk_device *device = find_device(report, layer->dev);

		if (!device)
			continue;
		layer->is_measured = true;
		layer->times = device->all;
		if (!whole_ns)
			whole_ns = device->all.total.total_ns;
		layer->share = whole_ns ? (double)device->all.total.total_ns / (double)whole_ns : 0;
	}
}

void stack_map_free(struct stack_map **map)
{
	struct stack_map *old = *map;

	*map = NULL;
	if (!old)
		return;
	for (size_t i = 0; i < old->layers.count; i++)
		array_free(&old->layers.items[i].facts);
	array_free(&old->layers);
	free(old);
}
