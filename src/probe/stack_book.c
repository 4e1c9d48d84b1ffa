/* Which stacks of a look are to be told still? */
#include "probe/stack_book.h"

#include <errno.h>
#include <string.h>
#include <sys/param.h>

#include "probe/translate.h"

static uint64_t hash_stack(uint32_t tgid, const uint64_t *addresses, size_t frames)
{
	uint64_t hash = hash_pair(tgid, frames);

	for (size_t i = 0; i < frames; i++)
		hash = hash_pair(hash, addresses[i]);
	return hash | 1;
}

static int push_words(struct stack_book *book, const void *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t *place = array_push(&book->untold);

		if (!place)
			return -ENOMEM;
		memcpy(place, (const char *)words + i * sizeof(*place), sizeof(*place));
	}
	return 0;
}

static int keep(struct stack_book *book, uint32_t tgid, const uint64_t *addresses, size_t frames,
		uint64_t id)
{
	const struct wire_stack head = {
		.head = { .kind = WIRE_STACK, .tid = tgid },
		.id = id,
		.frames = (uint32_t)frames,
	};
	int r = push_words(book, &head, WIRE_STACK_BYTES(0) / sizeof(uint64_t));

	return r < 0 ? r : push_words(book, addresses, frames);
}

int stack_book_put(struct stack_book *book, uint32_t tgid, const uint64_t *addresses, size_t frames,
		   uint64_t *ret_id)
{
	uint64_t id;

	frames = MIN(frames, (size_t)WIRE_FRAMES);
	id = frames ? hash_stack(tgid, addresses, frames) : 0;
	*ret_id = id;
	if (!id || hash_find(&book->known, id))
		return 0;
	if (book->known.count >= STACK_BOOK_MAX) {
		*ret_id = 0;
		book->lost++;
		return 0;
	}
	if (!hash_put(&book->known, id))
		return -ENOMEM;
	return keep(book, tgid, addresses, frames, id);
}

int stack_book_tell(struct stack_book *book, struct translator *translator, struct diag *why)
{
	for (size_t at = 0; at < book->untold.count;) {
		const struct wire_stack *stack = (const void *)&book->untold.items[at];
		size_t bytes = WIRE_STACK_BYTES(stack->frames);
		int r = translate(translator, &stack->head, bytes, why);

		if (r < 0)
			return r;
		at += bytes / sizeof(uint64_t);
	}
	array_free(&book->untold);
	return 0;
}

void stack_book_free(struct stack_book *book)
{
	hash_free(&book->known);
	array_free(&book->untold);
}
