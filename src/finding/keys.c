/* Which keys does a list name? Each is looked for among all names. */
#include "finding/keys.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

static size_t find_name(const char *text, size_t bytes, const char *const *names, size_t count)
{
	size_t i = 0;

	while (i < count && (strlen(names[i]) != bytes || strncmp(names[i], text, bytes) != 0))
		i++;
	return i;
}

static bool has_place(const size_t *places, int count, size_t place)
{
	for (int i = 0; i < count; i++) {
		if (places[i] == place)
			return true;
	}
	return false;
}

int keys_read(const char *text, const char *const *names, size_t count, size_t *places)
{
	int found = 0;

	for (;; text++) {
		size_t bytes = strcspn(text, ",");
		size_t place = find_name(text, bytes, names, count);

		if (place == count || has_place(places, found, place))
			return -EINVAL;
		places[found++] = place;
		text += bytes;
		if (!*text)
			return found;
	}
}
