/* How does a test tell a story? A stream of events, built in any order, judged. */
#ifndef TESTS_UNIT_ANALYSE_STREAM_H
#define TESTS_UNIT_ANALYSE_STREAM_H

#include <stdint.h>

#include "analyse/analyse.h"
#include "base/array.h"

#define MS(n) ((uint64_t)(n)*1000000u)

/* All watches of the tests begin here, so that no time is 0. */
#define BEGIN_NS MS(1000)
/* So many milliseconds into the watch. */
#define AT(ms)   (BEGIN_NS + MS(ms))

struct stream_item {
	struct event *event; /* owned */
	uint64_t place;      /* events of one moment stay in the order they were told */
};

struct stream {
	ARRAY(struct stream_item) items;
	ARRAY(const char *) functions;
	uint32_t stacks;
};

void stream_free(struct stream *stream);

/* Append a copy of any event; its head's size and kind are set here. */
void stream_add(struct stream *stream, enum event_kind kind, const void *event, size_t bytes);

void stream_watch(struct stream *stream, enum watch_target target, uint32_t pid);
void stream_end(struct stream *stream, double ms);
void stream_task(struct stream *stream, uint32_t tid, const char *comm, uint32_t flags);
void stream_child(struct stream *stream, uint32_t tid, const char *comm, uint32_t parent,
		  double birth_ms);
void stream_death(struct stream *stream, uint32_t tid, double ms);
void stream_fact(struct stream *stream, const char *key, const char *value);
/* What a thread calls itself from then on. */
void stream_title(struct stream *stream, double ms, uint32_t tid, const char *text);
void stream_loss(struct stream *stream, enum loss_what what, uint64_t count);
void stream_device(struct stream *stream, uint32_t dev, const char *name, uint32_t flags,
		   uint32_t lower);
void stream_file(struct stream *stream, uint32_t dev, uint64_t inode, const char *name);

/* A stack of these functions, innermost first, ended by NULL; returns its id. */
uint64_t stream_stack(struct stream *stream, const char *function, ...) __attribute__((sentinel));
/* The same, in user code. */
uint64_t stream_user_stack(struct stream *stream, const char *function, ...)
	__attribute__((sentinel));

void stream_run(struct stream *stream, uint32_t tid, double from_ms, double to_ms,
		double kernel_ms);
void stream_run_on(struct stream *stream, uint32_t tid, uint32_t cpu, double from_ms, double to_ms);
void stream_queue(struct stream *stream, uint32_t tid, uint32_t cpu, double from_ms, double to_ms);
/* A wait that ends at to_ms, when the thread runs again at once; the rest as the caller set it in
 * *wait. */
void stream_wait(struct stream *stream, uint32_t tid, double from_ms, double to_ms,
		 struct event_wait wait);
/* Queued, issued, completed. */
void stream_request(struct stream *stream, uint64_t id, uint32_t dev, uint32_t flags, uint32_t tid,
		    const double ms[3]);
/* So many samples, spread over the time, of a thread in user code or (kernel) in the kernel. */
void stream_samples(struct stream *stream, uint32_t tid, unsigned int count, uint64_t user_stack,
		    uint64_t stack);

/*
 * The verdict, the caller's. Asserts what holds for every stream: the shares and the unknown sum to
 * 1, the parts of every thread to its wall time.
 */
struct verdict *stream_judge(struct stream *stream);

/* As analysis_verdict(). */
int stream_try(struct stream *stream, struct verdict **ret, struct diag *why);

/* The finding with this cause whose subject's name begins so; NULL: none. */
const struct finding *verdict_find(const struct verdict *verdict, enum cause cause,
				   const char *subject);
/* Its share; 0 when there is none. */
double verdict_share(const struct verdict *verdict, enum cause cause, const char *subject);
const struct thread_account *verdict_thread(const struct verdict *verdict, uint32_t tid);
/* Does a sentence of the finding's evidence contain this? */
bool finding_tells(const struct finding *finding, const char *words);

#define assert_near(a, b) assert_true((a) - (b) < 1e-6 && (b) - (a) < 1e-6)

#endif
