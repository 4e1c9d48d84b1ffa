/* Can any file make the reader of perf.data crash, read astray, loop, or tell an unsound event? */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/array.h"
#include "event/event.h"
#include "import/perf_data.h"
#include "unit/import/formats.h"
#include "unit/import/image.h"

/* libFuzzer's name for it. NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* Sound, and never before the one before. */
static int take(void *self, const struct event *event, struct diag *why)
{
	uint64_t *told_ns = self;

	check(event_is_sound(event, event->bytes) && event_kind_name(event->kind));
	check(event->time_ns >= *told_ns);
	*told_ns = event->time_ns;
	return 0;
}

/* The bytes as records of events whose samples have the fields that the first bytes say. */
static void wrap(struct bytes *file, const uint8_t *data, size_t size, bool is_traced)
{
	struct attr attrs[6] = {};
	struct bytes records = { .swap = size > 0 && data[0] & 1 }, formats = {};
	const struct feature feature = { PERF_FEAT_TRACING_DATA, &formats };
	uint32_t fields = 0;

	if (size >= 5) {
		memcpy(&fields, data + 1, sizeof(fields));
		data += 5;
		size -= 5;
	}
	for (size_t i = 0; i < array_count(attrs); i++)
		attrs[i] = (struct attr){
			.type = is_traced ? PERF_ATTR_TRACEPOINT : i,
			.config = is_traced ? i + 1 : 0,
			.sample_type = fields | (is_traced ? PERF_SAMPLE_HAS_RAW | USUAL |
								     PERF_SAMPLE_HAS_IDENTIFIER
							   : 0),
			.read_format = fields >> 25,
			.flags = PERF_FLAG_SAMPLE_ID_ALL,
			.id = i + 1
		};
	add(&records, data, size);
	formats.swap = records.swap;
	make_formats(&formats);
	if (is_traced)
		make_file(file, attrs, array_count(attrs), &records, &feature, 1);
	else
		make_pipe(file, attrs, 1 + (fields & 1), &records);
	bytes_free(&records);
	bytes_free(&formats);
}

/* The first byte says how the others become a file. */
static void make(struct bytes *file, const uint8_t *data, size_t size)
{
	unsigned int way = size > 0 ? data[0] % 3 : 0;

	if (size > 0) {
		data++;
		size--;
	}
	if (way == 0)
		add(file, data, size);
	else
		wrap(file, data, size, way == 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes file = {};
	struct perf_data *perf = NULL;
	struct diag why = {};
	uint64_t told_ns = 0;
	const struct event_sink sink = { .take = take, .self = &told_ns };
	int fd = memfd_create("perf.data", 0);
	int r;

	check(fd >= 0);
	make(&file, data, size);
	check(write(fd, file.at, file.count) == (ssize_t)file.count);
	check(lseek(fd, 0, SEEK_SET) == 0);
	r = perf_data_open(fd, "file", &perf, &why);
	if (r == 0)
		r = perf_data_read(perf, &sink, &why);
	check(r == 0 || why.text[0]);
	perf_data_free(&perf);
	bytes_free(&file);
	close(fd);
	return 0;
}
