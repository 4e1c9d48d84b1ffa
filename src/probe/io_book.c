/* When did a call that submits operations return, and when were completions taken out of a ring?
 * Both are kept for a while, in tables whose oldest entries are written over. */
#include "probe/io_book.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/param.h>

static size_t place_of(uint32_t tid, uint32_t call)
{
	return (tid * 2654435761U + call) % IO_BOOK_CALLS;
}

static int take_call(struct io_book *book, const struct wire_io_submitted *wire)
{
	if (!book->calls)
		book->calls = calloc(IO_BOOK_CALLS, sizeof(*book->calls));
	if (!book->calls)
		return -ENOMEM;
	book->calls[place_of(wire->head.tid, wire->call)] = (struct io_book_call){
		.end_ns = wire->head.time_ns,
		.tid = wire->head.tid,
		.call = wire->call,
	};
	return 0;
}

static int ring_of(struct io_book *book, uint64_t context, struct io_book_ring **ret)
{
	uint64_t *place = hash_find(&book->by_context, context);
	struct io_book_place *added;

	if (place) {
		*ret = book->rings.items[*place - 1].ring;
		return 1;
	}
	if (book->rings.count >= IO_BOOK_RINGS)
		return 0;
	added = array_push(&book->rings);
	if (!added)
		return -ENOMEM;
	added->ring = calloc(1, sizeof(*added->ring));
	place = added->ring ? hash_put(&book->by_context, context) : NULL;
	if (!place)
		return -ENOMEM;
	*place = book->rings.count;
	*ret = added->ring;
	return 1;
}

/* What a thread saw on one CPU can come after what it saw on another later on. */
static void keep_look(struct io_book_ring *ring, struct io_book_look look)
{
	uint64_t place = ring->count++;
	uint64_t first = ring->count > IO_BOOK_LOOKS ? ring->count - IO_BOOK_LOOKS : 0;

	for (; place > first; place--) {
		struct io_book_look before = ring->looks[(place - 1) % IO_BOOK_LOOKS];

		if (before.time_ns <= look.time_ns)
			break;
		ring->looks[place % IO_BOOK_LOOKS] = before;
	}
	ring->looks[place % IO_BOOK_LOOKS] = look;
}

/* The fewer of two numbers that go round after 2^32. */
static uint32_t fewer(uint32_t one, uint32_t other)
{
	return (int32_t)(one - other) < 0 ? one : other;
}

int io_book_take(struct io_book *book, const struct wire_io_submitted *wire)
{
	struct io_book_ring *ring;
	int r = take_call(book, wire);

	if (r < 0 || !wire->context || !wire->reaped)
		return r;
	r = ring_of(book, wire->context, &ring);
	if (r <= 0)
		return r;
	if (wire->returned_ns)
		keep_look(ring, (struct io_book_look){
					.time_ns = wire->returned_ns,
					.reaped = fewer(wire->told, wire->reaped),
				});
	keep_look(ring, (struct io_book_look){
				.time_ns = wire->begin_ns,
				.reaped = wire->reaped,
			});
	return 0;
}

uint64_t io_book_handed(const struct io_book *book, uint32_t tid, uint32_t call)
{
	const struct io_book_call *kept = book->calls ? &book->calls[place_of(tid, call)] : NULL;

	return call && kept && kept->tid == tid && kept->call == call ? kept->end_ns : 0;
}

/* The numbers go round after 2^32. */
static bool is_taken(const struct io_book_look *look, uint32_t position)
{
	return (int32_t)(look->reaped - position) >= 0;
}

/* The earliest look that saw it gone: they were taken in order. One that is as old as those that
 * were written over is not known to be that. */
uint64_t io_book_reaped(const struct io_book *book, uint64_t context, uint32_t position)
{
	const uint64_t *place = position ? hash_find(&book->by_context, context) : NULL;
	const struct io_book_ring *ring;
	uint64_t first, low, high;

	if (!place)
		return 0;
	ring = book->rings.items[*place - 1].ring;
	first = ring->count > IO_BOOK_LOOKS ? ring->count - IO_BOOK_LOOKS : 0;
	low = first;
	high = ring->count;
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (is_taken(&ring->looks[middle % IO_BOOK_LOOKS], position))
			high = middle;
		else
			low = middle + 1;
	}
	if (low == ring->count || (low == first && first))
		return 0;
	return ring->looks[low % IO_BOOK_LOOKS].time_ns;
}

void io_book_free(struct io_book *book)
{
	for (size_t i = 0; i < book->rings.count; i++)
		free(book->rings.items[i].ring);
	array_free(&book->rings);
	hash_free(&book->by_context);
	free(book->calls);
	book->calls = NULL;
}
