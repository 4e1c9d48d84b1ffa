/* What is known while a perf.data file is read? All its parts in one place. */
#ifndef IMPORT_PERF_STATE_H
#define IMPORT_PERF_STATE_H

#include <errno.h>

#include "import/perf_attrs.h"
#include "import/perf_data.h"
#include "import/perf_formats.h"
#include "import/perf_guests.h"
#include "import/perf_header.h"
#include "import/perf_input.h"
#include "import/perf_layout.h"
#include "import/perf_order.h"
#include "import/perf_spans.h"
#include "import/perf_stacks.h"
#include "import/perf_tasks.h"
#include "import/perf_tell.h"

/* More of the file's frame at once is asked for only by those who mean harm. */
#define PERF_SECTION_BYTES_MAX ((uint64_t)256 << 20)

struct perf_data {
	int fd;
	char *path;
	bool swap;
	bool is_pipe;
	bool has_begun;
	bool is_unfinished; /* perf did not come to write how long it is */
	bool is_featureless;
	struct perf_input *input;
	unsigned char *front; /* the bytes of a file before its data */
	size_t front_bytes;
	struct perf_attrs attrs;
	struct perf_formats formats;
	struct perf_header header;
	struct perf_tasks tasks;
	struct perf_stacks *stacks;
	struct perf_spans *spans; /* NULL: no tracepoint so far */
	struct guest_exits guests;
	struct perf_order order;
	struct perf_out out;
	struct perf_kernel kernel;
	struct hash_map readings; /* counter's id → its last value */
	uint64_t unknown;         /* records of kinds that are not known here */
	uint64_t broken;          /* samples that are not as their attr says */
	uint64_t late;
	uint64_t told_losses;
	uint64_t summed_losses; /* as perf tells at the end */
	char damage[512];
};

static inline int perf_no_memory(struct diag *why)
{
	return diag_set(why, -ENOMEM, "no memory to read a perf.data file");
}

static inline struct perf_header_rooms perf_rooms_of(struct perf_data *data)
{
	return (struct perf_header_rooms){ .header = &data->header,
					   .attrs = &data->attrs,
					   .formats = &data->formats,
					   .tasks = &data->tasks };
}

static inline struct perf_record perf_record_at(const struct perf_data *data,
						const unsigned char *at)
{
	return (struct perf_record){ .bytes = at,
				     .type = perf_load_u32(at, data->swap),
				     .misc = perf_load_u16(at + 4, data->swap),
				     .size = perf_load_u16(at + 6, data->swap) };
}

static inline struct perf_bytes perf_body_of(const struct perf_data *data,
					     const struct perf_record *record)
{
	return (struct perf_bytes){ .at = record->bytes + PERF_RECORD_HEAD_BYTES,
				    .left = record->size - (size_t)PERF_RECORD_HEAD_BYTES,
				    .swap = data->swap };
}

/* --- perf_file.c --- */

/* Read all that stands before the records, so that a file may also come through a pipe. */
must_check int perf_file_open(struct perf_data *data, struct diag *why);

/* --- perf_begin.c --- */

/* The first records are there: say what this is. */
must_check int perf_begin(struct perf_data *data, struct diag *why);
/* One of perf's events was described after that. */
must_check int perf_begin_attr(struct perf_data *data, size_t index, struct diag *why);
/* Are there the switches of all threads? Those of some tell only how they went. */
bool perf_has_switches(const struct perf_data *data);

/* --- perf_samples.c --- */

must_check int perf_sample_take(struct perf_data *data, const struct perf_record *record,
				uint64_t time_ns, struct diag *why);

/* --- perf_end.c --- */

/* The kernel had no room for some records. */
must_check int perf_lost_take(struct perf_data *data, const struct perf_record *record,
			      uint64_t time_ns, struct diag *why);
/* All was read: tell what is only known now. */
must_check int perf_end(struct perf_data *data, struct diag *why);

#endif
