/* How does a test tell of two looks at all threads? */
#include "unit/analyse/looked.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/test.h"

void looked_begin(struct stream *stream, uint32_t pid)
{
	stream_watch(stream, pid ? WATCH_PROCESS : WATCH_MACHINE, pid);
	stream_end(stream, SECOND_LOOK_MS + 1);
}

void looked_task(struct stream *stream, uint32_t tid, uint32_t tgid, const char *comm,
		 uint32_t flags)
{
	struct event_task task = {
		.tid = tid, .tgid = tgid ? tgid : tid, .parent_tgid = 1, .flags = flags
	};

	memcpy(task.comm, comm, strnlen(comm, sizeof(task.comm)));
	stream_add(stream, EVENT_TASK, &task, sizeof(task));
}

void looked_once(struct stream *stream, uint32_t look, struct event_thread thread)
{
	thread.look = look;
	thread.head.time_ns = AT(look == 1 ? FIRST_LOOK_MS : SECOND_LOOK_MS);
	stream_add(stream, EVENT_THREAD, &thread, sizeof(thread));
}

void looked_asleep(struct stream *stream, uint32_t tid, double ms, struct event_thread thread)
{
	thread.tid = tid;
	if (!thread.state)
		thread.state = STATE_INTERRUPTIBLE;
	if (!thread.syscall && !thread.stack)
		thread.syscall = THREAD_SYSCALL_NONE;
	thread.since_ns = AT(SECOND_LOOK_MS) - (uint64_t)(ms * 1e6);
	looked_once(stream, 1, thread);
	looked_once(stream, 2, thread);
}

void looked_running(struct stream *stream, uint32_t tid, double ran_ms, struct event_thread thread)
{
	thread.tid = tid;
	thread.flags |= THREAD_ON_CPU;
	looked_once(stream, 1, thread);
	thread.run_ns += (uint64_t)(ran_ms * 1e6);
	thread.switches += 1;
	looked_once(stream, 2, thread);
}

struct event_thread looked_futex(uint64_t stack, uint64_t address, uint64_t operation)
{
	return (struct event_thread){
		.stack = stack,
		.syscall = CALL_FUTEX,
		.arguments = { address, operation, 2 },
	};
}

void looked_relation_of(struct stream *stream, struct event_relation relation, const char *name)
{
	size_t bytes = strlen(name);
	struct event_relation *whole = calloc(1, sizeof(*whole) + bytes + 1);

	assert_non_null(whole);
	*whole = relation;
	whole->head.time_ns = AT(SECOND_LOOK_MS);
	whole->name_bytes = (uint16_t)bytes;
	memcpy(whole->name, name, bytes);
	stream_add(stream, EVENT_RELATION, whole, sizeof(*whole) + bytes);
	free(whole);
}

void looked_relation(struct stream *stream, uint32_t tid, enum relation_kind kind, uint32_t peer,
		     uint32_t flags, const char *name)
{
	const struct event_relation relation = {
		.tid = tid,
		.peer = peer,
		.kind = kind,
		.flags = flags,
		.object = kind == RELATION_FUTEX ? 0x7f0000001000 : 0,
	};

	looked_relation_of(stream, relation, name);
}

void looked_log(struct stream *stream, double ms, uint32_t tid, const char *text)
{
	size_t bytes = strlen(text);
	struct event_log *line = calloc(1, sizeof(*line) + bytes + 1);

	assert_non_null(line);
	/* Before the watch, ms is negative. */
	line->written_ns = BEGIN_NS + (uint64_t)(int64_t)(ms * 1e6);
	line->tid = tid;
	line->level = 3;
	line->text_bytes = (uint16_t)bytes;
	memcpy(line->text, text, bytes);
	stream_add(stream, EVENT_LOG, line, sizeof(*line) + bytes);
	free(line);
}

static int compare_items(const void *left, const void *right)
{
	const struct stream_item *a = left, *b = right;

	if (a->event->time_ns != b->event->time_ns)
		return a->event->time_ns < b->event->time_ns ? -1 : 1;
	return a->place < b->place ? -1 : 1;
}

static struct stuck *take_all(struct stream *stream, const struct stuck_options *options)
{
	struct stuck *stuck = NULL;
	struct diag why = {};

	qsort(stream->items.items, stream->items.count, sizeof(*stream->items.items),
	      compare_items);
	assert_int_equal(stuck_new(options, &stuck), 0);
	for (size_t i = 0; i < stream->items.count; i++)
		assert_int_equal(stuck_take(stuck, stream->items.items[i].event, &why), 0);
	return stuck;
}

struct stuck *looked_judge(struct stream *stream)
{
	struct stuck *stuck = take_all(stream, &(struct stuck_options){});

	assert_int_equal(threads_judge(stuck), 0);
	assert_int_equal(klog_read(&stuck->klog, &stuck->names), 0);
	assert_int_equal(edges_settle(stuck), 0);
	assert_int_equal(graph_settle(stuck), 0);
	rows_judge(stuck);
	return stuck;
}

struct stuck_report *looked_report_of(struct stream *stream, const struct stuck_options *options)
{
	owns(stuck_free) struct stuck *stuck = take_all(stream, options);
	struct stuck_report *report = NULL;
	struct diag why = {};

	assert_int_equal(stuck_report_make(stuck, &report, &why), 0);
	return report;
}

struct stuck_report *looked_report(struct stream *stream)
{
	return looked_report_of(stream, &(struct stuck_options){});
}

const struct stuck_process *looked_process(const struct stuck_report *report, uint32_t pid)
{
	for (size_t i = 0; i < report->processes.count; i++) {
		if (report->processes.items[i].pid == pid)
			return &report->processes.items[i];
	}
	return NULL;
}

void assert_row(const struct stuck_report *report, uint32_t pid, const char *row)
{
	const struct stuck_process *process = looked_process(report, pid);

	if (!process)
		fail_msg("%u is not told, as %s", pid, row);
	else if (strcmp(stuck_row_id(process->row), row) != 0)
		print_message("%u: %s\n", pid, process->words);
	assert_string_equal(stuck_row_id(process->row), row);
}

void assert_tells(const struct text *texts, size_t count, const char *words)
{
	for (size_t i = 0; i < count; i++) {
		if (strstr(texts[i].words, words))
			return;
	}
	for (size_t i = 0; i < count; i++)
		print_message("it tells: %s\n", texts[i].words);
	fail_msg("nothing tells of '%s'", words);
}
