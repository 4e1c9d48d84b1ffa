/* How does a list grow? By doubling, with the size computed under overflow checks. */
#include "base/array.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

int array_grow(void *items, size_t count, size_t *capacity, size_t item_bytes)
{
	char **block = items;
	size_t wanted, bytes;
	char *grown;

	if (count == *capacity) {
		wanted = *capacity ? *capacity * 2 : 8;
		if (wanted < *capacity || __builtin_mul_overflow(wanted, item_bytes, &bytes))
			return -ENOMEM;
		grown = realloc(*block, bytes);
		if (!grown)
			return -ENOMEM;
		*block = grown;
		*capacity = wanted;
	}
	memset(*block + count * item_bytes, 0, item_bytes);
	return 0;
}
