/* When did a call that submits operations return, and when were completions taken out of a ring?
 * What operations need to know that is learnt after they ended. */
#ifndef PROBE_IO_BOOK_H
#define PROBE_IO_BOOK_H

#include <linux/types.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "base/hash.h"
#include "base/own.h"
#include "probe/watch.wire.h"

enum {
	IO_BOOK_CALLS = 1 << 15, /* the last of them are known */
	IO_BOOK_LOOKS = 1 << 14, /* at one ring: the same, for as long as events wait for others */
	IO_BOOK_RINGS = 64,      /* of more, none is known */
};

struct io_book_call {
	uint64_t end_ns; /* 0: none */
	uint32_t tid;
	uint32_t call;
};

/* So many completions had been taken by then. */
struct io_book_look {
	uint64_t time_ns;
	uint32_t reaped;
	uint32_t spare;
};

struct io_book_ring {
	uint64_t count; /* of looks so far */
	struct io_book_look looks[IO_BOOK_LOOKS];
};

struct io_book_place {
	struct io_book_ring *ring; /* owned */
};

/* Zero is a valid empty book. */
struct io_book {
	struct io_book_call *calls; /* by tid and number */
	ARRAY(struct io_book_place) rings;
	struct hash_map by_context; /* place + 1 */
};

/* 0 or -ENOMEM. */
must_check int io_book_take(struct io_book *book, const struct wire_io_submitted *wire);

/* When the thread's call of this number returned; 0: not known. */
uint64_t io_book_handed(const struct io_book *book, uint32_t tid, uint32_t call);

/* When the completion with this position in the ring was seen to be taken out; 0: not known. */
uint64_t io_book_reaped(const struct io_book *book, uint64_t context, uint32_t position);

void io_book_free(struct io_book *book);

#endif
