/* What did a thread do, and when? Its recent spans, in order, without overlap. */
#ifndef ANALYSE_TIMELINE_H
#define ANALYSE_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"

enum span_kind {
	SPAN_RUN = 1,
	SPAN_WAIT,
	SPAN_QUEUE,
};

/* A compact span [start_ns, end_ns): hundreds of thousands are kept. */
struct span {
	uint64_t start_ns;
	uint64_t end_ns;
	union {
		uint64_t kernel_ns;    /* run: of its whole length, interrupts excluded */
		uint64_t throttled_ns; /* queue */
		uint64_t request;      /* wait with SPAN_REQUEST */
		uint64_t lock;         /* wait without: kernel lock, or futex */
	};
	union {
		uint64_t irq_ns;        /* run */
		struct {                /* wait */
			uint32_t owner; /* who held the lock when the wait began, or the request's
					   device */
			uint32_t file;  /* index + 1; 0: none */
		};
	};
	union {
		uint32_t peer;         /* wait: the waker; queue: who ran before; 0: none */
		int32_t correction_ns; /* run: by how much the kernel counts it longer */
	};
	uint16_t flags;    /* enum span_flags */
	uint16_t class_id; /* wait */
	uint16_t cpu;      /* run, queue */
	int16_t syscall;   /* wait; -1: none */
	uint8_t kind;      /* enum span_kind */
	uint8_t spare[3];
};
_Static_assert(sizeof(struct span) <= 56, "spans are kept by the hundred thousand");

/* Zero is a valid empty history. Span number n of a thread is at n − first_seq. */
struct history {
	struct span *ring;
	uint32_t capacity; /* a power of two, or 0 */
	uint32_t count;
	uint32_t head;      /* place of the oldest */
	uint64_t first_seq; /* of the oldest; counts all spans ever kept */
};

static inline struct span *history_at(const struct history *history, size_t i)
{
	return &history->ring[(history->head + i) & (history->capacity - 1)];
}

/*
 * Keep a span: in order of starts, clipped so that it overlaps no other and nothing before that
 * time, behind every span before fixed_seq. 1: kept; 0: nothing was left of it; -ENOMEM.
 */
must_check int history_insert(struct history *history, const struct span *span,
			      uint64_t not_before_ns, uint64_t fixed_seq);

/* The first span that ends after this time; history->count when there is none. */
size_t history_find(const struct history *history, uint64_t time_ns);

/* Forget the oldest spans; gives memory back when little is left. */
void history_forget(struct history *history, size_t spans);

void history_free(struct history *history);

#endif
