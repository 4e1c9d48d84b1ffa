/* What lies between a file and the hardware? The file system, the devices below it, their queues
 * and drivers, as /proc and /sys tell them. */
#ifndef HOST_STACK_MAP_H
#define HOST_STACK_MAP_H

#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"

/*
 * Who hears of the layers, from the top down: each is told once, then what is known of it. Texts
 * are the callee's to copy; names are any bytes. What is returned other than 0 ends the map.
 */
struct stack_hearer {
	/* kind: "file system", "partition", "device", "queue", "driver"; depth: of what it lies on
	 * + 1; dev: major << 20 | minor, 0: none of its own. */
	int (*layer)(void *self, unsigned int depth, const char *kind, const char *name,
		     const char *what, uint32_t dev);
	int (*fact)(void *self, const char *key, const char *value);
	void *self;
};

/*
 * Tell the layers below an absolute path, on the machine whose /proc and /sys are in the folder
 * root
 * ("": our own). -ENOENT: the path is on no mount. Layers that cannot be looked at are left out.
 */
must_check int stack_map_tell(const char *root, const char *path, const struct stack_hearer *hearer,
			      struct diag *why);

#endif
