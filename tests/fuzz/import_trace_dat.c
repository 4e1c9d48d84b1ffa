/* Can any file make the reader of trace.dat crash, read astray, loop, or tell an unsound event? */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "analyse/call_graph.h"
#include "analyse/kvm.h"
#include "import/trace_dat.h"
#include "unit/import/trace_image.h"

/* libFuzzer's name for it. NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

struct told {
	uint64_t newest_ns;
	struct call_graph *graph;
	struct kvm *kvm;
};

/* Sound, and never before the one before. */
static int take(void *self, const struct event *event, struct diag *why)
{
	struct told *told = self;

	check(event_is_sound(event, event->bytes) && event_kind_name(event->kind));
	check(event->time_ns >= told->newest_ns);
	told->newest_ns = event->time_ns;
	check(!told->graph || call_graph_take(told->graph, event, why) == 0);
	check(!told->kvm || kvm_take(told->kvm, event, why) == 0);
	return 0;
}

/* The same file as one of guests. */
static void read_guests(int fd)
{
	struct told told = {};
	const struct event_sink sink = { .take = take, .self = &told };
	struct kvm_report *report = NULL;
	struct trace_dat *dat = NULL;
	struct diag why = {};
	int r = trace_dat_open(fd, "file", &dat, &why);

	check(kvm_new(&told.kvm) == 0);
	if (r == 0)
		r = trace_dat_read_guests(dat, &sink, &why);
	check(r == 0 || why.text[0]);
	if (r == 0 && kvm_report(told.kvm, &report, &why) == 0)
		kvm_report_free(&report);
	kvm_free(&told.kvm);
	trace_dat_free(&dat);
}

/* The bytes as the pages of two CPUs: a page's length is put right, so that they are read. */
static void wrap(struct bytes *file, const uint8_t *data, size_t size, unsigned int way)
{
	struct bytes pages[2] = {};
	const struct trace_image image = { 6 + (way & 1), way & 2 ? "zstd" : "none", way & 4, pages,
					   2 };

	for (size_t cpu = 0; cpu < 2; cpu++) {
		size_t half = size / 2, begin = cpu ? half : 0;
		size_t count = cpu ? size - half : half;
		struct trace_page page = { .bytes = &pages[cpu] };

		pages[cpu].swap = image.swap;
		if (count > TRACE_PAGE - TRACE_PAGE_HEAD_BYTES)
			count = TRACE_PAGE - TRACE_PAGE_HEAD_BYTES;
		page_open(&page, 1000 + cpu, way & 8);
		add(&pages[cpu], data + begin, count);
		page_close(&page);
	}
	trace_image_make(file, &image);
	for (size_t cpu = 0; cpu < 2; cpu++)
		bytes_free(&pages[cpu]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct call_graph_options ALL = { .min_share = 0.005 };
	struct told told = {};
	const struct event_sink sink = { .take = take, .self = &told };
	struct call_report *report = NULL;
	struct trace_dat *dat = NULL;
	struct bytes file = {};
	struct diag why = {};
	size_t bytes;
	char *text = NULL;
	int fd = memfd_create("trace.dat", 0), r;

	/* The first byte says how the others become a file. */
	if (size && data[0] & 1)
		wrap(&file, data + 1, size - 1, data[0] >> 1);
	else if (size)
		add(&file, data + 1, size - 1);
	check(fd >= 0 && write(fd, file.at, file.count) == (ssize_t)file.count);
	check(call_graph_new(&ALL, &told.graph) == 0);
	r = trace_dat_open(fd, "file", &dat, &why);
	if (r == 0 && trace_dat_kallsyms(dat, &text, &bytes, &why) == 0)
		free(text);
	if (r == 0)
		r = trace_dat_read(dat, &sink, &why);
	check(r == 0 || why.text[0]);
	why = (struct diag){};
	if (r == 0 && call_graph_report(told.graph, &report, &why) == 0)
		call_report_free(&report);
	call_graph_free(&told.graph);
	trace_dat_free(&dat);
	read_guests(fd);
	bytes_free(&file);
	close(fd);
	return 0;
}
