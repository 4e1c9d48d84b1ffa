/* How often was ZFS's cache of data (ARC) enough? A line for each count: name, type, value. */
#include "host/arc.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/rooted.h"

/* The second number of the line: the first is the type of the second. */
static int read_value(const char *text, uint64_t *ret)
{
	char *end;

	text += strspn(text, " ");
	text += strspn(text, "0123456789");
	text += strspn(text, " ");
	if (!isdigit((unsigned char)*text))
		return -EBADMSG;
	errno = 0;
	*ret = strtoull(text, &end, 10);
	return errno || (*end && *end != '\n') ? -EBADMSG : 0;
}

/* The value in the line that begins with this name. */
static int find_count(const char *text, const char *name, uint64_t *ret)
{
	size_t bytes = strlen(name);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, bytes) == 0 && line[bytes] == ' ')
			return read_value(line + bytes, ret);
	}
	return -EBADMSG;
}

int arc_read(const char *root, struct arc_counts *ret)
{
	owns(own_free) char *text = NULL;
	struct arc_counts counts;
	size_t bytes = 0;
	int r = rooted_read(root, &text, &bytes, "/proc/spl/kstat/zfs/arcstats");

	if (r == 0)
		r = find_count(text, "demand_data_hits", &counts.hits);
	if (r == 0)
		r = find_count(text, "demand_data_misses", &counts.misses);
	if (r == 0)
		*ret = counts;
	return r;
}
