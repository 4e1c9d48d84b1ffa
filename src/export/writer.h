/* How does a format take events? What each of them has to do. */
#ifndef EXPORT_WRITER_H
#define EXPORT_WRITER_H

#include "export/export.h"
#include "export/put.h"

/* A format's own state lies behind it. */
struct writer_kind {
	size_t bytes; /* of that state: zeroed, then begin() */
	int (*begin)(void *self, struct diag *why);
	int (*take)(void *self, const struct event *event, struct diag *why);
	int (*finish)(void *self, struct diag *why); /* NULL: nothing is left to say */
	uint64_t (*left_out)(const void *self, const char **ret_words); /* NULL: nothing ever is */
	void (*free)(void *self);                                       /* NULL: nothing to free */
};

/* What every format's state begins with. */
struct writer {
	struct export_options options;
	struct put *put;
};

extern const struct writer_kind JSON_WRITER;
extern const struct writer_kind PERF_SCRIPT_WRITER;
extern const struct writer_kind PERFETTO_WRITER;

#endif
