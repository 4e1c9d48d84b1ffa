/* How is every call below a function seen? The tracer is told what to trace, and what each CPU has
 * recorded is kept page by page. */
#include "probe/graph_trace.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probe/graph_file.h"
#include "probe/graph_settings.h"
#include "probe/tracefs.h"

enum limits {
	BUFFER_KB_ALL = 65536, /* of all CPUs together */
	BUFFER_KB_MAX = 16384,
	BUFFER_KB_MIN = 512,
};

struct graph_trace {
	struct graph_settings settings;
	struct graph_pages *cpus; /* owned */
	size_t cpu_count;
	unsigned int functions;
	unsigned char *page; /* owned */
	size_t page_bytes;
	uint64_t bytes;
};

static int fail(const struct graph_trace *trace, const char *name, int r, struct diag *why)
{
	return diag_set(why, r, "cannot set %s/%s: %s", trace->settings.folder, name, strerror(-r));
}

static int set(struct graph_trace *trace, const char *name, const char *text, struct diag *why)
{
	int r = tracefs_write(trace->settings.folder, name, text);

	return r < 0 ? fail(trace, name, r, why) : 0;
}

/* --- what to trace --- */

static int choose_functions(struct graph_trace *trace, const char *function, struct diag *why)
{
	owns(own_free) char *chosen = NULL;
	char line[TRACEFS_PATH_BYTES];
	int r;

	/* A word is taken when it has ended. */
	if (snprintf(line, sizeof(line), "%s\n", function) >= (int)sizeof(line))
		return diag_set(why, -ENAMETOOLONG, "the name of the function is too long");
	r = tracefs_write(trace->settings.folder, "set_graph_function", line);
	if (r == -EINVAL)
		return diag_set(
			why, r,
			"there is no function %s that can be traced: see available_filter_functions in "
			"%s",
			function, trace->settings.folder);
	if (r < 0)
		return fail(trace, "set_graph_function", r, why);
	r = tracefs_read(trace->settings.folder, "set_graph_function", &chosen);
	if (r < 0)
		return fail(trace, "set_graph_function", r, why);
	trace->functions = 1;
	for (const char *end = strchr(chosen, '\n'); end && end[1]; end = strchr(end + 1, '\n'))
		trace->functions++;
	return 0;
}

/* Each thread by itself: a thread number stands for nothing but that thread. */
static int choose_process(struct graph_trace *trace, uint32_t tgid, struct diag *why)
{
	char path[64], text[32];
	struct dirent *entry;
	DIR *tasks;
	int r = 0;

	(void)snprintf(path, sizeof(path), "/proc/%u/task", tgid);
	tasks = opendir(path);
	if (!tasks)
		return diag_set(why, -errno, "process %u: %s", tgid, strerror(errno));
	while (r == 0 && (entry = readdir(tasks))) {
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(text, sizeof(text), "%.16s ", entry->d_name);
		r = tracefs_append(trace->settings.folder, "set_ftrace_pid", text);
		if (r == 0)
			r = tracefs_append(trace->settings.folder, "set_event_pid", text);
		if (r < 0)
			r = fail(trace, "set_ftrace_pid", r, why);
	}
	(void)closedir(tasks);
	return r;
}

static int choose_target(struct graph_trace *trace, const struct graph_trace_options *options,
			 struct diag *why)
{
	int r = 0;

	if (options->tgid_count)
		r = set(trace, "options/function-fork", "1", why);
	if (r == 0 && options->tgid_count)
		r = set(trace, "options/event-fork", "1", why);
	for (size_t i = 0; i < options->tgid_count && r == 0; i++)
		r = choose_process(trace, options->tgids[i], why);
	return r;
}

/* --- where it goes --- */

static size_t possible_cpus(void)
{
	long count = sysconf(_SC_NPROCESSORS_CONF);

	return count > 0 ? (size_t)count : 1;
}

static unsigned long buffer_kb(void)
{
	unsigned long kb = BUFFER_KB_ALL / possible_cpus();

	return kb > BUFFER_KB_MAX ? BUFFER_KB_MAX : kb < BUFFER_KB_MIN ? BUFFER_KB_MIN : kb;
}

/* Pages are the machine's, or what newer kernels (6.8) were told they be. */
static size_t page_bytes_of(const char *folder)
{
	owns(own_free) char *text = NULL;
	unsigned long kb = 0;

	if (tracefs_read(folder, "buffer_subbuf_size_kb", &text) == 0)
		kb = strtoul(text, NULL, 10);
	return kb && kb <= 1024 ? kb * 1024 : (size_t)sysconf(_SC_PAGESIZE);
}

static int open_cpus(struct graph_trace *trace, struct diag *why)
{
	size_t count = possible_cpus();
	int r = 0;

	trace->page_bytes = page_bytes_of(trace->settings.folder);
	trace->page = malloc(trace->page_bytes);
	trace->cpus = calloc(count, sizeof(*trace->cpus));
	if (!trace->page || !trace->cpus)
		return diag_set(why, -ENOMEM, "out of memory");
	for (; trace->cpu_count < count && r == 0; trace->cpu_count++) {
		trace->cpus[trace->cpu_count] = GRAPH_PAGES_NONE;
		r = graph_pages_open(&trace->cpus[trace->cpu_count], trace->settings.folder,
				     (unsigned int)trace->cpu_count, why);
	}
	return r;
}

static int prepare(struct graph_trace *trace, const struct graph_trace_options *options,
		   struct diag *why)
{
	char kb[32];
	int r = set(trace, "tracing_on", "0", why);

	if (r == 0)
		r = set(trace, "trace_clock", "mono", why);
	(void)snprintf(kb, sizeof(kb), "%lu", buffer_kb());
	if (r == 0)
		r = set(trace, "buffer_size_kb", kb, why);
	if (r == 0)
		r = choose_functions(trace, options->function, why);
	if (r == 0)
		r = choose_target(trace, options, why);
	/* When a call's thread was off its CPU. */
	if (r == 0)
		r = set(trace, "events/sched/sched_switch/enable", "1", why);
	/* It takes seconds where tens of thousands of functions are patched. */
	if (r == 0)
		r = set(trace, "current_tracer", "function_graph", why);
	/* Only now: while somebody reads, the tracer stays what it is. */
	return r < 0 ? r : open_cpus(trace, why);
}

int graph_trace_new(const struct graph_trace_options *options, struct graph_trace **ret,
		    struct diag *why)
{
	owns(graph_trace_free) struct graph_trace *trace = calloc(1, sizeof(*trace));
	int r;

	if (!trace)
		return diag_set(why, -ENOMEM, "out of memory");
	trace->settings = (struct graph_settings)GRAPH_SETTINGS_NONE;
	r = graph_settings_take(options->tracefs, &trace->settings, why);
	if (r == 0)
		r = prepare(trace, options, why);
	if (r < 0)
		return r;
	*ret = give(trace);
	return 0;
}

unsigned int graph_trace_leftovers(const char *tracefs)
{
	return graph_settings_stale(tracefs, false);
}

unsigned int graph_trace_functions(const struct graph_trace *trace)
{
	return trace->functions;
}

int graph_trace_start(struct graph_trace *trace, struct diag *why)
{
	return set(trace, "tracing_on", "1", why);
}

/* --- what was recorded --- */

int graph_trace_drain(struct graph_trace *trace, struct diag *why)
{
	int r = 1;

	for (size_t i = 0; i < trace->cpu_count && r >= 0; i++) {
		for (r = 1; r > 0 && trace->bytes < GRAPH_TRACE_BYTES_MAX;) {
			r = graph_pages_take(&trace->cpus[i], trace->page, trace->page_bytes, why);
			trace->bytes += r > 0 ? trace->page_bytes : 0;
		}
	}
	return r < 0 ? r : 0;
}

/* Before the settings are put back: see prepare(). */
static void close_cpus(struct graph_trace *trace)
{
	for (size_t i = 0; i < trace->cpu_count; i++)
		graph_pages_close(&trace->cpus[i]);
}

int graph_trace_finish(struct graph_trace *trace, int fd, struct diag *why)
{
	struct graph_file file = {
		.fd = fd,
		.folder = trace->settings.folder,
		.cpus = trace->cpus,
		.cpu_count = trace->cpu_count,
		.page_bytes = trace->page_bytes,
	};
	int r = set(trace, "tracing_on", "0", why);

	if (r == 0)
		r = graph_trace_drain(trace, why);
	if (r == 0 && !trace->bytes)
		return diag_set(why, -ENODATA, "not one call was seen");
	/* Formats and losses are read while they still stand there. */
	if (r == 0)
		r = graph_file_write(&file, why);
	close_cpus(trace);
	return r < 0 ? r : graph_settings_give_back(&trace->settings, why);
}

void graph_trace_free(struct graph_trace **trace_pointer)
{
	struct graph_trace *trace = *trace_pointer;

	*trace_pointer = NULL;
	if (!trace)
		return;
	close_cpus(trace);
	graph_settings_end(&trace->settings);
	free(trace->cpus);
	free(trace->page);
	free(trace);
}
