/* What do processes call themselves, and what do kernel workers work for? Gathered at one moment,
 * told at another. */
#include "probe/titles.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/param.h>
#include <unistd.h>
#include <xxhash.h>

#include "host/procfs.h"
#include "probe/clock.h"

#define GATHER_NS 500000000u

enum {
	TITLES_MAX = 16384,
	TOLD_MAX = 65536,
};

struct gathering {
	struct titles *titles;
	uint64_t until_ns;
	ARRAY(uint32_t) tgids;
};

static int keep(struct titles *titles, uint32_t tid, const struct title *title)
{
	struct gathered_title *item;
	uint64_t *place;

	if (titles->gathered.count >= TITLES_MAX)
		return 0;
	place = hash_put(&titles->by_tid, tid);
	item = place ? array_push(&titles->gathered) : NULL;
	if (!item)
		return -ENOMEM;
	item->tid = tid;
	item->title = *title;
	*place = titles->gathered.count;
	return 0;
}

int titles_add(struct titles *titles, uint32_t tid, const char *text)
{
	struct title title = {};

	memcpy(title.text, text, strnlen(text, sizeof(title.text) - 1));
	return title.text[0] ? keep(titles, tid, &title) : 0;
}

/* A thread of the kernel runs no file, and a process that ends none any more. */
static bool runs_a_file(uint32_t tgid)
{
	char path[64], target[8];

	(void)snprintf(path, sizeof(path), "/proc/%" PRIu32 "/exe", tgid);
	return readlink(path, target, sizeof(target)) > 0;
}

static int see_process(void *self, uint32_t tgid)
{
	struct gathering *gathering = self;
	uint32_t *place;

	if (tgid == (uint32_t)getpid() || !runs_a_file(tgid))
		return 0;
	place = array_push(&gathering->tgids);
	if (!place)
		return -ENOMEM;
	*place = tgid;
	return 0;
}

static int see_title(void *self, uint32_t tgid, const struct title *title)
{
	const struct gathering *gathering = self;

	return keep(gathering->titles, tgid, title);
}

static bool is_over(void *self)
{
	const struct gathering *gathering = self;

	return clock_now_ns() > gathering->until_ns;
}

int titles_gather(struct titles *titles, struct guard *guard)
{
	struct gathering gathering = { titles, clock_now_ns() + GATHER_NS, {} };
	struct titles_wanted wanted = {
		.seen = see_title,
		.time_is_over = is_over,
		.self = &gathering,
	};
	int r;

	array_free(&titles->gathered);
	hash_free(&titles->by_tid);
	r = host_process_list(see_process, &gathering);
	wanted.tgids = gathering.tgids.items;
	wanted.count = gathering.tgids.count;
	if (r != -ENOMEM)
		r = titles_read(guard, &wanted);
	array_free(&gathering.tgids);
	return r == -ENOMEM ? r : 0;
}

int title_tell(const struct event_sink *sink, uint64_t time_ns, uint32_t tid, const char *text,
	       struct diag *why)
{
	union {
		struct event_title event;
		char bytes[sizeof(struct event_title) + TITLE_BYTES];
	} room = {};
	size_t bytes = strnlen(text, TITLE_BYTES - 1);

	room.event.head.kind = EVENT_TITLE;
	room.event.head.time_ns = time_ns;
	room.event.head.bytes = (uint32_t)((sizeof(room.event) + bytes + 7) & ~7UL);
	room.event.tid = tid;
	room.event.text_bytes = (uint16_t)bytes;
	memcpy(room.bytes + sizeof(room.event), text, bytes);
	return event_sink_take(sink, &room.event.head, why);
}

static int tell_changed(struct titles *titles, const struct gathered_title *gathered,
			const struct event_sink *sink, uint64_t time_ns, struct diag *why)
{
	uint64_t hash = XXH3_64bits(gathered->title.text, strlen(gathered->title.text));
	uint64_t *told = hash_put(&titles->told, gathered->tid);

	if (!told)
		return diag_set(why, -ENOMEM, "out of memory");
	if (*told == hash)
		return 0;
	*told = hash;
	return title_tell(sink, time_ns, gathered->tid, gathered->title.text, why);
}

int titles_tell_of(struct titles *titles, uint32_t tid, const struct event_sink *sink,
		   uint64_t time_ns, struct diag *why)
{
	const uint64_t *place = hash_find(&titles->by_tid, tid);
	uint64_t *told;

	if (titles->told.count >= TOLD_MAX)
		hash_free(&titles->told);
	told = hash_put(&titles->told, tid);
	if (!told)
		return diag_set(why, -ENOMEM, "out of memory");
	/* Whoever takes a thread anew has forgotten what it called itself. */
	*told = 0;
	return place ? tell_changed(titles, &titles->gathered.items[*place - 1], sink, time_ns, why)
		     : 0;
}

void titles_forget(struct titles *titles, uint32_t tid)
{
	(void)hash_remove(&titles->by_tid, tid);
}

int titles_tell(struct titles *titles, bool of_all, const struct event_sink *sink, uint64_t time_ns,
		struct diag *why)
{
	int r = 0;

	for (size_t i = 0; i < titles->gathered.count && r == 0; i++) {
		const struct gathered_title *gathered = &titles->gathered.items[i];

		if (of_all || hash_find(&titles->told, gathered->tid))
			r = tell_changed(titles, gathered, sink, time_ns, why);
	}
	return r;
}

void titles_free(struct titles *titles)
{
	array_free(&titles->gathered);
	hash_free(&titles->by_tid);
	hash_free(&titles->told);
}
