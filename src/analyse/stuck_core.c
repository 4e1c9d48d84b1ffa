/* What do the looks know of its core file? The words are those of a crash that was watched. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/core_words.h"
#include "analyse/stuck_state.h"

static void read_limit(const struct stuck *stuck, uint32_t tgid, struct core_seen *core)
{
	const char *limit;
	char key[64];
	char *end;

	(void)snprintf(key, sizeof(key), "process.%" PRIu32 ".core_limit", tgid);
	limit = stuck_fact(stuck, key);
	if (!limit)
		return;
	core->limit_bytes = strtoull(limit, &end, 10);
	core->has_limit = end != limit && !*end;
	if (strcmp(limit, "unlimited") != 0)
		return;
	core->limit_bytes = UINT64_MAX;
	core->has_limit = true;
}

int core_tell(const struct stuck *stuck, uint32_t tgid, const int *exit_code,
	      struct stuck_process *told)
{
	const char *uses_pid = stuck_fact(stuck, "kernel.core_uses_pid");
	struct core_seen core = {
		.pattern = stuck_fact(stuck, "kernel.core_pattern"),
		.is_dotted = uses_pid && strcmp(uses_pid, "0") != 0,
	};
	struct core_words words;

	if (!core.pattern)
		return 0;
	if (told->row == ROW_DUMPING)
		core.state = CORE_BEING_WRITTEN;
	else if (exit_code)
		core.state =
			(uint32_t)*exit_code & CORE_STATUS_BIT ? CORE_WRITTEN : CORE_NOT_WRITTEN;
	read_limit(stuck, tgid, &core);
	words = core_say(&core);
	if (text_add(&told->evidence, "%c%s.", toupper((unsigned char)words.text[0]),
		     words.text + 1) < 0)
		return -ENOMEM;
	return words.advice ? text_add(&told->advice, "%s", words.advice) : 0;
}
