/* How do others want it? The table of formats, and the way from an event to the one that was asked
 * for. */
#include "export/export.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "export/writer.h"

struct exporter {
	const struct writer_kind *kind;
	struct put put;
	struct writer *writer;
};

static const struct export_format_row ROWS[] = {
#define EXPORT_FORMAT(NAME, name, SOURCE, words) \
	[EXPORT_##NAME] = { name, EXPORT_OF_##SOURCE, words },
#include "export/formats.def"
#undef EXPORT_FORMAT
};

const struct export_format_row *export_format_row(enum export_format format)
{
	return &ROWS[format];
}

int export_format_read(const char *name, enum export_format *ret)
{
	for (size_t i = 0; i < array_count(ROWS); i++) {
		if (strcmp(ROWS[i].name, name) == 0) {
			*ret = (enum export_format)i;
			return 0;
		}
	}
	return -EINVAL;
}

/* NULL: it takes no events, or this build does not have it. */
static const struct writer_kind *writer_of(enum export_format format)
{
	switch (format) {
	case EXPORT_JSON:
		return &JSON_WRITER;
	case EXPORT_PERF_SCRIPT:
		return &PERF_SCRIPT_WRITER;
	case EXPORT_PERFETTO:
		return &PERFETTO_WRITER;
	case EXPORT_FOLDED:
	case EXPORT_PPROF:
	case EXPORT_SPEEDSCOPE:
	case EXPORT_OPENMETRICS:
	case EXPORT_FORMAT_COUNT:
		break;
	}
	return NULL;
}

void exporter_free(struct exporter **exporter)
{
	if (!*exporter)
		return;
	if ((*exporter)->writer && (*exporter)->kind->free)
		(*exporter)->kind->free((*exporter)->writer);
	free((*exporter)->writer);
	free(*exporter);
	*exporter = NULL;
}

int exporter_new(enum export_format format, const struct export_options *options, FILE *out,
		 struct exporter **ret, struct diag *why)
{
	owns(exporter_free) struct exporter *exporter = calloc(1, sizeof(*exporter));
	int r;

	if (!exporter)
		return diag_set(why, -ENOMEM, "out of memory");
	exporter->kind = writer_of(format);
	if (!exporter->kind)
		return diag_set(why, -ENOTSUP, "%s is not made of events",
				export_format_row(format)->name);
	exporter->put.out = out;
	exporter->writer = calloc(1, exporter->kind->bytes);
	if (!exporter->writer)
		return diag_set(why, -ENOMEM, "out of memory");
	exporter->writer->options = *options;
	exporter->writer->put = &exporter->put;
	r = exporter->kind->begin(exporter->writer, why);
	if (r < 0)
		return r;
	*ret = give(exporter);
	return 0;
}

int exporter_take(void *self, const struct event *event, struct diag *why)
{
	struct exporter *exporter = self;
	int r = exporter->kind->take(exporter->writer, event, why);

	return r < 0 ? r : put_result(&exporter->put, why);
}

int exporter_finish(struct exporter *exporter, struct diag *why)
{
	int r = exporter->kind->finish ? exporter->kind->finish(exporter->writer, why) : 0;

	return r < 0 ? r : put_flush(&exporter->put, why);
}

uint64_t exporter_left_out(const struct exporter *exporter, const char **ret_words)
{
	return exporter->kind->left_out ? exporter->kind->left_out(exporter->writer, ret_words) : 0;
}
