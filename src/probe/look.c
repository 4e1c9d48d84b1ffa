/* How do all threads stand, and whom do they wait for? From the begin to the end of some looks. */
#include "probe/look.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"
#include "host/facts.h"
#include "host/guard.h"
#include "host/logged.h"
#include "probe/clock.h"
#include "probe/look_facts.h"
#include "probe/look_iter.h"
#include "probe/look_proc.h"
#include "probe/look_state.h"
#include "probe/relations.h"

enum {
	SAMPLE_HZ = 99,
};

int look_no_memory(struct diag *why)
{
	return diag_set(why, -ENOMEM, "out of memory for the threads of this machine");
}

/* --- life --- */

int look_open(const struct look_options *options, const struct event_sink *sink, struct look **ret,
	      struct diag *why)
{
	owns(look_free) struct look *look = calloc(1, sizeof(*look));
	int r;

	if (!look)
		return look_no_memory(why);
	look->options = *options;
	look->translator = (struct translator){ .sink = *sink, .end_ns = UINT64_MAX };
	r = look_iter_new(options->features, &look->iter, &look->refused);
	if (r < 0)
		r = look_proc_new(options->guard, &look->proc, why);
	if (r < 0)
		return r;
	if (logged_begin(&look->logged, false) < 0)
		return look_no_memory(why);
	*ret = give(look);
	return 0;
}

void look_free(struct look **look)
{
	if (!*look)
		return;
	look_iter_free(&(*look)->iter);
	look_proc_free(&(*look)->proc);
	logged_end(&(*look)->logged);
	stack_book_free(&(*look)->stacks);
	titles_free(&(*look)->titles);
	hash_free(&(*look)->told);
	looked_free(&(*look)->threads);
	looked_free(&(*look)->previous);
	free(*look);
	*look = NULL;
}

/* The lines are in the order of their addresses: a function goes up to the next line's. */
static void learn_function(struct look *look, const char *text, size_t bytes, const char *name)
{
	char pattern[64];
	int length = snprintf(pattern, sizeof(pattern), " %s", name);
	const char *hit = memmem(text, bytes, pattern, (size_t)length), *line = hit, *next;
	struct code_range *range = &look->fuse[look->fuse_functions];

	/* At its end, or before the name of a module. */
	if (!hit || !strchr("\n\t", hit[length]) || look->fuse_functions == LOOK_FUNCTIONS_MAX)
		return;
	while (line > text && line[-1] != '\n')
		line--;
	next = memchr(hit, '\n', bytes - (size_t)(hit - text));
	range->start = strtoull(line, NULL, 16);
	range->end = next ? strtoull(next + 1, NULL, 16) : 0;
	if (range->start && range->end > range->start)
		look->fuse_functions++;
}

void look_learn_kallsyms(struct look *look, const char *text, size_t bytes)
{
	/* Which of them there are depends on what the compiler puts into what. */
	static const char *const NAMES[] = {
		"request_wait_answer",
		"__fuse_request_send",
		"__fuse_simple_request",
		"fuse_simple_request",
	};

	for (size_t i = 0; i < array_count(NAMES); i++)
		learn_function(look, text, bytes, NAMES[i]);
}

/* --- how it is made --- */

static const struct {
	const char *key;
	const char *text;
} PROC_LACKS[] = {
	{ "missing.iter_task",
	  "one moment for all threads: they were looked at one after the other, through /proc" },
	{ "missing.thread_since", "since when each thread waits" },
	{ "missing.lock_owners", "which kernel lock a thread waits for, and who holds it" },
	{ "missing.frame_pointers", "user stacks: only where each thread left its own code" },
	{ "missing.on_cpu", "whether a thread that is ready to run has a CPU" },
	{ "missing.running_stacks", "stacks of threads that run" },
};

static int tell_fact(struct look *look, struct diag *why, const char *key, const char *text)
{
	return fact_tell(&look->translator.sink, look->translator.told_ns, why, key, "%s", text);
}

/* Without samples the looks go on. With them the first look waits for two ticks of the clock: else
 * who runs all the time has not been seen yet. */
static int start_sampling(struct look *look, struct diag *why)
{
	const struct timespec ticks = { .tv_nsec = 2 * (1000000000L / SAMPLE_HZ) };

	if (look_iter_sample(look->iter, SAMPLE_HZ) < 0)
		return tell_fact(look, why, "missing.running_stacks", "stacks of threads that run");
	(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &ticks, NULL);
	return fact_tell(&look->translator.sink, look->translator.told_ns, why,
			 "facility.running_stacks", "cpu-clock at %d Hz", SAMPLE_HZ);
}

static int tell_way(struct look *look, struct diag *why)
{
	int r = tell_fact(look, why, "facility.threads", look->iter ? "iter_task" : "proc");

	if (r == 0)
		r = tell_fact(look, why, "facility.descriptors",
			      look->iter ? "iter_task_file" : "proc");
	for (size_t i = 0; i < array_count(PROC_LACKS) && r == 0 && !look->iter; i++)
		r = tell_fact(look, why, PROC_LACKS[i].key, PROC_LACKS[i].text);
	if (r == 0 && look->iter)
		r = start_sampling(look, why);
	if (r == 0 && look->refused.code)
		r = tell_fact(look, why, "refused.facility", look->refused.text);
	return r < 0 ? r
		     : logged_tell_way(&look->logged, &look->translator.sink,
				       look->translator.told_ns, why);
}

static int tell_watch(struct look *look, struct diag *why)
{
	struct event_watch event = {
		.head = { .bytes = sizeof(event),
			  .kind = EVENT_WATCH,
			  .time_ns = look->translator.begin_ns },
		.target = look->options.target,
		.pid = look->options.tgid_count ? look->options.tgids[0] : 0,
		.cpus = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN),
	};

	memcpy(event.name, look->options.name, sizeof(event.name));
	return event_sink_take(&look->translator.sink, &event.head, why);
}

int look_start(struct look *look, struct diag *why)
{
	int r;

	look->translator.begin_ns = look->translator.told_ns = clock_now_ns();
	r = tell_watch(look, why);
	if (r == 0)
		r = tell_way(look, why);
	return r < 0 ? r
		     : look_facts_tell("", look->options.tgids, look->options.tgid_count,
				       &look->translator.sink, look->translator.begin_ns, why);
}

uint64_t look_begin_ns(const struct look *look)
{
	return look->translator.begin_ns;
}

/* --- whom they wait for --- */

/* As of the moment at which it is looked for whom they wait. */
static int tell_titles(struct look *look, struct diag *why)
{
	int r = titles_gather(&look->titles, look->options.guard);

	for (size_t i = 0; i < look->threads.list.count && r == 0; i++) {
		const struct look_thread *thread = &look->threads.list.items[i].thread;

		r = titles_add(&look->titles, thread->tid, thread->title);
	}
	return r < 0 ? look_no_memory(why)
		     : titles_tell(&look->titles, true, &look->translator.sink,
				   look->translator.told_ns, why);
}

int look_at_relations(struct look *look, struct diag *why)
{
	struct relations relations = {
		.threads = &look->threads,
		.guard = look->options.guard,
		.iter = look->iter,
		.root = "",
		.sink = &look->translator.sink,
		.time_ns = clock_now_ns(),
		.why = why,
	};
	int r;

	look->translator.told_ns = relations.time_ns;
	r = tell_titles(look, why);
	if (r == 0)
		r = relations_tell(&relations);
	look->lost_relations += relations.lost;
	relations_free(&relations);
	return r == -ENOMEM ? look_no_memory(why) : r;
}

/* --- the log --- */

int look_at_log(struct look *look, struct diag *why)
{
	return logged_tell(&look->logged, &look->translator.sink, &look->translator.told_ns, why);
}

/* --- the end --- */

/* Whose memory could not be read: the thinkers may make something of that. */
static int tell_hung(struct look *look, struct diag *why)
{
	size_t count = 0, files = 0;
	const uint64_t *hung = guard_hung(look->options.guard, &count);
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i++) {
		char key[64];

		files += (hung[i] & GUARD_FILE) != 0;
		if (hung[i] & GUARD_FILE)
			continue;
		(void)snprintf(key, sizeof(key), "process.%" PRIu64 ".unreadable", hung[i]);
		r = tell_fact(look, why, key,
			      "its mappings or memory could not be read without hanging");
	}
	if (r == 0 && files)
		r = fact_tell(&look->translator.sink, look->translator.told_ns, why,
			      "missing.hung_files",
			      "names in %zu files that could not be read without hanging", files);
	if (r == 0 && count >= GUARD_HUNG_MAX)
		r = fact_tell(
			&look->translator.sink, look->translator.told_ns, why, "missing.unread",
			"user stacks, names and futexes of all processes after the %d readings "
			"that hung",
			GUARD_HUNG_MAX);
	return r;
}

static int tell_hidden(struct look *look, struct diag *why)
{
	uint64_t hidden = look->proc ? look_proc_hidden(look->proc) : 0;
	int r = 0;

	if (hidden)
		r = fact_tell(&look->translator.sink, look->translator.told_ns, why,
			      "missing.threads_of_others",
			      "stacks and system calls of %" PRIu64
			      " threads: they are not ours to see; run as root",
			      hidden);
	if (r == 0 && look->proc && look_proc_lacks_addresses(look->proc))
		r = tell_fact(look, why, "missing.kernel_stacks",
			      "kernel stacks: /proc/kallsyms hides the addresses of functions");
	return r;
}

static int tell_loss(struct look *look, uint32_t what, uint64_t count, struct diag *why)
{
	struct event_loss loss = {
		.head = { .bytes = sizeof(loss),
			  .kind = EVENT_LOSS,
			  .time_ns = look->translator.told_ns },
		.what = what,
		.count = count,
	};

	return count ? event_sink_take(&look->translator.sink, &loss.head, why) : 0;
}

static int tell_lacks(struct look *look, struct diag *why)
{
	int r = tell_hung(look, why);

	if (r == 0)
		r = tell_hidden(look, why);
	if (r == 0)
		r = logged_tell_lacks(&look->logged, &look->translator.sink,
				      look->translator.told_ns, why);
	if (r == 0 && look->lost_relations)
		r = fact_tell(&look->translator.sink, look->translator.told_ns, why,
			      "missing.relations", "%" PRIu64 " of those for whom threads wait",
			      look->lost_relations);
	if (r == 0)
		r = tell_loss(look, LOSS_THREAD, look->lost_threads, why);
	return r < 0 ? r : tell_loss(look, LOSS_STACK, look->stacks.lost, why);
}

int look_stop(struct look *look, uint32_t end_flags, struct diag *why)
{
	struct event_watch_end end = {
		.head = { .bytes = sizeof(end), .kind = EVENT_WATCH_END },
		.flags = end_flags,
	};
	int r;

	look->translator.told_ns = MAX(look->translator.told_ns, clock_now_ns());
	end.head.time_ns = look->translator.told_ns;
	r = tell_lacks(look, why);
	return r < 0 ? r : event_sink_take(&look->translator.sink, &end.head, why);
}
