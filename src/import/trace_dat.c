/* What did trace-cmd record? The records of all CPUs are merged by their times, and each is handed
 * to those who rebuild the calls. */
#include "import/trace_dat.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/facts.h"
#include "import/fgraph.h"
#include "import/interrupts.h"
#include "import/trace_file.h"
#include "import/trace_guests.h"
#include "import/trace_pages.h"
#include "import/trace_threads.h"

/* Of all blocks that are read at once. */
#define HELD_BYTES      ((size_t)32 << 20)
#define BLOCK_BYTES_MAX ((size_t)64 << 10)

/* include/linux/trace_events.h */
enum {
	FLAG_HARD_IRQ = 0x08,
	FLAG_SOFT_IRQ = 0x10,
	FLAG_NMI = 0x40,
};

__extension__ typedef unsigned __int128 wide;

struct trace_dat {
	char *path; /* owned */
	struct trace_file file;
	struct perf_page_head head;
	struct perf_formats formats;
	const struct perf_format *entries[2]; /* NULL: there are none */
	const struct perf_format *exit;
	const struct perf_format *change; /* sched_switch */
	bool has_times_of_exits;
	bool is_local; /* the records' clock is the one that the kernel times calls by */
	struct trace_pool pool;
	struct trace_pages *streams; /* owned; one for each CPU with data */
	size_t stream_count;
	struct trace_pages **heap; /* owned: the stream with the oldest record first */
	size_t heap_count;
	struct trace_threads threads;
	struct interrupts interrupts;
	char *kallsyms; /* owned: until it is asked for; NULL: not read, or given away */
	size_t kallsyms_bytes;
	struct fgraph *graph;
	bool wants_guests; /* exits of guests are told instead of calls */
	struct trace_guests guests;
	struct perf_out out;
	uint64_t newest_ns;
	uint64_t lost; /* records, as the pages tell */
	char damage[256];
};

static int no_memory(struct diag *why)
{
	return diag_set(why, -ENOMEM, "out of memory");
}

/* --- before the records --- */

static int read_head(struct trace_dat *dat, struct diag *why)
{
	owns(own_free) unsigned char *bytes = NULL;
	struct perf_bytes data = { .swap = dat->file.swap };
	int r = trace_file_part(&dat->file, TRACE_PAGE_HEAD, &bytes, &data.left, why);

	data.at = bytes;
	if (r == 0)
		r = perf_formats_read_page(&data, &dat->head);
	if (r == -ENOMEM)
		return no_memory(why);
	return r < 0 ? diag_set(why, r, "%s is damaged: it does not say how its pages begin",
				dat->path)
		     : 0;
}

static int read_formats(struct trace_dat *dat, struct diag *why)
{
	owns(own_free) unsigned char *ftrace = NULL, *systems = NULL;
	struct perf_bytes first = { .swap = dat->file.swap }, second = first;
	int r = trace_file_part(&dat->file, TRACE_FTRACE_FORMATS, &ftrace, &first.left, why);

	if (r == 0)
		r = trace_file_part(&dat->file, TRACE_FORMATS, &systems, &second.left, why);
	if (r < 0)
		return r;
	first.at = ftrace;
	second.at = systems;
	/* What breaks off is of no use from there on; what stood before is. */
	r = perf_formats_read_ftrace(&dat->formats, &first);
	if (r != -ENOMEM)
		r = perf_formats_read_systems(&dat->formats, &second);
	return r == -ENOMEM ? no_memory(why) : 0;
}

static void find_formats(struct trace_dat *dat)
{
	size_t entries = 0;

	for (size_t i = 0; i < dat->formats.items.count; i++) {
		const struct perf_format *format = &dat->formats.items.items[i];

		if (format->point == PERF_POINT_GRAPH_ENTRY && entries < 2)
			dat->entries[entries++] = format;
		if (format->point == PERF_POINT_GRAPH_EXIT)
			dat->exit = format;
		if (format->point == PERF_POINT_SWITCH)
			dat->change = format;
	}
	dat->is_local = !dat->file.clock[0] || strcmp(dat->file.clock, "local") == 0;
	dat->has_times_of_exits = dat->exit &&
				  perf_field_is_there(dat->exit, PERF_FIELD_CALLTIME) &&
				  perf_field_is_there(dat->exit, PERF_FIELD_RETTIME);
}

static int begin_streams(struct trace_dat *dat, struct diag *why)
{
	size_t page_bytes = dat->head.data.offset + dat->head.data.size;
	size_t count = dat->file.cpus.count;
	size_t pages = HELD_BYTES / count / page_bytes;

	if (pages > BLOCK_BYTES_MAX / page_bytes)
		pages = BLOCK_BYTES_MAX / page_bytes;
	dat->pool.block_bytes = (pages ?: 1) * page_bytes;
	dat->streams = calloc(count, sizeof(*dat->streams));
	dat->heap = calloc(count, sizeof(struct trace_pages *));
	if (!dat->streams || !dat->heap)
		return no_memory(why);
	for (size_t i = 0; i < count; i++) {
		if (trace_pages_begin(&dat->streams[i], &dat->file, &dat->head, &dat->pool,
				      &dat->file.cpus.items[i]) < 0)
			return no_memory(why);
		dat->stream_count++;
	}
	return 0;
}

int trace_dat_open(int fd, const char *path, struct trace_dat **ret, struct diag *why)
{
	owns(trace_dat_free) struct trace_dat *dat = calloc(1, sizeof(*dat));
	int r;

	if (!dat || !(dat->path = strdup(path)))
		return no_memory(why);
	r = trace_file_open(fd, dat->path, &dat->file, why);
	if (r == 0)
		r = read_head(dat, why);
	if (r == 0)
		r = read_formats(dat, why);
	if (r == 0)
		r = begin_streams(dat, why);
	if (r < 0)
		return r;
	find_formats(dat);
	*ret = give(dat);
	return 0;
}

void trace_dat_free(struct trace_dat **dat)
{
	struct trace_dat *old = give(*dat);

	if (!old)
		return;
	for (size_t i = 0; i < old->stream_count; i++)
		trace_pages_clear(&old->streams[i]);
	free(old->kallsyms);
	free(old->streams);
	free(old->heap);
	trace_pool_clear(&old->pool);
	fgraph_free(&old->graph);
	trace_guests_clear(&old->guests);
	trace_threads_clear(&old->threads);
	perf_formats_free(&old->formats);
	trace_file_clear(&old->file);
	free(old->path);
	free(old);
}

int trace_dat_kallsyms(struct trace_dat *dat, char **ret, size_t *ret_bytes, struct diag *why)
{
	unsigned char *bytes = NULL;
	size_t count = 0;
	int r;

	if (dat->kallsyms) {
		*ret = give(dat->kallsyms);
		*ret_bytes = dat->kallsyms_bytes;
		return 0;
	}
	r = trace_file_part(&dat->file, TRACE_KALLSYMS, &bytes, &count, why);
	if (r < 0)
		return r;
	if (count <= sizeof(uint32_t)) {
		free(bytes);
		return diag_set(why, -ENODATA, "%s has no /proc/kallsyms in it", dat->path);
	}
	count -= sizeof(uint32_t);
	memmove(bytes, bytes + sizeof(uint32_t), count);
	*ret = (char *)bytes;
	*ret_bytes = count;
	return 0;
}

const char *trace_dat_damage(const struct trace_dat *dat)
{
	return dat->damage[0] ? dat->damage : NULL;
}

/* --- the streams in order of time --- */

static bool is_older(const struct trace_pages *a, const struct trace_pages *b)
{
	return a->time != b->time ? a->time < b->time : a->cpu < b->cpu;
}

static void sift_down(struct trace_dat *dat, size_t at)
{
	struct trace_pages **heap = dat->heap, *moved = heap[at];

	for (;;) {
		size_t child = 2 * at + 1;

		if (child + 1 < dat->heap_count && is_older(heap[child + 1], heap[child]))
			child++;
		if (child >= dat->heap_count || is_older(moved, heap[child]))
			break;
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = moved;
}

static int fill_heap(struct trace_dat *dat, struct diag *why)
{
	for (size_t i = 0; i < dat->stream_count; i++) {
		int r = trace_pages_next(&dat->streams[i]);

		if (r < 0)
			return no_memory(why);
		if (r > 0)
			dat->heap[dat->heap_count++] = &dat->streams[i];
	}
	for (size_t i = dat->heap_count / 2; i-- > 0;)
		sift_down(dat, i);
	return 0;
}

/* --- records --- */

/* The clock's ticks as nanoseconds. */
static uint64_t to_ns(const struct trace_file *file, uint64_t ticks)
{
	if (!file->has_tsc || strcmp(file->clock, "x86-tsc") != 0)
		return ticks;
	return (uint64_t)((wide)ticks * file->tsc_factor >> file->tsc_shift) + file->tsc_offset;
}

/* A field of a record as a number: most of the time it takes to read a file is spent here. */
static inline uint64_t field(const struct perf_format *format, enum perf_field_id id,
			     struct perf_bytes raw)
{
	const struct perf_field *field = &format->fields[id];
	const unsigned char *at = raw.at + field->offset;

	if ((size_t)field->offset + field->size > raw.left)
		return 0;
	switch (field->size) {
	case 1:
		return at[0];
	case 2:
		return perf_load_u16(at, raw.swap);
	case 4:
		return perf_load_u32(at, raw.swap);
	case 8:
		return perf_load_u64(at, raw.swap);
	default:
		return perf_field_number(format, id, raw);
	}
}

static enum fgraph_level level_of(uint64_t flags)
{
	if (flags & FLAG_NMI)
		return FGRAPH_NMI;
	if (flags & FLAG_HARD_IRQ)
		return FGRAPH_HARD_IRQ;
	return flags & FLAG_SOFT_IRQ ? FGRAPH_SOFT_IRQ : FGRAPH_TASK;
}

static inline void read_record(const struct perf_format *format, struct perf_bytes raw,
			       struct fgraph_record *record)
{
	record->tid = (uint32_t)field(format, PERF_FIELD_TASK, raw);
	record->function = field(format, PERF_FIELD_FUNC, raw);
	record->depth = (int32_t)field(format, PERF_FIELD_DEPTH, raw);
	record->level = level_of(field(format, PERF_FIELD_FLAGS, raw));
	if (record->depth < 0)
		record->depth = 0;
}

/* The kernel takes these times from its own clock, whatever the records' is: then only the
 * difference is of use. */
static void read_times(const struct trace_dat *dat, struct perf_bytes raw,
		       struct fgraph_record *record)
{
	uint64_t start_ns, end_ns;

	if (!dat->has_times_of_exits)
		return;
	start_ns = field(dat->exit, PERF_FIELD_CALLTIME, raw);
	end_ns = field(dat->exit, PERF_FIELD_RETTIME, raw);
	if (end_ns < start_ns)
		return;
	if (dat->is_local) {
		record->start_ns = start_ns;
		record->end_ns = end_ns;
	} else {
		record->duration_ns = end_ns - start_ns;
	}
}

static int take_switch(struct trace_dat *dat, const struct fgraph_record *record,
		       struct perf_bytes raw, struct diag *why)
{
	const struct fgraph_switch change = {
		.time_ns = record->time_ns,
		.cpu = record->cpu,
		.from_tid = (uint32_t)perf_field_number(dat->change, PERF_FIELD_PREV_PID, raw),
		.to_tid = (uint32_t)perf_field_number(dat->change, PERF_FIELD_NEXT_PID, raw),
	};
	char comm[16];
	int r;

	perf_field_text(dat->change, PERF_FIELD_NEXT_COMM, raw, comm, sizeof(comm));
	r = trace_threads_hint(&dat->threads, change.to_tid, comm, &dat->out, why);
	return r < 0 ? r : fgraph_switch(dat->graph, &change, why);
}

static int take_record(struct trace_dat *dat, const struct trace_pages *stream, uint64_t time_ns,
		       struct diag *why)
{
	struct perf_bytes raw = { .at = stream->data,
				  .left = stream->bytes,
				  .swap = dat->file.swap };
	struct fgraph_record record = {
		.time_ns = time_ns,
		.start_ns = FGRAPH_NOT_TOLD,
		.end_ns = FGRAPH_NOT_TOLD,
		.duration_ns = FGRAPH_NOT_TOLD,
		.cpu = stream->cpu,
	};
	uint64_t type;

	if (dat->wants_guests)
		return trace_guests_take(&dat->guests, raw, time_ns, &dat->out, why);
	type = field(dat->exit, PERF_FIELD_TYPE, raw);
	if (type == dat->exit->id) {
		read_record(dat->exit, raw, &record);
		read_times(dat, raw, &record);
		record.has_result = perf_field_is_there(dat->exit, PERF_FIELD_RETVAL);
		record.result = (int64_t)field(dat->exit, PERF_FIELD_RETVAL, raw);
		return fgraph_exit(dat->graph, &record, why);
	}
	for (size_t i = 0; i < 2; i++) {
		if (!dat->entries[i] || type != dat->entries[i]->id)
			continue;
		read_record(dat->entries[i], raw, &record);
		if (record.level == FGRAPH_TASK)
			record.level = interrupts_find(&dat->interrupts, record.function);
		return fgraph_enter(dat->graph, &record, why);
	}
	if (dat->change && type == dat->change->id)
		return take_switch(dat, &record, raw, why);
	return 0;
}

/* Of this CPU records were lost behind that moment: see fgraph_lose(). */
static int lose(struct trace_dat *dat, const struct trace_pages *stream, uint64_t time_ns,
		struct diag *why)
{
	struct event_loss loss = {
		.head = PERF_EVENT_HEAD(event_loss, LOSS, time_ns),
		.what = LOSS_SAMPLE,
		.count = stream->lost,
	};

	if (!stream->lost)
		return 0;
	dat->lost += stream->lost;
	if (!dat->wants_guests)
		return fgraph_lose(dat->graph, stream->cpu, time_ns, stream->lost, why);
	guest_exits_forget(&dat->guests.exits);
	return perf_tell(&dat->out, &loss, why);
}

/* The oldest record of all. That more were lost behind it has to be known with it, not later. */
static int take_oldest(struct trace_dat *dat, struct diag *why)
{
	struct trace_pages *stream = dat->heap[0];
	uint64_t time_ns = to_ns(&dat->file, stream->time);
	int r = take_record(dat, stream, time_ns, why);

	if (r < 0)
		return r;
	dat->newest_ns = time_ns;
	r = trace_pages_next(stream);
	if (r < 0)
		return no_memory(why);
	if (r == 0)
		dat->heap[0] = dat->heap[--dat->heap_count];
	if (dat->heap_count)
		sift_down(dat, 0);
	return lose(dat, stream, time_ns, why);
}

/* --- begin and end --- */

/* The first functions of an interrupt are entered before its records have its marks. */
static int find_interrupts(struct trace_dat *dat, struct diag *why)
{
	char *text = NULL;
	size_t bytes = 0;
	int r = trace_dat_kallsyms(dat, &text, &bytes, why);

	if (r == 0)
		interrupts_read(&dat->interrupts, text, bytes);
	dat->kallsyms = text;
	dat->kallsyms_bytes = bytes;
	if (r != -ENODATA)
		return r;
	diag_clear(why);
	return 0;
}

static int tell_begin(struct trace_dat *dat, struct diag *why)
{
	struct event_watch watch = {
		.head = PERF_EVENT_HEAD(event_watch, WATCH, dat->out.told_ns),
		.target = WATCH_MACHINE,
		.cpus = dat->file.cpu_count ?: (uint32_t)dat->file.cpus.count,
	};
	const struct event_sink *sink = &dat->out.sink;
	uint64_t now_ns = dat->out.told_ns;
	int r = perf_tell(&dat->out, &watch, why);

	if (r == 0 && dat->wants_guests)
		r = fact_tell(sink, now_ns, why, "facility.guest_exits",
			      "tracepoints of KVM, as trace-cmd recorded them");
	else if (r == 0)
		r = fact_tell(sink, now_ns, why, "facility.calls",
			      "function_graph, as trace-cmd recorded it");
	if (r == 0)
		r = fact_tell(sink, now_ns, why, "clock", "%s",
			      dat->file.clock[0] ? dat->file.clock : "local");
	if (r == 0 && dat->file.system[0])
		r = fact_tell(sink, now_ns, why, "kernel.system", "%s", dat->file.system);
	if (r == 0 && !dat->change && !dat->wants_guests)
		r = fact_tell(sink, now_ns, why, "missing.calls.switches",
			      "how much of a call its thread was off its CPU: that takes "
			      "trace-cmd record with -e sched:sched_switch");
	if (r == 0 && dat->file.instances)
		r = fact_tell(sink, now_ns, why, "missing.calls.instances",
			      "%" PRIu32 " more buffers of the same file", dat->file.instances);
	return r;
}

static int tell_commands(struct trace_dat *dat, struct diag *why)
{
	owns(own_free) unsigned char *bytes = NULL;
	size_t count = 0;
	int r = trace_file_part(&dat->file, TRACE_COMMANDS, &bytes, &count, why);

	if (r < 0 || count <= sizeof(uint64_t))
		return r;
	return trace_threads_read(&dat->threads, (const char *)bytes + sizeof(uint64_t),
				  count - sizeof(uint64_t), &dat->out, why);
}

/* Of a CPU that lost records before its first one is not known what was open there. */
static int tell_first_losses(struct trace_dat *dat, struct diag *why)
{
	int r = 0;

	for (size_t i = 0; i < dat->stream_count && r == 0; i++)
		r = lose(dat, &dat->streams[i], 0, why);
	return r;
}

/* The kernel counts what it overwrote; not all pages have room for how many records it was. */
static int tell_rest_of_losses(struct trace_dat *dat, struct diag *why)
{
	struct event_loss loss = {
		.head = PERF_EVENT_HEAD(event_loss, LOSS, dat->out.told_ns),
		.what = dat->wants_guests ? LOSS_SAMPLE : LOSS_CALL,
	};

	for (size_t i = 0; i < dat->file.cpus.count; i++)
		loss.count += dat->file.cpus.items[i].overrun;
	if (loss.count <= dat->lost)
		return 0;
	loss.count -= dat->lost;
	return perf_tell(&dat->out, &loss, why);
}

static int tell_end(struct trace_dat *dat, struct diag *why)
{
	const struct fgraph_odds odds = fgraph_odds(dat->graph);
	struct event_watch_end end = {
		.head = PERF_EVENT_HEAD(event_watch_end, WATCH_END, dat->out.told_ns),
	};
	size_t cut = dat->file.is_cut;
	int r = 0;

	for (size_t i = 0; i < dat->stream_count; i++)
		cut += dat->streams[i].is_cut;
	if (cut)
		(void)snprintf(dat->damage, sizeof(dat->damage),
			       "%.150s is cut or damaged: not all of its records can be read",
			       dat->path);
	if (odds.left_out)
		r = fact_tell(&dat->out.sink, dat->out.told_ns, why, "missing.calls.room",
			      "%" PRIu64 " entries and exits found no room", odds.left_out);
	if (r == 0)
		r = tell_rest_of_losses(dat, why);
	return r < 0 ? r : perf_tell(&dat->out, &end, why);
}

static int begin(struct trace_dat *dat, struct diag *why)
{
	int r = dat->wants_guests ? 0 : find_interrupts(dat, why);

	if (r == 0)
		r = tell_begin(dat, why);
	if (r == 0)
		r = tell_commands(dat, why);
	return r < 0 ? r : tell_first_losses(dat, why);
}

/* What was recorded is told: what is open, and the end. */
static int finish(struct trace_dat *dat, struct diag *why)
{
	int r = dat->wants_guests
			? guest_exits_finish(&dat->guests.exits, dat->newest_ns, &dat->out, why)
			: fgraph_finish(dat->graph, dat->newest_ns, why);

	return r < 0 ? r : tell_end(dat, why);
}

static int read_all(struct trace_dat *dat, const struct event_sink *sink, struct diag *why)
{
	const struct fgraph_options options = { .has_clock = true };
	int r = fill_heap(dat, why);

	if (r < 0)
		return r;
	dat->out.sink = *sink;
	dat->out.begin_ns = dat->out.told_ns =
		dat->heap_count ? to_ns(&dat->file, dat->heap[0]->time) : 0;
	if (fgraph_new(&options, &dat->out, &dat->graph) < 0)
		return no_memory(why);
	r = begin(dat, why);
	while (r == 0 && dat->heap_count)
		r = take_oldest(dat, why);
	return r < 0 ? r : finish(dat, why);
}

int trace_dat_read(struct trace_dat *dat, const struct event_sink *sink, struct diag *why)
{
	if (!dat->entries[0] || !dat->exit)
		return diag_set(
			why, -EBADMSG,
			"%s has no calls: record them with 'trace-cmd record -p function_graph'",
			dat->path);
	return read_all(dat, sink, why);
}

int trace_dat_read_guests(struct trace_dat *dat, const struct event_sink *sink, struct diag *why)
{
	bool has_formats = trace_guests_find(&dat->guests, &dat->formats);
	int r;

	dat->wants_guests = true;
	dat->threads.are_of_no_process = true;
	r = has_formats ? read_all(dat, sink, why) : 0;
	if (r == 0 && !dat->guests.records)
		r = diag_set(
			why, -EBADMSG,
			"%s has no exits of guests: record them with 'trace-cmd record -e kvm'",
			dat->path);
	return r;
}
