/* Whom or what do the threads of a look wait for? What all kinds of relations share. */
#include "probe/relations.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <unistd.h>

#include "host/io_limits.h"

enum {
	NAME_BYTES_MAX = 1024,
};

int relation_tell(const struct relations *relations, const struct event_relation *relation,
		  const char *name)
{
	union {
		struct event_relation event;
		char bytes[sizeof(struct event_relation) + NAME_BYTES_MAX];
	} room = {};
	size_t name_bytes = MIN(strlen(name), (size_t)NAME_BYTES_MAX);

	room.event = *relation;
	room.event.head.kind = EVENT_RELATION;
	room.event.head.time_ns = relations->time_ns;
	room.event.head.bytes = (uint32_t)((sizeof(*relation) + name_bytes + 7) & ~7UL);
	room.event.name_bytes = (uint16_t)name_bytes;
	memcpy(room.bytes + sizeof(*relation), name, name_bytes);
	return event_sink_take(relations->sink, &room.event.head, relations->why);
}

int relation_tell_limit(const struct relations *relations, const struct mounts *mounts,
			uint32_t tid, uint32_t dev)
{
	struct event_relation relation = { .tid = tid, .kind = RELATION_LIMIT, .dev = dev };
	struct io_limit limit;
	char name[sizeof(limit.group) + sizeof(limit.words) + 8];

	if (!io_limit_find(relations->root, mounts, tid, dev, &limit))
		return 0;
	(void)snprintf(name, sizeof(name), "%s, %s", limit.group, limit.words);
	return relation_tell(relations, &relation, name);
}

uint32_t relation_gone(const struct relations *relations, uint32_t tid)
{
	return looked_find(relations->threads, tid) ? 0 : RELATION_GONE;
}

void relation_name_file(const struct looked *looked, char *name, size_t bytes)
{
	char path[96];
	ssize_t got;

	(void)snprintf(path, sizeof(path), "/proc/%" PRIu32 "/task/%" PRIu32 "/fd/%" PRId32,
		       looked->thread.tgid, looked->thread.tid, looked->thread.fd);
	got = readlink(path, name, bytes - 1);
	name[got > 0 ? got : 0] = '\0';
}

/* That one is stopped by whoever traces it is the tracer's to end. */
int relations_tell_tracers(struct relations *relations)
{
	const uint32_t stopped = 4, traced = 8;
	int r = 0;

	for (size_t i = 0; i < relations->threads->list.count && r == 0; i++) {
		const struct look_thread *thread = &relations->threads->list.items[i].thread;
		struct event_relation relation = {
			.tid = thread->tid,
			.peer = thread->tracer,
			.kind = RELATION_TRACER,
			.flags = RELATION_PROCESS | relation_gone(relations, thread->tracer),
		};

		if (thread->tracer && thread->state & (stopped | traced))
			r = relation_tell(relations, &relation, "");
	}
	return r;
}

int relations_tell(struct relations *relations)
{
	static int (*const KINDS[])(struct relations * relations) = {
		relations_find_peers,      relations_find_polled,  relations_find_files,
		relations_tell_futexes,    relations_tell_pipes,   relations_tell_polled,
		relations_tell_file_locks, relations_tell_fuse,    relations_tell_children,
		relations_tell_requests,   relations_tell_tracers, relations_tell_frozen,
	};
	int r = 0;

	for (size_t i = 0; i < array_count(KINDS) && r == 0; i++)
		r = KINDS[i](relations);
	return r;
}

void relations_free(struct relations *relations)
{
	array_free(&relations->files);
	array_free(&relations->polling);
	hash_free(&relations->peers);
}
