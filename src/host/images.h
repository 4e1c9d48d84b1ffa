/* Where is the code that is to be named? Files for the namer: of living processes, or of what was
 * recorded. */
#ifndef HOST_IMAGES_H
#define HOST_IMAGES_H

#include <stdint.h>

#include "base/own.h"

/*
 * Both have the shape of a source of files for the namer; self is not used. They return a
 * descriptor, the caller's to close, or -errno.
 *
 * path is that of a regular file as tgid sees it (host_open_mapped()); or "[vdso]", the code that
 * the kernel maps into 64-bit processes; or, for tgid 0, "[zfs]": the file of a module of the
 * running kernel, which may be compressed, and "[kernel]": the running kernel's own with its debug
 * information, where distributions put it.
 */
must_check int host_open_image(void *self, uint32_t tgid, const char *path);
/* The same where nothing is known of the processes but what was recorded: paths are ours. */
must_check int host_open_recorded(void *self, uint32_t tgid, const char *path);

/*
 * What tgid's compiler at run time told of its code: /tmp/perf-PID.map as tgid sees it, PID being
 * its number in its own pid namespace. Believed only when it belongs to tgid's user or to root:
 * anybody can write to /tmp.
 */
must_check int host_open_perf_map(void *self, uint32_t tgid);

/*
 * The file of a module as depmod lists it under directory ("/lib/modules/6.1.0"); name is as the
 * kernel has it, with or without the brackets. -ENOENT: there is none.
 */
must_check int host_open_module(const char *directory, const char *name);

#endif
