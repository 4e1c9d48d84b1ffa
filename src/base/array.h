/* How does a list grow? One growable block of equal items, owned by its struct. */
#ifndef BASE_ARRAY_H
#define BASE_ARRAY_H

#include <stddef.h>
#include <stdlib.h>

#include "base/own.h"

/*
 * A typed array is declared as ARRAY(struct thing) things = {}; its items are things.items[0 ..
 * things.count). array_push() yields a zeroed new last item, or NULL when memory is out (the array
 * is then unchanged).
 */
#define ARRAY(type)              \
	struct {                 \
		type *items;     \
		size_t count;    \
		size_t capacity; \
	}

/* Make room for one more item of item_bytes; 0 or -ENOMEM. The new item is zeroed. Used through
 * array_push(). */
must_check int array_grow(void *items, size_t count, size_t *capacity, size_t item_bytes);

#define array_push(array)                                                           \
	({                                                                          \
		__typeof__((array)->items) array_item = NULL;                       \
		if (array_grow(&(array)->items, (array)->count, &(array)->capacity, \
			       sizeof(*(array)->items)) == 0)                       \
			array_item = &(array)->items[(array)->count++];             \
		array_item;                                                         \
	})

#define array_free(array)                               \
	do {                                            \
		free((array)->items);                   \
		(array)->items = NULL;                  \
		(array)->count = (array)->capacity = 0; \
	} while (0)

#define array_count(fixed) (sizeof(fixed) / sizeof((fixed)[0]))

#endif
