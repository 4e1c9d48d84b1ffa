/* What does an export look like? A stream of events handed to the format under test. */
#ifndef TESTS_UNIT_EXPORT_EXPORTED_H
#define TESTS_UNIT_EXPORT_EXPORTED_H

#include "export/export.h"
#include "harness/printed.h"
#include "unit/analyse/stream.h"

/* The bytes, the caller's. Where options is NULL: without any. */
static inline char *exported(enum export_format format, const struct export_options *options,
			     const struct stream *stream, size_t *ret_bytes)
{
	static const struct export_options none = {};
	owns(exporter_free) struct exporter *exporter = NULL;
	struct printed printed = {};
	struct diag why = {};

	printed_begin(&printed);
	assert_int_equal(exporter_new(format, options ?: &none, printed.out, &exporter, &why), 0);
	for (size_t i = 0; i < stream->items.count; i++)
		assert_int_equal(exporter_take(exporter, stream->items.items[i].event, &why), 0);
	assert_int_equal(exporter_finish(exporter, &why), 0);
	(void)printed_end(&printed);
	if (ret_bytes)
		*ret_bytes = printed.bytes;
	return printed.text;
}

/* A stream that takes no more is a failure, with a reason. */
static inline void export_fails_when_full(enum export_format format, const struct stream *stream)
{
	static const struct export_options none = {};
	owns(exporter_free) struct exporter *exporter = NULL;
	struct diag why = {};
	FILE *full = printed_nowhere();
	int r = 0;

	assert_int_equal(exporter_new(format, &none, full, &exporter, &why), 0);
	for (size_t i = 0; i < stream->items.count && r == 0; i++)
		r = exporter_take(exporter, stream->items.items[i].event, &why);
	if (r == 0)
		r = exporter_finish(exporter, &why);
	assert_true(r < 0);
	assert_non_null(strstr(why.text, "cannot write the export"));
	(void)fclose(full);
}

#endif
