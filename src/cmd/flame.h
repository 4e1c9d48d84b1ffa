/* Where does the flame graph go? Into a new file, which is made before anything is watched. */
#ifndef CMD_FLAME_H
#define CMD_FLAME_H

#include <stdbool.h>

#include "base/diag.h"
#include "base/own.h"
#include "cmd/options.h"
#include "finding/profile.h"

/* It shows call paths of a tenth of a pixel, of some twelve hundred. */
#define FLAME_SHARE_MIN 0.00005

struct flame_file {
	const char *path; /* NULL: none is wanted */
	int fd;
};

#define FLAME_FILE_NONE ((struct flame_file){ .fd = -1 })

/*
 * Make the file that --flame names, if it does. What is no flame graph is never overwritten.
 * -errno: nothing was touched.
 */
must_check int flame_file_open(const struct options *options, struct flame_file *file,
			       struct diag *why);

/* Draw into it. -errno: what is in it is cut short. */
must_check int flame_file_draw(struct flame_file *file, const struct profile *profile,
			       bool is_differential, struct diag *why);

void flame_file_close(struct flame_file *file);

#endif
