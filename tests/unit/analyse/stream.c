/* How does a test tell a story? In events by their times, to a verdict. */
#include "stream.h"

#include <stdlib.h>
#include <string.h>

#include "harness/test.h"

enum {
	FRAMES_MAX = 16, /* of one stack */
};

static uint64_t at(double ms)
{
	return (uint64_t)((double)BEGIN_NS + ms * 1e6 + 0.5);
}

void stream_free(struct stream *stream)
{
	for (size_t i = 0; i < stream->items.count; i++)
		free(stream->items.items[i].event);
	array_free(&stream->items);
	array_free(&stream->functions);
}

void stream_add(struct stream *stream, enum event_kind kind, const void *event, size_t bytes)
{
	struct stream_item *item = array_push(&stream->items);
	size_t padded = (bytes + 7) / 8 * 8;

	assert_non_null(item);
	item->place = stream->items.count;
	item->event = calloc(1, padded);
	assert_non_null(item->event);
	memcpy(item->event, event, bytes);
	item->event->bytes = (uint32_t)padded;
	item->event->kind = (uint16_t)kind;
	if (!item->event->time_ns)
		item->event->time_ns = BEGIN_NS;
}

void stream_watch(struct stream *stream, enum watch_target target, uint32_t pid)
{
	struct event_watch watch = { .target = target, .pid = pid, .cpus = 2, .name = "subject" };

	stream_add(stream, EVENT_WATCH, &watch, sizeof(watch));
}

void stream_end(struct stream *stream, double ms)
{
	struct event_watch_end end = { .head.time_ns = at(ms), .flags = WATCH_END_EXITED };

	stream_add(stream, EVENT_WATCH_END, &end, sizeof(end));
}

static void add_task(struct stream *stream, struct event_task task, const char *comm)
{
	memcpy(task.comm, comm, strnlen(comm, sizeof(task.comm)));
	stream_add(stream, EVENT_TASK, &task, sizeof(task));
}

void stream_task(struct stream *stream, uint32_t tid, const char *comm, uint32_t flags)
{
	add_task(stream, (struct event_task){ .tid = tid, .tgid = tid, .flags = flags }, comm);
}

void stream_child(struct stream *stream, uint32_t tid, const char *comm, uint32_t parent,
		  double birth_ms)
{
	struct event_task task = {
		.head.time_ns = at(birth_ms),
		.tid = tid,
		.tgid = tid,
		.parent_tgid = parent,
		.flags = TASK_TARGET,
		.birth_ns = at(birth_ms),
	};

	add_task(stream, task, comm);
}

void stream_death(struct stream *stream, uint32_t tid, double ms)
{
	struct event_task_end end = { .head.time_ns = at(ms), .tid = tid };

	stream_add(stream, EVENT_TASK_END, &end, sizeof(end));
}

void stream_fact(struct stream *stream, const char *key, const char *value)
{
	size_t key_bytes = strlen(key), value_bytes = strlen(value);
	struct event_fact *fact = calloc(1, sizeof(*fact) + key_bytes + value_bytes + 1);

	assert_non_null(fact);
	fact->key_bytes = (uint16_t)key_bytes;
	fact->value_bytes = (uint16_t)value_bytes;
	memcpy(fact->text, key, key_bytes);
	memcpy(fact->text + key_bytes, value, value_bytes);
	stream_add(stream, EVENT_FACT, fact, sizeof(*fact) + key_bytes + value_bytes);
	free(fact);
}

void stream_title(struct stream *stream, double ms, uint32_t tid, const char *text)
{
	size_t bytes = strlen(text);
	struct event_title *title = calloc(1, sizeof(*title) + bytes + 1);

	assert_non_null(title);
	title->head.time_ns = at(ms);
	title->tid = tid;
	title->text_bytes = (uint16_t)bytes;
	memcpy(title->text, text, bytes);
	stream_add(stream, EVENT_TITLE, title, sizeof(*title) + bytes);
	free(title);
}

void stream_loss(struct stream *stream, enum loss_what what, uint64_t count)
{
	struct event_loss loss = { .what = what, .count = count };

	stream_add(stream, EVENT_LOSS, &loss, sizeof(loss));
}

void stream_device(struct stream *stream, uint32_t dev, const char *name, uint32_t flags,
		   uint32_t lower)
{
	struct event_device device = {
		.dev = dev, .flags = flags, .whole_dev = dev, .lower_dev = lower
	};

	memcpy(device.name, name, strnlen(name, sizeof(device.name)));
	stream_add(stream, EVENT_DEVICE, &device, sizeof(device));
}

void stream_file(struct stream *stream, uint32_t dev, uint64_t inode, const char *name)
{
	size_t bytes = strlen(name);
	struct event_file *file = calloc(1, sizeof(*file) + bytes + 1);

	assert_non_null(file);
	file->dev = dev;
	file->inode = inode;
	file->name_bytes = (uint16_t)bytes;
	memcpy(file->fs_type, "ext4", 4);
	memcpy(file->name, name, bytes);
	stream_add(stream, EVENT_FILE, file, sizeof(*file) + bytes);
	free(file);
}

static uint32_t name_function(struct stream *stream, const char *function)
{
	struct event_symbol *symbol;
	const char **known;

	for (size_t i = 0; i < stream->functions.count; i++) {
		if (strcmp(stream->functions.items[i], function) == 0)
			return (uint32_t)i + 1;
	}
	known = array_push(&stream->functions);
	symbol = calloc(1, sizeof(*symbol) + strlen(function) + 1);
	assert_true(known && symbol);
	*known = function;
	symbol->id = (uint32_t)stream->functions.count;
	symbol->name_bytes = (uint16_t)strlen(function);
	memcpy(symbol->text, function, strlen(function));
	stream_add(stream, EVENT_SYMBOL, symbol, sizeof(*symbol) + strlen(function));
	free(symbol);
	return (uint32_t)stream->functions.count;
}

static uint64_t add_stack(struct stream *stream, uint32_t flags, const char *function, va_list args)
{
	union {
		char bytes[sizeof(struct event_stack) + FRAMES_MAX * sizeof(struct event_frame)];
		struct event_stack stack;
	} event = {}; /* zeroes its first member: all of it */

	event.stack.id = ++stream->stacks;
	event.stack.flags = flags;
	for (; function; function = va_arg(args, const char *)) {
		assert_true(event.stack.frames < FRAMES_MAX);
		event.stack.frame[event.stack.frames++].symbol = name_function(stream, function);
	}
	stream_add(stream, EVENT_STACK, &event,
		   sizeof(event.stack) + event.stack.frames * sizeof(event.stack.frame[0]));
	return stream->stacks;
}

uint64_t stream_stack(struct stream *stream, const char *function, ...)
{
	va_list args;
	uint64_t id;

	va_start(args, function);
	id = add_stack(stream, 0, function, args);
	va_end(args);
	return id;
}

uint64_t stream_user_stack(struct stream *stream, const char *function, ...)
{
	va_list args;
	uint64_t id;

	va_start(args, function);
	id = add_stack(stream, STACK_USER, function, args);
	va_end(args);
	return id;
}

void stream_run(struct stream *stream, uint32_t tid, double from_ms, double to_ms, double kernel_ms)
{
	struct event_run run = {
		.head.time_ns = at(to_ms),
		.tid = tid,
		.cpu = tid % 2,
		.start_ns = at(from_ms),
		.kernel_ns = (uint64_t)(kernel_ms * 1e6),
	};

	stream_add(stream, EVENT_RUN, &run, sizeof(run));
}

void stream_run_on(struct stream *stream, uint32_t tid, uint32_t cpu, double from_ms, double to_ms)
{
	struct event_run run = {
		.head.time_ns = at(to_ms), .tid = tid, .cpu = cpu, .start_ns = at(from_ms)
	};

	stream_add(stream, EVENT_RUN, &run, sizeof(run));
}

void stream_queue(struct stream *stream, uint32_t tid, uint32_t cpu, double from_ms, double to_ms)
{
	struct event_queue queue = {
		.head.time_ns = at(to_ms), .tid = tid, .cpu = cpu, .start_ns = at(from_ms)
	};

	stream_add(stream, EVENT_QUEUE, &queue, sizeof(queue));
}

void stream_wait(struct stream *stream, uint32_t tid, double from_ms, double to_ms,
		 struct event_wait wait)
{
	wait.head.time_ns = wait.end_ns = at(to_ms);
	wait.start_ns = at(from_ms);
	wait.tid = tid;
	stream_add(stream, EVENT_WAIT, &wait, sizeof(wait));
}

void stream_request(struct stream *stream, uint64_t id, uint32_t dev, uint32_t flags, uint32_t tid,
		    const double ms[3])
{
	struct event_request request = {
		.head.time_ns = at(ms[2]),
		.id = id,
		.start_ns = at(ms[0]),
		.issue_ns = at(ms[1]),
		.dev = dev,
		.flags = flags,
		.tid = tid,
		.bytes = flags & REQUEST_FLUSH ? 0 : 4096,
	};

	stream_add(stream, EVENT_REQUEST, &request, sizeof(request));
}

void stream_samples(struct stream *stream, uint32_t tid, unsigned int count, uint64_t user_stack,
		    uint64_t stack)
{
	for (unsigned int i = 0; i < count; i++) {
		struct event_sample sample = {
			.tid = tid,
			.stack = stack,
			.user_stack = user_stack,
			.weight_ns = MS(1),
		};

		stream_add(stream, EVENT_SAMPLE, &sample, sizeof(sample));
	}
}

static int compare_items(const void *left, const void *right)
{
	const struct stream_item *a = left, *b = right;

	if (a->event->time_ns != b->event->time_ns)
		return a->event->time_ns < b->event->time_ns ? -1 : 1;
	return a->place < b->place ? -1 : 1;
}

static void check_sums(const struct verdict *verdict)
{
	uint64_t sum_ns = verdict->unknown_ns;
	double share = 0;

	for (size_t i = 0; i < verdict->findings.count; i++) {
		sum_ns += verdict->findings.items[i].ns;
		share += verdict->findings.items[i].share;
		assert_true(verdict->findings.items[i].ns <= verdict->base_ns);
		assert_true(verdict->findings.items[i].chain.count > 0);
	}
	assert_int_equal(sum_ns, verdict->base_ns);
	if (verdict->base_ns) {
		share += (double)verdict->unknown_ns / (double)verdict->base_ns;
		assert_true(share - 1 < 1e-9 && 1 - share < 1e-9);
	}
	for (size_t i = 0; i < verdict->threads.count; i++) {
		const struct thread_account *thread = &verdict->threads.items[i];

		sum_ns = thread->user_ns + thread->kernel_ns + thread->irq_ns + thread->queue_ns +
			 thread->unknown_ns;
		for (int cause = 0; cause < CAUSE_COUNT; cause++)
			sum_ns += thread->blocked_ns[cause];
		assert_int_equal(sum_ns, thread->wall_ns);
	}
}

int stream_try(struct stream *stream, struct verdict **ret, struct diag *why)
{
	struct analysis *analysis = NULL;
	int r;

	qsort(stream->items.items, stream->items.count, sizeof(*stream->items.items),
	      compare_items);
	assert_int_equal(analysis_new(&analysis), 0);
	for (size_t i = 0; i < stream->items.count; i++)
		assert_int_equal(analysis_take(analysis, stream->items.items[i].event, why), 0);
	r = analysis_verdict(analysis, ret, why);
	analysis_free(&analysis);
	return r;
}

struct verdict *stream_judge(struct stream *stream)
{
	struct verdict *verdict = NULL;
	struct diag why = {};

	assert_int_equal(stream_try(stream, &verdict, &why), 0);
	check_sums(verdict);
	return verdict;
}

const struct finding *verdict_find(const struct verdict *verdict, enum cause cause,
				   const char *subject)
{
	for (size_t i = 0; i < verdict->findings.count; i++) {
		const struct finding *finding = &verdict->findings.items[i];

		if (finding->cause == cause &&
		    strncmp(finding->subject.name, subject, strlen(subject)) == 0)
			return finding;
	}
	return NULL;
}

double verdict_share(const struct verdict *verdict, enum cause cause, const char *subject)
{
	const struct finding *finding = verdict_find(verdict, cause, subject);

	return finding ? finding->share : 0;
}

const struct thread_account *verdict_thread(const struct verdict *verdict, uint32_t tid)
{
	for (size_t i = 0; i < verdict->threads.count; i++) {
		if (verdict->threads.items[i].tid == tid)
			return &verdict->threads.items[i];
	}
	return NULL;
}

bool finding_tells(const struct finding *finding, const char *words)
{
	for (size_t i = 0; i < finding->evidence.count; i++) {
		if (strstr(finding->evidence.items[i].words, words))
			return true;
	}
	for (size_t i = 0; i < finding->evidence.count; i++)
		print_message("it tells: %s\n", finding->evidence.items[i].words);
	return false;
}
