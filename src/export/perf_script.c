/*
 * Samples as perf script prints them: a line that says who, where, when and what, the frames from
 * the inside out, and an empty line. Waits are told as perf record --off-cpu does.
 */
#include <errno.h>
#include <string.h>

#include "base/escape.h"
#include "export/told.h"
#include "export/writer.h"

enum {
	SAMPLERS_MAX = 64,
	COMM_COLUMNS = 16,
};

struct perf_script {
	struct writer writer;
	struct told told;
	char samplers[SAMPLERS_MAX][64]; /* by id; NUL-padded */
	bool has_target;                 /* only its threads are asked for */
};

/* Who is told of. */
struct about {
	uint32_t tid;
	uint32_t cpu;
	bool has_cpu;
	uint64_t time_ns;
	uint64_t period;
	const char *event;
};

/* A word of a line whose parts are told apart by blanks: as a reader must not be misled by it. */
static size_t put_word(struct put *put, const char *bytes, size_t count)
{
	size_t columns = 0, taken;
	struct glyph glyph;

	for (; count; bytes += taken, count -= taken) {
		taken = glyph_of(bytes, count, &glyph);
		put_text(put, glyph.is_space ? "_" : glyph.bytes);
		columns += glyph.columns;
	}
	return columns;
}

/* The kernel's own names may have blanks inside ("tokio worker"); a blank before a digit would make
 * what follows the process's number. */
static void put_comm(struct put *put, const struct told_task *task)
{
	const char *comm = task ? task->comm : "";
	size_t columns = 0;
	struct glyph glyph;

	if (!comm[0] || comm[0] == ' ')
		comm = "[unknown]";
	while (glyph_next(&comm, true, &glyph)) {
		bool misleads = glyph.is_space && ((*comm >= '0' && *comm <= '9') || !*comm);

		put_text(put, misleads ? "_" : glyph.bytes);
		columns += glyph.columns;
	}
	while (columns++ < COMM_COLUMNS)
		put_char(put, ' ');
}

static void put_head(struct perf_script *script, const struct about *about)
{
	const struct told_task *task = told_task(&script->told, about->tid);
	struct put *put = script->writer.put;

	if (about->tid)
		put_comm(put, task);
	else
		put_text(put, "swapper         ");
	put_char(put, ' ');
	put_unsigned(put, task ? task->tgid : about->tid);
	put_char(put, '/');
	put_unsigned(put, about->tid);
	if (about->has_cpu) {
		put_text(put, " [");
		put_digits(put, about->cpu, 3);
		put_char(put, ']');
	}
	put_char(put, ' ');
	put_unsigned(put, about->time_ns / 1000000000);
	put_char(put, '.');
	put_digits(put, about->time_ns % 1000000000, 9);
	put_text(put, ": ");
	put_unsigned(put, about->period);
	put_char(put, ' ');
	put_word(put, about->event, strlen(about->event));
	put_text(put, ": \n");
}

/* perf's names of modules: the kernel's in brackets, files by their path. */
static void put_module(struct put *put, const struct told_symbol *symbol, bool is_user)
{
	const char *module = symbol ? symbol->module : "";
	bool is_bare = !is_user && module[0] && module[0] != '[';

	put_text(put, is_bare ? " ([" : " (");
	if (module[0])
		put_word(put, module, strlen(module));
	else
		put_text(put, symbol && !is_user ? "[kernel.kallsyms]" : "[unknown]");
	put_text(put, is_bare ? "])\n" : ")\n");
}

static void put_frame(struct perf_script *script, const struct event_frame *frame, bool is_user)
{
	const struct told_symbol *symbol = told_symbol(&script->told, frame->symbol);
	struct put *put = script->writer.put;

	put_char(put, '\t');
	put_hex(put, frame->address);
	put_char(put, ' ');
	if (symbol && symbol->name[0]) {
		struct glyph glyph;

		for (const char *name = symbol->name; glyph_next(&name, true, &glyph);)
			put_text(put, glyph.bytes);
		put_text(put, "+0x");
		put_hex(put, frame->offset);
	} else {
		put_text(put, "[unknown]");
	}
	put_module(put, symbol, is_user);
}

/* Returns how many frames were told. */
static uint32_t put_stack(struct perf_script *script, uint64_t id)
{
	const struct told_stack *stack = told_stack(&script->told, id);

	for (uint32_t i = 0; stack && i < stack->count; i++)
		put_frame(script, &script->told.frames.items[stack->first + i], stack->is_user);
	return stack ? stack->count : 0;
}

static void put_sample(struct perf_script *script, const struct event_sample *event)
{
	const char *sampler = event->sampler < SAMPLERS_MAX ? script->samplers[event->sampler] : "";
	const struct about about = {
		.tid = event->tid,
		.cpu = event->cpu,
		.has_cpu = true,
		.time_ns = event->head.time_ns,
		.period = event->period ?: event->weight_ns,
		.event = sampler[0] ? sampler : "cpu-clock",
	};

	put_head(script, &about);
	if (!(put_stack(script, event->stack) + put_stack(script, event->user_stack)))
		put_text(script->writer.put, "\t0 [unknown] ([unknown])\n");
	put_char(script->writer.put, '\n');
}

static void put_wait(struct perf_script *script, const struct event_wait *event)
{
	const struct about about = {
		.tid = event->tid,
		.time_ns = event->head.time_ns,
		.period = event->end_ns > event->start_ns ? event->end_ns - event->start_ns : 0,
		.event = "offcpu-time",
	};

	put_head(script, &about);
	if (!put_stack(script, event->stack))
		put_text(script->writer.put, "\t0 [stack not taken] ([unknown])\n");
	put_char(script->writer.put, '\n');
}

static void keep_sampler(struct perf_script *script, const struct event_sampler *event)
{
	if (event->id >= SAMPLERS_MAX)
		return;
	memcpy(script->samplers[event->id], event->name, sizeof(event->name));
	script->samplers[event->id][sizeof(event->name) - 1] = '\0';
}

/* The watch tells of others as well: those who worked for the target. */
static bool is_wanted(const struct perf_script *script, uint32_t tid)
{
	const struct told_task *task = told_task(&script->told, tid);

	return !script->has_target || !task || task->is_target;
}

static void take_sample(struct perf_script *script, const struct event_sample *event)
{
	if (is_wanted(script, event->tid))
		put_sample(script, event);
}

static void take_wait(struct perf_script *script, const struct event_wait *event)
{
	if (script->writer.options.is_wall && is_wanted(script, event->tid))
		put_wait(script, event);
}

static int take(void *self, const struct event *event, struct diag *why)
{
	struct perf_script *script = self;

	if (told_take(&script->told, event) < 0)
		return diag_set(why, -ENOMEM, "out of memory");
	if (event->kind == EVENT_SAMPLER)
		keep_sampler(script, (const void *)event);
	else if (event->kind == EVENT_WATCH)
		script->has_target = ((const struct event_watch *)event)->target != WATCH_MACHINE;
	else if (event->kind == EVENT_SAMPLE)
		take_sample(script, (const void *)event);
	else if (event->kind == EVENT_WAIT)
		take_wait(script, (const void *)event);
	return 0;
}

static int begin(void *self, struct diag *why)
{
	return 0;
}

static uint64_t left_out(const void *self, const char **ret_words)
{
	const struct perf_script *script = self;

	*ret_words = "stacks, functions or threads";
	return script->told.left_out;
}

static void release(void *self)
{
	struct perf_script *script = self;

	told_free(&script->told);
}

const struct writer_kind PERF_SCRIPT_WRITER = {
	.bytes = sizeof(struct perf_script),
	.begin = begin,
	.take = take,
	.left_out = left_out,
	.free = release,
};
