/* Where is an event's copy while what it lacks is filled in? Inner to the namer. */
#ifndef SYMBOL_COPIED_H
#define SYMBOL_COPIED_H

#include <stddef.h>
#include <stdlib.h>

/* Zero is a valid empty room; ended with free(bytes). */
struct copied {
	char *bytes;
	size_t capacity;
};

/* Room for so many bytes; what was there stays. NULL when memory is out. */
static inline void *copied_make_room(struct copied *copied, size_t bytes)
{
	if (bytes > copied->capacity) {
		char *grown = realloc(copied->bytes, bytes);

		if (!grown)
			return NULL;
		copied->bytes = grown;
		copied->capacity = bytes;
	}
	return copied->bytes;
}

#endif
