/*
 * What does a profile cost, without reading and naming? profiler [SAMPLES [FRAMES]]: samples of
 * which nearly each has a stack of its own, as deep as said, handed to the profiler.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "analyse/profile.h"

enum {
	FUNCTIONS = 5000,
	FRAMES_MAX = 512,
	THREADS = 20,
};

static double now_s(void)
{
	struct timespec now = {};

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static long peak_kib(void)
{
	struct rusage usage = {};

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss;
}

/* Any sequence will do, as long as it is the same every time. */
static unsigned int draw(uint64_t *state, unsigned int limit)
{
	*state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned int)(*state >> 33) % limit;
}

static int tell(struct profiler *profiler, void *event, enum event_kind kind, size_t bytes)
{
	struct event *head = event;

	head->bytes = (uint32_t)((bytes + 7) / 8 * 8);
	head->kind = (uint16_t)kind;
	head->time_ns = 1;
	return profiler_take(profiler, head, NULL);
}

static int tell_names(struct profiler *profiler)
{
	struct event_sampler sampler = { .id = 1, .unit = SAMPLER_COUNT, .name = "cycles" };
	int r = tell(profiler, &sampler, EVENT_SAMPLER, sizeof(sampler));

	for (uint32_t id = 1; id <= FUNCTIONS && r == 0; id++) {
		union {
			struct event_symbol symbol;
			char bytes[128];
		} room = { .symbol.id = id };

		room.symbol.name_bytes =
			(uint16_t)snprintf(room.symbol.text, 64, "function_number_%u", id);
		r = tell(profiler, &room, EVENT_SYMBOL,
			 sizeof(room.symbol) + room.symbol.name_bytes);
	}
	for (uint32_t tid = 1; tid <= THREADS && r == 0; tid++) {
		struct event_task task = { .tid = tid, .tgid = tid };

		(void)snprintf(task.comm, sizeof(task.comm), "worker_%u", tid);
		r = tell(profiler, &task, EVENT_TASK, sizeof(task));
	}
	return r;
}

/* Half of the frames are the same for all, as callers are; the others are drawn. */
static int tell_sample(struct profiler *profiler, uint64_t number, uint32_t frames, uint64_t *state)
{
	static union {
		struct event_stack stack;
		char bytes[sizeof(struct event_stack) + FRAMES_MAX * sizeof(struct event_frame)];
	} room;
	struct event_sample sample = { .sampler = 1,
				       .tid = 1 + draw(state, THREADS),
				       .user_stack = number + 1,
				       .period = 1000 };
	int r;

	memset(&room.stack, 0, sizeof(room.stack));
	room.stack.id = number + 1;
	room.stack.flags = STACK_USER;
	room.stack.frames = frames;
	for (uint32_t i = 0; i < frames; i++)
		room.stack.frame[i].symbol =
			i < frames / 2 ? 1 + draw(state, FUNCTIONS) : 1 + (frames - i) % 100;
	r = tell(profiler, &room, EVENT_STACK,
		 sizeof(room.stack) + frames * sizeof(room.stack.frame[0]));
	return r < 0 ? r : tell(profiler, &sample, EVENT_SAMPLE, sizeof(sample));
}

int main(int argc, char **argv)
{
	uint64_t samples = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000, state = 1;
	uint32_t frames = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 45;
	struct profiler_options options = { .min_share = 0.005 };
	owns(profiler_free) struct profiler *profiler = NULL;
	owns(profiles_free) struct profiles profiles = {};
	double begin, taken, made;
	int r;

	if (!samples || frames > FRAMES_MAX ||
	    profile_keys_read("comm,dso,symbol", &options.keys) < 0 ||
	    profiler_new(&options, &profiler) < 0)
		return 1;
	r = tell_names(profiler);
	begin = now_s();
	for (uint64_t i = 0; i < samples && r == 0; i++)
		r = tell_sample(profiler, i, frames, &state);
	taken = now_s();
	if (r == 0)
		r = profiler_profiles(profiler, &profiles, NULL);
	made = now_s();
	if (r < 0)
		return 1;
	printf("%.0f ns a sample to take (with making it up), %.0f ns to make the profile, %ld KiB at the peak: "
	       "%.0f bytes a sample\n",
	       (taken - begin) / (double)samples * 1e9, (made - taken) / (double)samples * 1e9,
	       peak_kib(), (double)peak_kib() * 1024 / (double)samples);
	printf("%zu rows, %zu nodes\n", profiles.items.items[0]->rows.count,
	       profiles.items.items[0]->nodes.count);
	return 0;
}
