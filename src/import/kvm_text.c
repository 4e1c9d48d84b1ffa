/* What does a text of KVM's tracepoints say? Read twice: a reason that is a bare number is of the
 * same maker as the named ones. */
#include "import/kvm_text.h"

#include <errno.h>
#include <inttypes.h>

#include "host/facts.h"
#include "import/guest_exits.h"
#include "import/kvm_line.h"
#include "import/text_lines.h"
#include "import/trace_threads.h"

struct reading {
	const char *path;
	struct trace_threads threads;
	struct guest_exits guests;
	struct perf_out out;
	bool has_begun;
	bool is_mixed; /* both makers' names are in it */
	uint32_t isa;  /* of all named reasons */
	uint64_t line;
	uint64_t exits;
	uint64_t bad;
	uint64_t first_bad; /* line */
	uint64_t lost;
	uint64_t late; /* lines whose time is before that of the line before them */
	uint64_t now_ns;
};

/* --- the first time --- */

static int look(void *self, const char *text, size_t bytes, struct diag *why)
{
	struct reading *reading = self;
	struct kvm_line line;

	(void)why;
	kvm_line_cut(text, bytes, &line);
	if (line.kind != KVM_LINE_EXIT)
		return 0;
	reading->exits++;
	if (line.moment.isa == GUEST_ISA_UNKNOWN)
		return 0;
	reading->is_mixed |= reading->isa && reading->isa != line.moment.isa;
	reading->isa = line.moment.isa;
	return 0;
}

/* --- the second time --- */

static int begin(struct reading *reading, uint64_t time_ns, struct diag *why)
{
	struct event_watch watch = {
		.head = PERF_EVENT_HEAD(event_watch, WATCH, time_ns),
		.target = WATCH_MACHINE,
	};
	int r;

	reading->has_begun = true;
	reading->out.begin_ns = time_ns;
	r = perf_tell(&reading->out, &watch, why);
	if (r == 0)
		r = fact_tell(&reading->out.sink, time_ns, why, "facility.guest_exits",
			      "tracepoints of KVM, from their text");
	return r < 0 ? r
		     : fact_tell(&reading->out.sink, time_ns, why, "clock", "%s",
				 "the recording tool's");
}

static int take_moment(struct reading *reading, const struct kvm_line *line, struct diag *why)
{
	int r = 0;

	if (line->kind == KVM_LINE_EXIT)
		r = guest_exits_leave(&reading->guests, &line->moment);
	else if (line->kind == KVM_LINE_ENTRY)
		r = guest_exits_enter(&reading->guests, &line->moment, &reading->out, why);
	else if (line->kind == KVM_LINE_USER)
		guest_exits_user(&reading->guests, &line->moment);
	else
		guest_exits_halted(&reading->guests, line->moment.tid, line->halted_ns);
	return r == -ENOMEM ? diag_set(why, r, "out of memory") : r;
}

static void note_bad(struct reading *reading)
{
	if (!reading->bad++)
		reading->first_bad = reading->line;
}

static int take(void *self, const char *text, size_t bytes, struct diag *why)
{
	struct reading *reading = self;
	struct kvm_line line;
	int r = 0;

	reading->line++;
	kvm_line_cut(text, bytes, &line);
	if (line.kind == KVM_LINE_NONE)
		return 0;
	if (line.kind == KVM_LINE_BAD) {
		note_bad(reading);
		return 0;
	}
	if (line.kind == KVM_LINE_LOST) {
		reading->lost += line.lost ?: 1;
		guest_exits_forget(&reading->guests);
		return 0;
	}
	if (line.moment.isa == GUEST_ISA_UNKNOWN && !reading->is_mixed)
		line.moment.isa = reading->isa;
	if (!reading->has_begun)
		r = begin(reading, line.moment.time_ns, why);
	if (r == 0 && line.moment.time_ns < reading->now_ns) {
		/* Each CPU's file has its own order: what is late is not believed. */
		reading->late++;
		return 0;
	}
	reading->now_ns = line.moment.time_ns;
	if (r == 0)
		r = trace_threads_tell(&reading->threads, line.moment.tid, line.comm, &reading->out,
				       why);
	return r < 0 ? r : take_moment(reading, &line, why);
}

static int tell_loss(struct reading *reading, enum loss_what what, uint64_t count, struct diag *why)
{
	struct event_loss loss = {
		.head = PERF_EVENT_HEAD(event_loss, LOSS, reading->now_ns),
		.what = (uint32_t)what,
		.count = count,
	};

	return count ? perf_tell(&reading->out, &loss, why) : 0;
}

static int finish(struct reading *reading, struct diag *why)
{
	struct event_watch_end end = {
		.head = PERF_EVENT_HEAD(event_watch_end, WATCH_END, reading->now_ns),
	};
	int r = guest_exits_finish(&reading->guests, reading->now_ns, &reading->out, why);

	if (r == 0)
		r = tell_loss(reading, LOSS_SAMPLE, reading->lost, why);
	if (r == 0)
		r = tell_loss(reading, LOSS_LATE, reading->late, why);
	if (r == 0 && reading->bad)
		r = fact_tell(&reading->out.sink, reading->now_ns, why, "missing.guest_exits.lines",
			      "%" PRIu64
			      " lines name KVM's tracepoints but are of no known form, the first "
			      "is line %" PRIu64,
			      reading->bad, reading->first_bad);
	return r < 0 ? r : perf_tell(&reading->out, &end, why);
}

static void reading_end(struct reading *reading)
{
	trace_threads_clear(&reading->threads);
	guest_exits_free(&reading->guests);
}

int kvm_text_read(int fd, const char *path, const struct event_sink *sink, struct diag *why)
{
	owns(reading_end) struct reading reading = {
		.path = path,
		.threads.are_of_no_process = true,
		.out.sink = *sink,
	};
	int r = text_lines_read(fd, path, look, &reading, why);

	if (r < 0)
		return r;
	if (!reading.exits)
		return diag_set(
			why, -EBADMSG,
			"%s has no exits of guests: it must be a text of KVM's tracepoints (kvm:kvm_exit, kvm:kvm_entry), with the columns of thread, CPU and time",
			path);
	r = text_lines_read(fd, path, take, &reading, why);
	return r < 0 ? r : finish(&reading, why);
}
