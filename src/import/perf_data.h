/*
 * What did perf record? Turns a perf.data file into events: both byte orders, files and pipes,
 * packed or not, whole or cut.
 */
#ifndef IMPORT_PERF_DATA_H
#define IMPORT_PERF_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"

/* By what names of kernel functions can be believed: the kernel that was recorded. */
struct perf_kernel {
	char symbol[64];         /* "_text" or the like; "": the recording does not say */
	uint64_t symbol_address; /* where it was */
	uint8_t build_id_bytes;  /* 0: not known */
	uint8_t build_id[20];
};

struct perf_data;

/*
 * Read the begin of a file or a pipe. fd stays the caller's, and must live as long. -EBADMSG: not a
 * perf.data file, or a broken one; -ENOTSUP: one that cannot be read here.
 */
must_check int perf_data_open(int fd, const char *path, struct perf_data **ret, struct diag *why);
void perf_data_free(struct perf_data **data);

/*
 * Turn all of it into events, in order of time. Bounded memory: at most about 64 MiB of records are
 * held to be put in order. 0 also when the file ends early: perf_data_damage() says so.
 */
must_check int perf_data_read(struct perf_data *data, const struct event_sink *sink,
			      struct diag *why);

/* Was it recorded on a machine of this name with a kernel of this release? False also when it does
 * not say. */
bool perf_data_is_from(const struct perf_data *data, const char *host, const char *release);

/* As far as it was read. */
const struct perf_kernel *perf_data_kernel(const struct perf_data *data);

/* One line, "x.data was cut …"; NULL: the file is whole. */
const char *perf_data_damage(const struct perf_data *data);

/*
 * Does a text of /proc/kallsyms belong to this kernel? 0; -ENODATA: there is no saying, since the
 * recording or the text has no addresses; -EINVAL: it does not. *why says what is different.
 */
must_check int perf_kernel_check(const struct perf_kernel *kernel, const char *kallsyms,
				 size_t bytes, struct diag *why);

/* The build-id in the notes of a kernel (/sys/kernel/notes) is that of the recorded one: the same
 * returns. */
must_check int perf_kernel_check_notes(const struct perf_kernel *kernel, const void *notes,
				       size_t bytes, struct diag *why);

#endif
