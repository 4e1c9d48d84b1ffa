/* What does a text of ftrace say? Read twice: first for what has to be known before the line that
 * says it, then line by line. */
#include "import/ftrace_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/array.h"
#include "base/hash.h"
#include "host/facts.h"
#include "import/ftrace_line.h"
#include "import/interrupts.h"
#include "import/text_lines.h"
#include "import/trace_threads.h"

#define SYMBOLS_MAX    ((size_t)1 << 20)
#define LOSSES_MAX     ((size_t)1 << 20)
#define NAME_BYTES_MAX 512u

/* Records of a CPU were lost behind this line. */
struct loss {
	uint64_t line; /* 0: before the first */
	uint64_t count;
	uint32_t cpu;
};

struct cpu {
	uint64_t last_line; /* with one of its records */
	uint32_t first_tid; /* who ran there before it changed for the first time */
	uint32_t tid;       /* who runs there, where the lines do not say it */
	uint32_t told_tid;  /* whose name was told last */
	bool is_in_interrupt;
};

struct reading {
	int fd;
	const char *path;
	uint64_t line;
	bool has_clock;
	int32_t least_depth;
	ARRAY(struct cpu) cpus;
	ARRAY(struct loss) losses;
	size_t losses_told;
	struct hash_map symbols;         /* hash of name and module → id */
	ARRAY(enum fgraph_level) begins; /* by id − 1: which interrupts it is the begin of */
	struct trace_threads threads;
	struct perf_out out;
	struct fgraph *graph;
	uint64_t now_ns;
	struct ftrace_text *text;
};

typedef int take_line(struct reading *reading, const struct ftrace_line *line, struct diag *why);

static int no_memory(struct diag *why)
{
	return diag_set(why, -ENOMEM, "out of memory");
}

static struct cpu *find_cpu(struct reading *reading, uint32_t cpu)
{
	while (reading->cpus.count <= cpu) {
		struct cpu *fresh = array_push(&reading->cpus);

		if (!fresh)
			return NULL;
		fresh->first_tid = fresh->tid = FTRACE_NO_TASK;
	}
	return &reading->cpus.items[cpu];
}

/* --- lines --- */

struct pass {
	struct reading *reading;
	take_line *take;
};

static int take_text(void *self, const char *text, size_t bytes, struct diag *why)
{
	const struct pass *pass = self;
	struct ftrace_line line;

	pass->reading->line++;
	ftrace_line_cut(text, bytes, &line);
	return pass->take(pass->reading, &line, why);
}

static int read_all(struct reading *reading, take_line *take, struct diag *why)
{
	struct pass pass = { reading, take };

	reading->line = 0;
	return text_lines_read(reading->fd, reading->path, take_text, &pass, why);
}

/* --- the first time --- */

static int note_loss(struct reading *reading, const struct ftrace_line *line, const struct cpu *cpu,
		     struct diag *why)
{
	struct loss *loss;

	if (reading->losses.count >= LOSSES_MAX)
		return diag_set(why, -EFBIG, "%s has too many losses to be read", reading->path);
	loss = array_push(&reading->losses);
	if (!loss)
		return no_memory(why);
	*loss = (struct loss){ .line = cpu->last_line, .count = line->lost, .cpu = line->cpu };
	return 0;
}

static bool is_call(const struct ftrace_line *line)
{
	return line->kind == FTRACE_LINE_ENTRY || line->kind == FTRACE_LINE_LEAF ||
	       line->kind == FTRACE_LINE_EXIT;
}

static int look(struct reading *reading, const struct ftrace_line *line, struct diag *why)
{
	struct cpu *cpu;

	reading->text->lines++;
	if (line->kind == FTRACE_LINE_NONE)
		return 0;
	if (line->kind == FTRACE_LINE_BAD) {
		if (!reading->text->unknown++)
			reading->text->first_bad = reading->line;
		return 0;
	}
	cpu = find_cpu(reading, line->cpu);
	if (!cpu)
		return no_memory(why);
	if (line->kind == FTRACE_LINE_LOST)
		return note_loss(reading, line, cpu, why);
	if (line->kind == FTRACE_LINE_CHANGE) {
		if (cpu->first_tid == FTRACE_NO_TASK)
			cpu->first_tid = line->tid;
		return 0;
	}
	cpu->last_line = reading->line;
	if (is_call(line) && (!reading->text->calls || line->depth < reading->least_depth))
		reading->least_depth = line->depth;
	reading->text->calls += is_call(line);
	if (!reading->has_clock && line->has_time && is_call(line)) {
		reading->has_clock = true;
		reading->out.begin_ns = reading->out.told_ns = line->time_ns;
	}
	return 0;
}

static int compare_losses(const void *a, const void *b)
{
	const struct loss *one = a, *other = b;

	if (one->line != other->line)
		return one->line < other->line ? -1 : 1;
	return (one->cpu > other->cpu) - (one->cpu < other->cpu);
}

/* --- names --- */

static int tell_symbol(struct reading *reading, uint32_t id, const struct ftrace_line *line,
		       struct diag *why)
{
	union {
		struct event_symbol symbol;
		char bytes[sizeof(struct event_symbol) + (size_t)2 * NAME_BYTES_MAX];
	} event = {};
	size_t name = line->name.bytes < NAME_BYTES_MAX ? line->name.bytes : NAME_BYTES_MAX;
	size_t module = line->module.bytes < NAME_BYTES_MAX ? line->module.bytes : NAME_BYTES_MAX;

	event.symbol = (struct event_symbol){
		.head = { .bytes = (uint32_t)((sizeof(event.symbol) + name + module + 7) &
					      ~(size_t)7),
			  .kind = EVENT_SYMBOL,
			  .time_ns = reading->out.told_ns },
		.id = id,
		.name_bytes = (uint16_t)name,
		.module_bytes = (uint16_t)module,
	};
	memcpy(event.bytes + sizeof(event.symbol), line->name.text, name);
	if (module)
		memcpy(event.bytes + sizeof(event.symbol) + name, line->module.text, module);
	return perf_tell(&reading->out, &event.symbol.head, why);
}

/* The id of the line's function, told when it is new. */
static int name_symbol(struct reading *reading, const struct ftrace_line *line, uint64_t *ret,
		       struct diag *why)
{
	uint64_t hash = hash_pair(XXH3_64bits(line->name.text, line->name.bytes),
				  XXH3_64bits(line->module.text, line->module.bytes));
	uint64_t *id = hash_find(&reading->symbols, hash);
	enum fgraph_level *begin;

	if (id) {
		*ret = *id;
		return 0;
	}
	if (reading->begins.count >= SYMBOLS_MAX)
		return diag_set(why, -EFBIG, "%s has more functions than any kernel",
				reading->path);
	id = hash_put(&reading->symbols, hash);
	begin = id ? array_push(&reading->begins) : NULL;
	if (!begin)
		return no_memory(why);
	*begin = interrupt_begun_by(line->name.text, line->name.bytes);
	*ret = *id = reading->begins.count;
	return tell_symbol(reading, (uint32_t)*ret, line, why);
}

/* --- the second time --- */

static uint32_t tid_of(const struct ftrace_line *line, const struct cpu *cpu)
{
	if (line->tid != FTRACE_NO_TASK)
		return line->tid;
	return cpu->tid != FTRACE_NO_TASK ? cpu->tid : 0;
}

static int tell_thread(struct reading *reading, struct cpu *cpu, uint32_t tid,
		       struct ftrace_text_piece name, bool is_hint, struct diag *why)
{
	char comm[16] = "";

	if (cpu->told_tid == tid || !name.bytes)
		return 0;
	cpu->told_tid = tid;
	memcpy(comm, name.text, name.bytes < 15 ? name.bytes : 15);
	if (strcmp(comm, "<...>") == 0)
		return 0;
	return is_hint ? trace_threads_hint(&reading->threads, tid, comm, &reading->out, why)
		       : trace_threads_tell(&reading->threads, tid, comm, &reading->out, why);
}

static enum fgraph_level level_of(const struct reading *reading, const struct ftrace_line *line,
				  const struct cpu *cpu, uint64_t symbol)
{
	enum fgraph_level begin = symbol ? reading->begins.items[symbol - 1] : FGRAPH_TASK;

	if (line->has_level)
		return line->level;
	return begin == FGRAPH_TASK && cpu->is_in_interrupt ? FGRAPH_HARD_IRQ : begin;
}

static int take_call(struct reading *reading, const struct ftrace_line *line, struct cpu *cpu,
		     struct diag *why)
{
	struct fgraph_record record = {
		.time_ns = reading->now_ns,
		.start_ns = FGRAPH_NOT_TOLD,
		.end_ns = FGRAPH_NOT_TOLD,
		.duration_ns = FGRAPH_NOT_TOLD,
		.cpu = line->cpu,
		.tid = tid_of(line, cpu),
		.depth = line->depth - reading->least_depth,
		.result = line->result,
		.has_result = line->has_result,
	};
	int r = tell_thread(reading, cpu, record.tid, line->comm, false, why);

	if (r == 0 && line->name.bytes)
		r = name_symbol(reading, line, &record.function, why);
	if (r < 0)
		return r;
	if (line->kind != FTRACE_LINE_EXIT) {
		record.level = level_of(reading, line, cpu, record.function);
		r = fgraph_enter(reading->graph, &record, why);
	}
	if (r < 0 || line->kind == FTRACE_LINE_ENTRY)
		return r;
	if (line->has_duration)
		record.duration_ns = line->duration_ns;
	/* Both records of a leaf stand in one line, with the first one's time: when it ended is not
	 * told, since it may have begun long before. */
	return fgraph_exit(reading->graph, &record, why);
}

static int take_switch(struct reading *reading, const struct ftrace_line *line, struct cpu *cpu,
		       struct diag *why)
{
	const struct fgraph_switch change = {
		.time_ns = reading->now_ns,
		.cpu = line->cpu,
		.from_tid = line->tid,
		.to_tid = line->next,
	};
	int r = tell_thread(reading, cpu, line->next, line->next_comm, true, why);

	cpu->tid = line->next;
	return r < 0 || !reading->has_clock ? r : fgraph_switch(reading->graph, &change, why);
}

static int tell_losses(struct reading *reading, uint64_t now_ns, struct diag *why)
{
	int r = 0;

	while (r == 0 && reading->losses_told < reading->losses.count) {
		const struct loss *loss = &reading->losses.items[reading->losses_told];

		if (loss->line > reading->line)
			break;
		reading->losses_told++;
		r = fgraph_lose(reading->graph, loss->cpu, now_ns, loss->count, why);
	}
	return r;
}

static int take(struct reading *reading, const struct ftrace_line *line, struct diag *why)
{
	struct cpu *cpu = NULL;
	int r = 0;

	if (line->kind != FTRACE_LINE_NONE && line->kind != FTRACE_LINE_BAD) {
		cpu = find_cpu(reading, line->cpu);
		if (!cpu)
			return no_memory(why);
	}
	if (!reading->has_clock)
		reading->now_ns = reading->line;
	else if (line->has_time)
		reading->now_ns = line->time_ns;
	switch (line->kind) {
	case FTRACE_LINE_ENTRY:
	case FTRACE_LINE_LEAF:
	case FTRACE_LINE_EXIT:
		r = take_call(reading, line, cpu, why);
		break;
	case FTRACE_LINE_IRQ_ENTRY:
	case FTRACE_LINE_IRQ_EXIT:
		cpu->is_in_interrupt = line->kind == FTRACE_LINE_IRQ_ENTRY;
		break;
	case FTRACE_LINE_SWITCH:
		r = take_switch(reading, line, cpu, why);
		break;
	case FTRACE_LINE_CHANGE:
		cpu->tid = line->next;
		r = tell_thread(reading, cpu, line->next, line->next_comm, true, why);
		break;
	case FTRACE_LINE_NONE:
	case FTRACE_LINE_BAD:
	case FTRACE_LINE_LOST:
		break;
	}
	return r < 0 ? r : tell_losses(reading, reading->now_ns, why);
}

/* --- begin and end --- */

static int tell_begin(struct reading *reading, struct diag *why)
{
	struct event_watch watch = {
		.head = PERF_EVENT_HEAD(event_watch, WATCH, reading->out.told_ns),
		.target = WATCH_MACHINE,
		.cpus = (uint32_t)reading->cpus.count,
	};
	const struct event_sink *sink = &reading->out.sink;
	uint64_t now_ns = reading->out.told_ns;
	int r = perf_tell(&reading->out, &watch, why);

	if (r == 0)
		r = fact_tell(sink, now_ns, why, "facility.calls", "function_graph, from its text");
	if (r == 0)
		r = fact_tell(sink, now_ns, why, "clock", "%s",
			      reading->has_clock ? "ftrace's" : "none: nothing has a time");
	if (r == 0 && !reading->has_clock)
		r = fact_tell(sink, now_ns, why, "missing.calls.times",
			      "when calls were made, and how long those lasted whose end is not "
			      "in it: that takes the option funcgraph-abstime");
	return r;
}

static int tell_end(struct reading *reading, struct diag *why)
{
	const struct fgraph_odds odds = fgraph_odds(reading->graph);
	struct event_watch_end end = {
		.head = PERF_EVENT_HEAD(event_watch_end, WATCH_END, reading->out.told_ns),
	};
	int r = 0;

	if (reading->text->unknown)
		r = fact_tell(&reading->out.sink, reading->out.told_ns, why, "missing.calls.lines",
			      "%" PRIu64 " lines look like calls but are of no known form, the "
			      "first is line %" PRIu64,
			      reading->text->unknown, reading->text->first_bad);
	if (r == 0 && odds.left_out)
		r = fact_tell(&reading->out.sink, reading->out.told_ns, why, "missing.calls.room",
			      "%" PRIu64 " entries and exits found no room", odds.left_out);
	return r < 0 ? r : perf_tell(&reading->out, &end, why);
}

static int read_text(struct reading *reading, struct diag *why)
{
	struct fgraph_options options = { .has_symbols = true };
	int r = read_all(reading, look, why);

	if (r < 0)
		return r;
	if (!reading->text->calls)
		return diag_set(
			why, -EBADMSG,
			"%s has no calls: it must be what function_graph prints, with the CPU's column",
			reading->path);
	if (reading->losses.count)
		qsort(reading->losses.items, reading->losses.count, sizeof(*reading->losses.items),
		      compare_losses);
	for (size_t i = 0; i < reading->cpus.count; i++)
		reading->cpus.items[i].tid = reading->cpus.items[i].first_tid;
	options.has_clock = reading->has_clock;
	if (r == 0 && fgraph_new(&options, &reading->out, &reading->graph) < 0)
		r = no_memory(why);
	if (r == 0)
		r = tell_begin(reading, why);
	reading->line = 0;
	if (r == 0)
		r = tell_losses(reading, 0, why);
	if (r == 0)
		r = read_all(reading, take, why);
	if (r == 0)
		r = fgraph_finish(reading->graph, reading->now_ns, why);
	return r < 0 ? r : tell_end(reading, why);
}

static void reading_end(struct reading *reading)
{
	array_free(&reading->cpus);
	array_free(&reading->losses);
	array_free(&reading->begins);
	hash_free(&reading->symbols);
	trace_threads_clear(&reading->threads);
	fgraph_free(&reading->graph);
}

int ftrace_text_read(int fd, const char *path, const struct event_sink *sink,
		     struct ftrace_text *ret, struct diag *why)
{
	struct ftrace_text text = {};
	owns(reading_end) struct reading reading = { .fd = fd, .path = path, .text = &text };
	int r;

	reading.out.sink = *sink;
	r = read_text(&reading, why);
	if (r == 0)
		*ret = text;
	return r;
}
