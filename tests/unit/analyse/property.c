/* What holds for every stream? Sums are exact, verdicts repeat, nonsense breaks nothing. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/test.h"
#include "stream.h"

#define THREADS 12u
#define VDA     0xfe00000u
#define DM0     0xfd00000u

/* Deterministic: a failure can be had again by its seed. */
struct dice {
	uint64_t state;
};

static uint32_t roll(struct dice *dice, uint32_t sides)
{
	dice->state ^= dice->state << 13;
	dice->state ^= dice->state >> 7;
	dice->state ^= dice->state << 17;
	return (uint32_t)((dice->state >> 16) % sides);
}

static const char *const FUNCTIONS[] = {
	"jbd2_log_wait_commit",
	"submit_bio_wait",
	"folio_wait_bit_common",
	"__mutex_lock",
	"futex_wait_queue",
	"pipe_read",
	"do_wait",
	"request_wait_answer",
	"do_nanosleep",
	"ep_poll",
	"balance_dirty_pages",
	"inet_recvmsg",
	"unheard_of",
	"locks_lock_inode_wait",
};

static struct event_wait random_wait(struct dice *dice, const uint64_t *stacks, uint64_t *requests)
{
	struct event_wait wait = {
		.stack = roll(dice, 4) ? stacks[roll(dice, array_count(FUNCTIONS))] : 0,
		.waker_tid = roll(dice, 3) ? 10 + roll(dice, THREADS + 2) : 0,
		.syscall = (int32_t)roll(dice, 40) - 1,
		.state = 1 + roll(dice, 2),
	};

	if (roll(dice, 4) == 0)
		wait.lock_owner = 10 + roll(dice, THREADS);
	if (roll(dice, 4) == 0) {
		wait.flags |= SPAN_REQUEST;
		wait.request = ++*requests;
		wait.request_dev = VDA;
	}
	if (roll(dice, 5) == 0)
		wait.file_inode = 1 + roll(dice, 5);
	return wait;
}

static void tell_request(struct stream *stream, struct dice *dice, uint64_t id, double from_ms,
			 double to_ms)
{
	double length_ms = to_ms - from_ms;
	double start_ms = from_ms + length_ms * (int)roll(dice, 50) / 100;
	double ms[3] = { start_ms, start_ms + (to_ms - start_ms) * (int)roll(dice, 100) / 100,
			 to_ms };

	if (roll(dice, 8) == 0)
		return;
	stream_request(stream, id, roll(dice, 3) ? VDA : DM0, 1u << roll(dice, 10),
		       10 + roll(dice, THREADS), ms);
}

/* A thread that runs, waits and queues by turns, now and then with a gap, until the end. */
static void tell_thread(struct stream *stream, struct dice *dice, uint32_t tid,
			const uint64_t *stacks, uint64_t *requests)
{
	double ms = 0, next_ms;

	while (ms < 1000) {
		next_ms = ms + 0.001 * (1 + roll(dice, 20000));
		if (next_ms > 1000)
			next_ms = 1000;
		switch (roll(dice, 8)) {
		case 0:
			break;
		case 1:
		case 2:
			stream_queue(stream, tid, roll(dice, 3), ms, next_ms);
			break;
		case 3:
		case 4:
		case 5: {
			struct event_wait wait = random_wait(dice, stacks, requests);

			if (next_ms >= 1000)
				wait.flags |= SPAN_OPEN_END;
			if (wait.flags & SPAN_REQUEST)
				tell_request(stream, dice, wait.request, ms, next_ms);
			stream_wait(stream, tid, ms, next_ms, wait);
			break;
		}
		default:
			stream_run(stream, tid, ms, next_ms, 0.0001 * roll(dice, 10000));
			break;
		}
		ms = next_ms;
	}
}

static void tell_world(struct stream *stream, uint64_t seed, enum watch_target target)
{
	struct dice dice = { .state = seed * 0x9e3779b97f4a7c15u + 1 };
	uint64_t stacks[array_count(FUNCTIONS)], requests = 0;
	char comm[16];

	stream_watch(stream, target, 10);
	stream_device(stream, VDA, "vda", 0, 0);
	stream_device(stream, DM0, "dm-0", DEVICE_VIRTUAL, VDA);
	for (size_t i = 0; i < array_count(FUNCTIONS); i++)
		stacks[i] =
			stream_stack(stream, FUNCTIONS[i], i % 3 ? "vfs_fsync" : "vfs_read", NULL);
	for (uint32_t i = 0; i < THREADS; i++) {
		(void)snprintf(comm, sizeof(comm), "thread-%u", i);
		if (i % 4 == 3)
			stream_child(stream, 10 + i, comm, 10, 100.0 * i / 2);
		else
			stream_task(stream, 10 + i, comm, i % 2 ? 0 : TASK_TARGET);
		tell_thread(stream, &dice, 10 + i, stacks, &requests);
		if (roll(&dice, 3) == 0)
			stream_death(stream, 10 + i, 500 + roll(&dice, 500));
		stream_samples(stream, 10 + i, roll(&dice, 30),
			       stacks[roll(&dice, array_count(FUNCTIONS))], 0);
	}
	stream_end(stream, 1000);
}

static char *print_verdict(const struct verdict *verdict)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	(void)fprintf(out, "%" PRIu64 " %" PRIu64 " %s\n", verdict->base_ns, verdict->unknown_ns,
		      verdict->next_command);
	for (size_t i = 0; i < verdict->threads.count; i++) {
		const struct thread_account *thread = &verdict->threads.items[i];

		(void)fprintf(out, "%u %s %" PRIu64 " %" PRIu64 "\n", thread->tid, thread->comm,
			      thread->wall_ns, thread->user_ns);
	}
	for (size_t i = 0; i < verdict->findings.count; i++) {
		const struct finding *finding = &verdict->findings.items[i];

		(void)fprintf(out, "%s %s %s %.17g %d\n", cause_id(finding->cause),
			      finding->subject.kind, finding->subject.name, finding->share,
			      finding->confidence);
		for (size_t k = 0; k < finding->chain.count; k++)
			(void)fprintf(out, " %s %u %s %s\n", finding->chain.items[k].who,
				      finding->chain.items[k].tid, finding->chain.items[k].state,
				      finding->chain.items[k].detail);
		for (size_t k = 0; k < finding->evidence.count; k++)
			(void)fprintf(out, " %s\n", finding->evidence.items[k].words);
	}
	(void)fclose(out);
	return text;
}

static void sums_are_exact_and_verdicts_repeat(void **state)
{
	static const enum watch_target TARGETS[] = { WATCH_MACHINE, WATCH_PROCESS, WATCH_COMMAND };

	for (uint64_t seed = 1; seed <= 60; seed++) {
		struct stream stream = {};
		struct verdict *first, *second;
		char *first_text, *second_text;

		tell_world(&stream, seed, TARGETS[seed % 3]);
		first = stream_judge(&stream);
		second = stream_judge(&stream);
		first_text = print_verdict(first);
		second_text = print_verdict(second);
		assert_string_equal(first_text, second_text);
		assert_true(first->findings.count > 3);
		free(first_text);
		free(second_text);
		verdict_free(&first);
		verdict_free(&second);
		stream_free(&stream);
	}
}

/* Events as a broken or malicious recording may hold them: sound in size, without sense in content.
 */
static void tell_nonsense(struct stream *stream, struct dice *dice)
{
	static const enum event_kind KINDS[] = {
		EVENT_TASK,    EVENT_TASK_END, EVENT_DEVICE,      EVENT_RUN,    EVENT_WAIT,
		EVENT_QUEUE,   EVENT_RUN,      EVENT_WAIT,        EVENT_SAMPLE, EVENT_SYSCALL,
		EVENT_REQUEST, EVENT_COUNTER,  EVENT_SYSCALL_SUM, EVENT_LOCK,   EVENT_LOSS,
	};
	union {
		struct event head;
		uint64_t words[32];
	} event;
	enum event_kind kind = KINDS[roll(dice, array_count(KINDS))];

	for (size_t i = 0; i < array_count(event.words); i++) {
		switch (roll(dice, 4)) {
		case 0:
			event.words[i] = dice->state;
			break;
		case 1:
			event.words[i] = BEGIN_NS + roll(dice, 1000) * MS(1);
			break;
		default:
			/* Two small numbers: thread numbers that meet, flags, devices. */
			event.words[i] = (uint64_t)roll(dice, 20) << 32 | roll(dice, 20);
			break;
		}
	}
	event.head.time_ns = roll(dice, 20) ? BEGIN_NS + roll(dice, 1000) * MS(1) : dice->state;
	stream_add(stream, kind, &event, event_kind_bytes(kind));
}

static void nonsense_breaks_nothing(void **state)
{
	for (uint64_t seed = 1; seed <= 40; seed++) {
		struct dice dice = { .state = seed * 0x9e3779b97f4a7c15u };
		struct stream stream = {};
		struct verdict *verdict;

		stream_watch(&stream, (enum watch_target)(1 + seed % 3), 10);
		for (int i = 0; i < 3000; i++)
			tell_nonsense(&stream, &dice);
		if (seed % 2)
			stream_end(&stream, 1000);
		verdict = stream_judge(&stream);
		verdict_free(&verdict);
		stream_free(&stream);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_are_exact_and_verdicts_repeat),
		cmocka_unit_test(nonsense_breaks_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
