/*
 * How do others want it? The formats that other tools read, each made of what it needs: of the
 * events as they come, of call paths that were summed up, or of the verdict. Nothing is computed
 * here.
 */
#ifndef EXPORT_EXPORT_H
#define EXPORT_EXPORT_H

#include <stdio.h>

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"
#include "finding/finding.h"

enum export_format {
#define EXPORT_FORMAT(NAME, name, SOURCE, words) EXPORT_##NAME,
#include "export/formats.def"
#undef EXPORT_FORMAT
	EXPORT_FORMAT_COUNT
};

enum export_source {
	EXPORT_OF_EVENTS,   /* an exporter takes them */
	EXPORT_OF_PROFILE,  /* export/profile.h */
	EXPORT_OF_MEASURES, /* export/openmetrics.h */
};

struct export_format_row {
	const char *name;
	enum export_source source;
	const char *words;
};

/* Never NULL. */
const struct export_format_row *export_format_row(enum export_format format);
/* -EINVAL: there is no such format. */
must_check int export_format_read(const char *name, enum export_format *ret);

/* What a wait was for, as those who think say it; both never NULL. */
struct export_cause {
	const char *id;    /* a cause's id */
	const char *words; /* "ext4 journal commit"; "": no more than the id says */
};

struct export_options {
	bool is_wall; /* waits are told where they are not by themselves: perf-script */
	/* Asked once for each WAIT, in the stream's order; NULL: nobody knows. -ENOMEM. */
	int (*cause_of)(void *self, const struct event_wait *wait, struct export_cause *ret);
	void *self;
	const char *(*syscall_name)(int32_t number); /* NULL where it returns it: not known */
};

/* Writes events in a format with the source EXPORT_OF_EVENTS, each as it comes: memory is bounded.
 */
struct exporter;

/*
 * On success *ret is the caller's, to end with exporter_free(); out stays the caller's. -ENOMEM.
 * -ENOTSUP: this slowpath was built without what the format needs.
 */
must_check int exporter_new(enum export_format format, const struct export_options *options,
			    FILE *out, struct exporter **ret, struct diag *why);

/* Fits struct event_sink. -ENOMEM, or -errno when out took no more. */
must_check int exporter_take(void *exporter, const struct event *event, struct diag *why);

/* Write what is still to come, and flush. */
must_check int exporter_finish(struct exporter *exporter, struct diag *why);

/* How many things the export does not have because there was no room to keep what it takes to tell
 * them; what they are in *ret_words. */
uint64_t exporter_left_out(const struct exporter *exporter, const char **ret_words);

void exporter_free(struct exporter **exporter);

/* The JSON Schema of the lines of the format json. -errno when out took no more; it is flushed. */
must_check int export_json_schema(FILE *out);

#endif
