/* Which settings of the machine hide names? Two sysctls, lockdown, and what /proc/kallsyms tells.
 */
#include "host/naming.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host/rooted.h"

static int read_setting(const char *root, const char *name)
{
	owns(own_free) char *text = NULL;
	size_t bytes = 0;
	char *end = NULL;
	long value;

	if (rooted_read(root, &text, &bytes, "/proc/sys/kernel/%s", name) < 0 || !text)
		return NAMING_UNKNOWN;
	errno = 0;
	value = strtol(text, &end, 10);
	return errno || end == text || value < -99 || value > 99 ? NAMING_UNKNOWN : (int)value;
}

/* "none [integrity] confidentiality": the one in force is in brackets. */
static void read_lockdown(const char *root, char ret[static 24])
{
	owns(own_free) char *text = NULL;
	const char *begin, *end;
	size_t bytes = 0;

	ret[0] = '\0';
	if (rooted_read(root, &text, &bytes, "/sys/kernel/security/lockdown") < 0 || !text)
		return;
	begin = strchr(text, '[');
	end = begin ? strchr(begin, ']') : NULL;
	if (!end || end - begin > 23)
		return;
	memcpy(ret, begin + 1, (size_t)(end - begin - 1));
	ret[end - begin - 1] = '\0';
}

/* "ffffffff81000000 T _text", and behind it "\t[module]" for those of modules. */
static void read_symbol(const char *line, size_t bytes, struct naming *naming)
{
	const char *space = memchr(line, ' ', bytes);
	size_t digits = space ? (size_t)(space - line) : 0;
	char type;

	if (digits == 0 || digits + 3 >= bytes)
		return;
	for (size_t i = 0; i < digits; i++)
		naming->is_hidden &= line[i] == '0';
	type = line[digits + 1];
	/* Without CONFIG_KALLSYMS_ALL a few global data symbols are told, but no local one. */
	if ((type == 'd' || type == 'b') && !memchr(line, '[', bytes))
		naming->has_data = true;
}

static void read_kallsyms(const char *root, struct naming *naming)
{
	owns(own_free) char *text = NULL;
	size_t bytes = 0;

	if (rooted_read(root, &text, &bytes, "/proc/kallsyms") < 0 || !text)
		return;
	naming->has_kallsyms = true;
	naming->is_hidden = true;
	for (const char *line = text, *end = text + bytes; line < end;) {
		const char *next = memchr(line, '\n', (size_t)(end - line));

		next = next ? next : end;
		read_symbol(line, (size_t)(next - line), naming);
		line = next + 1;
	}
}

void naming_read(const char *root, struct naming *ret)
{
	*ret = (struct naming){
		.kptr_restrict = read_setting(root, "kptr_restrict"),
		.perf_event_paranoid = read_setting(root, "perf_event_paranoid"),
	};
	read_lockdown(root, ret->lockdown);
	read_kallsyms(root, ret);
}
