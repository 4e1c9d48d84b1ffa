/* What of the machine's settings decides how a stuck or crashed process looks? */
#include "probe/look_facts.h"

#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "host/facts.h"
#include "host/rooted.h"

struct telling {
	const char *root;
	const struct event_sink *sink;
	uint64_t time_ns;
	struct diag *why;
};

static int tell_sysctl(const struct telling *to, const char *name)
{
	owns(own_free) char *text = NULL;
	size_t bytes = 0;
	char key[64];

	if (rooted_read(to->root, &text, &bytes, "/proc/sys/kernel/%s", name) < 0 || !text)
		return 0;
	text[strcspn(text, "\n")] = '\0';
	(void)snprintf(key, sizeof(key), "kernel.%s", name);
	return fact_tell(to->sink, to->time_ns, to->why, key, "%s", text);
}

/* "Max core file size        0                    unlimited            bytes" */
static int tell_core_limit(const struct telling *to, uint32_t tgid)
{
	static const char LIMIT[] = "Max core file size";
	owns(own_free) char *text = NULL;
	const char *value;
	size_t bytes = 0;
	char key[64];

	if (rooted_read(to->root, &text, &bytes, "/proc/%u/limits", tgid) < 0 || !text)
		return 0;
	value = strstr(text, LIMIT);
	if (!value)
		return 0;
	value += sizeof(LIMIT) - 1;
	value += strspn(value, " ");
	(void)snprintf(key, sizeof(key), "process.%u.core_limit", tgid);
	return fact_tell(to->sink, to->time_ns, to->why, key, "%.*s", (int)strcspn(value, " \n"),
			 value);
}

int look_facts_tell(const char *root, const uint32_t *tgids, size_t count,
		    const struct event_sink *sink, uint64_t time_ns, struct diag *why)
{
	static const char *const SYSCTLS[] = {
		"core_pattern",           "core_uses_pid", "hung_task_timeout_secs",
		"hung_task_detect_count", "tainted",
	};
	const struct telling to = { root, sink, time_ns, why };
	int r = 0;

	for (size_t i = 0; i < array_count(SYSCTLS) && r == 0; i++)
		r = tell_sysctl(&to, SYSCTLS[i]);
	for (size_t i = 0; i < count && r == 0; i++)
		r = tell_core_limit(&to, tgids[i]);
	return r;
}
