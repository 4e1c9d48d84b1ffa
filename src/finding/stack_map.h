/*
 * What lies between a file and the hardware, and what was asked of each layer? The map that is told
 * by the host, and measured by a report of block devices.
 */
#ifndef FINDING_STACK_MAP_H
#define FINDING_STACK_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/own.h"
#include "finding/disk.h"

struct stack_fact {
	char key[32];
	char value[256];
};

struct stack_layer {
	unsigned int depth; /* of what it lies on + 1 */
	char kind[16];      /* "file system", "partition", "device", "queue", "driver" */
	char name[256];     /* mount point, device, driver */
	char what[32];      /* "ext4", "loop", …; "": no more is known */
	uint32_t dev;       /* of partitions and devices: major << 20 | minor; else 0 */
	ARRAY(struct stack_fact) facts;
	bool is_measured;
	struct disk_times times; /* of all requests but flushes that the kernel sends by itself */
	double share;            /* of the time of the topmost measured layer */
};

struct stack_map {
	char path[256];
	ARRAY(struct stack_layer) layers; /* from the top down */
};

/* Append a layer, or a fact of the last layer; cut to fit. -ENOMEM. */
must_check int stack_map_add(struct stack_map *map, unsigned int depth, const char *kind,
			     const char *name, const char *what, uint32_t dev);
must_check int stack_map_add_fact(struct stack_map *map, const char *key, const char *value);

/* What the report tells of the map's devices stands beside them from now on. */
void stack_map_measure(struct stack_map *map, const struct disk_report *report);

void stack_map_free(struct stack_map **map);

#endif
