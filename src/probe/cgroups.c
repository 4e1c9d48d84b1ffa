/* Under whose CPU quota does a thread run? /proc tells, while it lives. */
#include "probe/cgroups.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/param.h>

#include "host/procfs.h"

enum {
	PATH_BYTES_MAX = 512,
};

/* Does a comma-separated list of controllers have this one? */
static bool has_controller(const char *list, size_t bytes, const char *name)
{
	size_t length = strlen(name);

	for (const char *end = list + bytes; list < end; list++) {
		size_t word = strcspn(list, ",:");

		if (word == length && strncmp(list, name, length) == 0)
			return true;
		list += word;
	}
	return false;
}

const char *cgroups_find_cpu(const char *text, size_t *ret_bytes)
{
	const char *unified = NULL;

	for (const char *line = text; *line;) {
		const char *end = line + strcspn(line, "\n");
		const char *list = memchr(line, ':', (size_t)(end - line));
		const char *path = list ? memchr(list + 1, ':', (size_t)(end - list - 1)) : NULL;

		if (path && has_controller(list + 1, (size_t)(path - list - 1), "cpu")) {
			*ret_bytes = (size_t)(end - path - 1);
			return path + 1;
		}
		if (path && path == list + 1 && *line == '0')
			unified = path + 1;
		line = *end ? end + 1 : end;
	}
	if (unified)
		*ret_bytes = strcspn(unified, "\n");
	return unified;
}

static int tell_cgroup(struct cgroups *cgroups, const struct event_queue *queue, struct diag *why)
{
	union {
		struct event_cgroup cgroup;
		char bytes[sizeof(struct event_cgroup) + PATH_BYTES_MAX];
	} event = {
		.cgroup = {
			.head = { .kind = EVENT_CGROUP, .time_ns = queue->head.time_ns },
			.tid = queue->tid,
		},
	};
	owns(own_free) char *text = NULL;
	size_t bytes = 0, text_bytes;
	char proc[64];
	const char *path;

	(void)snprintf(proc, sizeof(proc), "/proc/%u/cgroup", queue->tid);
	if (host_read_file(proc, &text, &text_bytes, NULL) < 0)
		return 0; /* it is gone: the group stays unnamed */
	path = cgroups_find_cpu(text, &bytes);
	if (!path)
		return 0;
	bytes = MIN(bytes, (size_t)PATH_BYTES_MAX);
	memcpy(event.bytes + sizeof(event.cgroup), path, bytes);
	event.cgroup.path_bytes = (uint16_t)bytes;
	event.cgroup.head.bytes = (uint32_t)((sizeof(event.cgroup) + bytes + 7) & ~7UL);
	return event_sink_take(&cgroups->next, &event.cgroup.head, why);
}

int cgroups_take(void *self, const struct event *event, struct diag *why)
{
	struct cgroups *cgroups = self;
	const struct event_queue *queue = (const void *)event;
	int r;

	if (event->kind == EVENT_QUEUE && queue->throttled_ns &&
	    !hash_find(&cgroups->told, queue->tid)) {
		if (!hash_put(&cgroups->told, queue->tid))
			return diag_set(why, -ENOMEM, "out of memory");
		r = tell_cgroup(cgroups, queue, why);
		if (r < 0)
			return r;
	}
	return event_sink_take(&cgroups->next, event, why);
}

void cgroups_free(struct cgroups *cgroups)
{
	hash_free(&cgroups->told);
}
