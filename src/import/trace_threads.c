/* What are the threads of a trace called? */
#include "import/trace_threads.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define THREADS_MAX (1u << 20)

void trace_threads_clear(struct trace_threads *threads)
{
	hash_free(&threads->told);
}

static uint64_t hash_of(const char comm[16])
{
	uint64_t halves[2];

	memcpy(halves, comm, sizeof(halves));
	return hash_pair(halves[0], halves[1]);
}

int trace_threads_tell(struct trace_threads *threads, uint32_t tid, const char comm[16],
		       struct perf_out *out, struct diag *why)
{
	struct event_task task = {
		.head = PERF_EVENT_HEAD(event_task, TASK, out->told_ns),
		.tid = tid,
		.tgid = threads->are_of_no_process ? 0 : tid,
		.flags = TASK_TARGET,
	};
	uint64_t *told;

	if (!tid || !comm[0] || threads->told.count >= THREADS_MAX)
		return 0;
	told = hash_put(&threads->told, tid);
	if (!told)
		return diag_set(why, -ENOMEM, "out of memory");
	if (*told == hash_of(comm))
		return 0;
	*told = hash_of(comm);
	memcpy(task.comm, comm, sizeof(task.comm));
	return perf_tell(out, &task, why);
}

int trace_threads_hint(struct trace_threads *threads, uint32_t tid, const char comm[16],
		       struct perf_out *out, struct diag *why)
{
	return hash_find(&threads->told, tid) ? 0
					      : trace_threads_tell(threads, tid, comm, out, why);
}

int trace_threads_read(struct trace_threads *threads, const char *text, size_t bytes,
		       struct perf_out *out, struct diag *why)
{
	const char *limit = text + bytes, *end;
	int r = 0;

	for (; r == 0 && (end = memchr(text, '\n', (size_t)(limit - text))); text = end + 1) {
		char comm[16] = "";
		uint32_t tid = 0;
		size_t count;

		while (text < end && isdigit((unsigned char)*text) && tid < UINT32_MAX / 16)
			tid = tid * 10 + (uint32_t)(*text++ - '0');
		if (text == end || *text++ != ' ')
			continue;
		count = (size_t)(end - text);
		memcpy(comm, text, count < 15 ? count : 15);
		/* "<...>" stands for a name that was not kept. */
		if (strcmp(comm, "<...>") != 0)
			r = trace_threads_tell(threads, tid, comm, out, why);
	}
	return r;
}
