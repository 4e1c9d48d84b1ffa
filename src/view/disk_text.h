/* How do we say on a terminal what the block devices did? In 80 to 200 columns. */
#ifndef VIEW_DISK_TEXT_H
#define VIEW_DISK_TEXT_H

#include <stdbool.h>
#include <stdio.h>

#include "base/own.h"
#include "finding/disk.h"
#include "finding/stack_map.h"
#include "view/text.h"

/* What is shown beside the devices. */
struct disk_view {
	bool has_table;              /* the rows, by the keys that were asked for */
	bool has_heat;               /* a heat map of each device */
	bool has_slowest;            /* single requests */
	const struct stack_map *map; /* NULL: none */
};

/* Print the report for people. -errno when out took no more; it is flushed. */
must_check int view_disk_text(const struct disk_report *report, const struct disk_view *what,
			      const struct view_style *style, FILE *out);

/* A heat map of the device: how many requests took how long when. */
void disk_heat_text(const struct disk_report *report, const struct disk_device *device,
		    struct page *page);

#endif
