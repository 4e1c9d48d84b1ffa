/* What does perf tell about the machine and the recording itself? The features behind a file's
 * data, or the records of a pipe that hold the same. */
#ifndef IMPORT_PERF_HEADER_H
#define IMPORT_PERF_HEADER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "base/own.h"
#include "import/perf_attrs.h"
#include "import/perf_bytes.h"
#include "import/perf_formats.h"
#include "import/perf_tasks.h"
#include "import/perf_tell.h"

struct perf_fact {
	const char *key;
	char *value; /* owned */
};

/* Born zero. */
struct perf_header {
	ARRAY(struct perf_fact) facts;
	uint32_t cpus;   /* online; 0: not known */
	bool is_machine; /* by its command line: all CPUs were recorded (-a, -C) */
	bool is_process; /* or chosen processes (-p, -t, -u) */
	uint32_t pid;    /* the first of them; 0: not known */
	char host[65];   /* "": not known */
	char release[65];
};

/* Where what is told goes. */
struct perf_header_rooms {
	struct perf_header *header;
	struct perf_attrs *attrs;
	struct perf_formats *formats;
	struct perf_tasks *tasks;
};

/* Take one feature; those that say nothing here are passed over, and broken ones too. -ENOMEM. */
must_check int perf_header_take(const struct perf_header_rooms *rooms, uint64_t feature,
				struct perf_bytes bytes);

/* Keep a fact to be told. -ENOMEM. */
must_check int perf_header_note(struct perf_header *header, const char *key, const char *format,
				...) __attribute__((format(printf, 3, 4)));

/* Tell the facts kept so far, and forget them. */
must_check int perf_header_tell(struct perf_header *header, struct perf_out *out, struct diag *why);

void perf_header_free(struct perf_header *header);

#endif
