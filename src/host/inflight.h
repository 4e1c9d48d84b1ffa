/* How many requests does a block device have in flight? */
#ifndef HOST_INFLIGHT_H
#define HOST_INFLIGHT_H

#include <stdint.h>

#include "base/array.h"
#include "base/own.h"

struct inflight_device {
	uint32_t dev;    /* major << 20 | minor */
	char name[32];   /* NUL-terminated */
	uint32_t reads;  /* in flight */
	uint32_t writes; /* and flushes */
};

/* Zero is a valid empty list. */
struct inflight {
	ARRAY(struct inflight_device) devices;
};

/* Whole devices and partitions of the machine below root that have any in flight. -ENOMEM; a
 * machine without block devices has none. End with inflight_free(). */
must_check int inflight_read(const char *root, struct inflight *ret);
void inflight_free(struct inflight *inflight);

/* NULL: it has none in flight. */
const struct inflight_device *inflight_find(const struct inflight *inflight, uint32_t dev);

/* The one device that all in flight are of, when they are of one: a partition and its disk count as
 * that partition. NULL: there are several, or none. */
const struct inflight_device *inflight_only(const struct inflight *inflight);

#endif
