/*
 * usage: long_recording FILE EVENTS [STACKS]: writes a recording of so many events of a busy
 * machine, which never was, to test with what is long; with so many different stacks.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "recording/recording.h"

enum {
	THREADS = 200,
	SYMBOLS = 2000,
	STACKS = 2000, /* unless told otherwise */
	FRAMES = 12,
	DEVICE = 8 << 20,
};

struct maker {
	struct recording_writer *writer;
	uint64_t time_ns;
	uint64_t random;
	uint64_t stacks;
};

static uint64_t draw(struct maker *maker, uint64_t below)
{
	maker->random = maker->random * 6364136223846793005ULL + 1442695040888963407ULL;
	return (maker->random >> 33) % below;
}

static void put(struct maker *maker, enum event_kind kind, void *event, size_t bytes)
{
	struct event *head = event;
	struct diag why = {};

	head->bytes = (uint32_t)bytes;
	head->kind = kind;
	if (recording_take(maker->writer, head, &why) < 0) {
		(void)fprintf(stderr, "%s\n", why.text);
		exit(1);
	}
}

static void put_begin(struct maker *maker)
{
	struct event_watch watch = { .head.time_ns = maker->time_ns,
				     .target = WATCH_MACHINE,
				     .cpus = 8 };
	struct event_device device = {
		.head.time_ns = maker->time_ns, .dev = DEVICE, .whole_dev = DEVICE, .name = "vda"
	};

	put(maker, EVENT_WATCH, &watch, sizeof(watch));
	put(maker, EVENT_DEVICE, &device, sizeof(device));
	for (uint32_t tid = 1; tid <= THREADS; tid++) {
		struct event_task task = { .head.time_ns = maker->time_ns,
					   .tid = tid,
					   .tgid = tid - (tid - 1) % 4,
					   .flags = TASK_TARGET };

		(void)snprintf(task.comm, sizeof(task.comm), "thread %" PRIu32, tid);
		put(maker, EVENT_TASK, &task, sizeof(task));
	}
}

static void put_stacks(struct maker *maker)
{
	union {
		struct event_symbol symbol;
		struct event_stack stack;
		char bytes[sizeof(struct event_stack) + FRAMES * sizeof(struct event_frame)];
	} told;

	for (uint32_t id = 1; id <= SYMBOLS; id++) {
		memset(&told, 0, sizeof(told));
		told.symbol.head.time_ns = maker->time_ns;
		told.symbol.id = id;
		told.symbol.name_bytes =
			(uint16_t)snprintf(told.symbol.text, 24, "function_%" PRIu32, id);
		put(maker, EVENT_SYMBOL, &told, sizeof(told.symbol) + 24);
	}
	for (uint64_t id = 1; id <= maker->stacks; id++) {
		memset(&told, 0, sizeof(told));
		told.stack.head.time_ns = maker->time_ns;
		told.stack.id = id;
		told.stack.frames = FRAMES;
		for (uint32_t i = 0; i < FRAMES; i++)
			told.stack.frame[i] = (struct event_frame){
				.address = 0xffffffff81000000 + draw(maker, 1 << 24),
				.symbol = 1 + (uint32_t)draw(maker, SYMBOLS),
			};
		put(maker, EVENT_STACK, &told, sizeof(told));
	}
}

/* A thread runs, is seen, waits for a request, is ready, and has made a system call of all that.
 * Six events. */
static void put_round(struct maker *maker, uint64_t number)
{
	uint32_t tid = 1 + (uint32_t)draw(maker, THREADS);
	uint64_t begin_ns = maker->time_ns, run_ns = 1000 + draw(maker, 100000);
	uint64_t wait_ns = 1000 + draw(maker, 1000000), ready_ns = draw(maker, 10000);
	struct event_sample sample = { .head.time_ns = begin_ns + run_ns / 2,
				       .tid = tid,
				       .weight_ns = 1000000,
				       .stack = 1 + draw(maker, maker->stacks) };
	struct event_run run = { .head.time_ns = begin_ns + run_ns,
				 .tid = tid,
				 .cpu = (uint32_t)draw(maker, 8),
				 .start_ns = begin_ns,
				 .kernel_ns = run_ns / 3 };
	struct event_request request = { .head.time_ns = begin_ns + run_ns + wait_ns,
					 .id = number + 1,
					 .start_ns = begin_ns + run_ns,
					 .issue_ns = begin_ns + run_ns + wait_ns / 4,
					 .sector = draw(maker, 1 << 30),
					 .dev = DEVICE,
					 .bytes = 4096,
					 .flags = REQUEST_WRITE,
					 .tid = tid };
	struct event_wait wait = { .head.time_ns = begin_ns + run_ns + wait_ns + ready_ns,
				   .start_ns = begin_ns + run_ns,
				   .end_ns = begin_ns + run_ns + wait_ns,
				   .tid = tid,
				   .waker_tid = 1 + (uint32_t)draw(maker, THREADS),
				   .stack = 1 + draw(maker, maker->stacks),
				   .state = 2,
				   .syscall = 1,
				   .fd = -1,
				   .flags = SPAN_REQUEST,
				   .request = number + 1,
				   .request_dev = DEVICE };
	struct event_queue queue = { .head.time_ns = wait.head.time_ns,
				     .start_ns = wait.end_ns,
				     .tid = tid };
	struct event_syscall call = { .head.time_ns = wait.head.time_ns,
				      .start_ns = begin_ns + run_ns / 2,
				      .tid = tid,
				      .number = 1,
				      .result = 4096,
				      .size = 4096,
				      .fd = 3 };

	put(maker, EVENT_SAMPLE, &sample, sizeof(sample));
	put(maker, EVENT_RUN, &run, sizeof(run));
	put(maker, EVENT_REQUEST, &request, sizeof(request));
	put(maker, EVENT_WAIT, &wait, sizeof(wait));
	put(maker, EVENT_QUEUE, &queue, sizeof(queue));
	put(maker, EVENT_SYSCALL, &call, sizeof(call));
	maker->time_ns = wait.head.time_ns;
}

int main(int argc, char **argv)
{
	struct maker maker = { .time_ns = 1000000000, .random = 42, .stacks = STACKS };
	struct event_watch_end end = {};
	struct diag why = {};
	uint64_t rounds;

	if (argc != 3 && argc != 4)
		return 2;
	if (argc == 4)
		maker.stacks = strtoull(argv[3], NULL, 10);
	rounds = strtoull(argv[2], NULL, 10) / 6;
	if (recording_create(argv[1], &maker.writer, &why) < 0) {
		(void)fprintf(stderr, "%s\n", why.text);
		return 1;
	}
	put_begin(&maker);
	put_stacks(&maker);
	for (uint64_t i = 0; i < rounds; i++)
		put_round(&maker, i);
	end.head.time_ns = maker.time_ns;
	put(&maker, EVENT_WATCH_END, &end, sizeof(end));
	if (recording_close(&maker.writer, &why) < 0) {
		(void)fprintf(stderr, "%s\n", why.text);
		return 1;
	}
	return 0;
}
