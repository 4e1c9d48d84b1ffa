/* Where is its core file, or why is there none? As core(5) has it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/stuck_state.h"
#include "finding/format.h"

/* In a status as wait(2) has it: a core was written. */
#define WROTE_CORE 0x80

static const char *core_limit(const struct stuck *stuck, uint32_t tgid)
{
	char key[64];

	(void)snprintf(key, sizeof(key), "process.%" PRIu32 ".core_limit", tgid);
	return stuck_fact(stuck, key);
}

static bool is_zero(const char *limit)
{
	return strcmp(limit, "0") == 0;
}

/* A program takes it: the limit does not count. */
static int tell_piped(const char *pattern, void *list)
{
	const char *program = pattern + 1;
	size_t bytes;

	program += strspn(program, " ");
	bytes = strcspn(program, " ");
	if (memmem(program, bytes, "systemd-coredump", strlen("systemd-coredump")))
		return text_add(list, "Its core goes to systemd-coredump: see coredumpctl list.");
	return text_add(list, "Its core goes to %.*s (kernel.core_pattern): see what that keeps.",
			(int)bytes, program);
}

static int tell_file(const char *pattern, const char *limit, const int *exit_code, void *list)
{
	if (exit_code && *exit_code & WROTE_CORE)
		return text_add(list, "A core was written, by the pattern %s.", pattern);
	if (limit && is_zero(limit))
		return text_add(
			list,
			"No core was written because its limit was 0 (ulimit -c); the pattern "
			"is %s.",
			pattern);
	if (exit_code)
		return text_add(list,
				"No core was written, by the pattern %s: its limit was %s; or the "
				"folder could not be written to.",
				pattern, limit ?: "not known");
	return text_add(list, "Its core, if its limit allows one (%s), is named by the pattern %s.",
			limit ?: "not known", pattern);
}

int core_tell(const struct stuck *stuck, uint32_t tgid, const int *exit_code, void *list)
{
	const char *pattern = stuck_fact(stuck, "kernel.core_pattern");

	if (!pattern)
		return 0;
	if (pattern[0] == '|')
		return tell_piped(pattern, list);
	if (!pattern[0])
		return text_add(list, "No core was written because kernel.core_pattern is empty.");
	return tell_file(pattern, core_limit(stuck, tgid), exit_code, list);
}
