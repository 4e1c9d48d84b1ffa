/* Can any text make the reader of ftrace's lines crash, read astray, or tell an unsound event? */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "analyse/call_graph.h"
#include "import/ftrace_text.h"

/* libFuzzer's name for it. NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

struct told {
	uint64_t newest_ns;
	struct call_graph *graphs[2];
};

/* Sound, and never before the one before. */
static int take(void *self, const struct event *event, struct diag *why)
{
	struct told *told = self;

	check(event_is_sound(event, event->bytes) && event_kind_name(event->kind));
	check(event->time_ns >= told->newest_ns);
	told->newest_ns = event->time_ns;
	for (size_t i = 0; i < 2; i++)
		check(call_graph_take(told->graphs[i], event, why) == 0);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct call_graph_options ALL = { .min_share = 0.005 };
	static const struct call_graph_options ONE = { .function = "f",
						       .slowest = 2,
						       .is_each = true };
	struct told told = {};
	const struct event_sink sink = { .take = take, .self = &told };
	struct ftrace_text text;
	struct diag why = {};
	int fd = memfd_create("trace.txt", 0), r;

	check(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	check(call_graph_new(&ALL, &told.graphs[0]) == 0);
	check(call_graph_new(&ONE, &told.graphs[1]) == 0);
	r = ftrace_text_read(fd, "text", &sink, &text, &why);
	check(r == 0 || why.text[0]);
	for (size_t i = 0; i < 2; i++) {
		struct call_report *report = NULL;

		why = (struct diag){};
		if (r == 0 && call_graph_report(told.graphs[i], &report, &why) == 0)
			call_report_free(&report);
		call_graph_free(&told.graphs[i]);
	}
	close(fd);
	return 0;
}
