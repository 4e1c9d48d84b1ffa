/* What happened just now? Blocks of events, of which the oldest goes when there is no room or it is
 * too old; and a dictionary, which stays. */
#include "recording/recent.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <unistd.h>

#include "base/array.h"
#include "base/hash.h"
#include "recording/recording.h"

enum sizes {
	BLOCK_BYTES = 256 << 10, /* no event is longer than a chunk of a recording, which is less */
};

struct block {
	char *bytes; /* owned */
	size_t used;
	uint64_t last_ns; /* of its events */
};

struct entry {
	struct event *event; /* owned */
};

struct recent {
	uint64_t keep_ns;
	size_t blocks_max;
	ARRAY(struct block) blocks; /* in order of time */
	uint64_t gone_ns;           /* up to there events may have left */
	uint64_t newest_ns;
	ARRAY(struct entry) entries; /* in order of their first version */
	struct hash_map by_key;      /* place in entries */
	size_t entry_bytes;
	struct event_watch watch;
	bool has_watch;
};

int recent_new(uint64_t keep_ns, size_t bytes_max, struct recent **ret)
{
	struct recent *recent = calloc(1, sizeof(*recent));

	if (!recent)
		return -ENOMEM;
	recent->keep_ns = keep_ns;
	recent->blocks_max = MAX(bytes_max / BLOCK_BYTES, (size_t)2);
	*ret = recent;
	return 0;
}

void recent_free(struct recent **recent)
{
	struct recent *old = *recent;

	*recent = NULL;
	if (!old)
		return;
	for (size_t i = 0; i < old->blocks.count; i++)
		free(old->blocks.items[i].bytes);
	for (size_t i = 0; i < old->entries.count; i++)
		free(old->entries.items[i].event);
	array_free(&old->blocks);
	array_free(&old->entries);
	hash_free(&old->by_key);
	free(old);
}

/* --- the dictionary --- */

static uint64_t hash_bytes(const char *bytes, size_t count)
{
	uint64_t hash = count;

	for (size_t i = 0; i < count; i++)
		hash = hash_pair(hash, (unsigned char)bytes[i]);
	return hash;
}

/* What it is about, within its kind; false: it is no entry of a dictionary. */
static bool find_key(const struct event *event, uint64_t *ret)
{
	const void *any = event;
	const struct event_fact *fact = any;
	const struct event_file *file = any;

	/* NOLINTNEXTLINE(clang-diagnostic-switch-enum): all others are no entries. */
	switch (event->kind) {
	case EVENT_FACT:
		*ret = hash_bytes(fact->text, fact->key_bytes);
		return true;
	case EVENT_TASK:
		*ret = ((const struct event_task *)any)->tid;
		return true;
	case EVENT_TITLE:
		*ret = ((const struct event_title *)any)->tid;
		return true;
	case EVENT_CGROUP:
		*ret = ((const struct event_cgroup *)any)->tid;
		return true;
	case EVENT_SYMBOL:
		*ret = ((const struct event_symbol *)any)->id;
		return true;
	case EVENT_STACK:
		*ret = ((const struct event_stack *)any)->id;
		return true;
	case EVENT_DEVICE:
		*ret = ((const struct event_device *)any)->dev;
		return true;
	case EVENT_FILE:
		*ret = hash_pair(file->dev, file->inode);
		return true;
	case EVENT_LOCK_NAME:
		*ret = ((const struct event_lock_name *)any)->lock;
		return true;
	case EVENT_SAMPLER:
		*ret = ((const struct event_sampler *)any)->id;
		return true;
	default:
		return false;
	}
}

static int keep_entry(struct recent *recent, const struct event *event, uint64_t key)
{
	uint64_t *place = hash_put(&recent->by_key, hash_pair(event->kind, key));
	struct event *copy = place ? malloc(event->bytes) : NULL;
	struct entry *entry;

	if (!copy)
		return -ENOMEM;
	memcpy(copy, event, event->bytes);
	if (!*place) {
		entry = array_push(&recent->entries);
		if (!entry) {
			free(copy);
			return -ENOMEM;
		}
		*place = recent->entries.count;
	}
	/* A newer version stands where the first one stood: before all that builds on it. */
	entry = &recent->entries.items[*place - 1];
	if (entry->event)
		recent->entry_bytes -= entry->event->bytes;
	free(entry->event);
	entry->event = copy;
	recent->entry_bytes += event->bytes;
	return 0;
}

size_t recent_dictionary_bytes(const struct recent *recent)
{
	return recent->entry_bytes;
}

/* --- the last seconds --- */

static void drop_oldest(struct recent *recent)
{
	struct block *oldest = recent->blocks.items;

	if (!oldest || !recent->blocks.count)
		return;
	recent->gone_ns = MAX(recent->gone_ns, oldest->last_ns);
	free(oldest->bytes);
	recent->blocks.count--;
	memmove(oldest, oldest + 1, recent->blocks.count * sizeof(*oldest));
}

/* Room for so many bytes in the newest block; NULL when memory is out. */
static struct block *newest_block(struct recent *recent, size_t bytes)
{
	struct block *block =
		recent->blocks.count ? &recent->blocks.items[recent->blocks.count - 1] : NULL;

	if (block && BLOCK_BYTES - block->used >= bytes)
		return block;
	while (recent->blocks.count >= recent->blocks_max)
		drop_oldest(recent);
	block = array_push(&recent->blocks);
	if (!block)
		return NULL;
	block->bytes = malloc(BLOCK_BYTES);
	if (!block->bytes) {
		recent->blocks.count--;
		return NULL;
	}
	return block;
}

static int keep_event(struct recent *recent, const struct event *event)
{
	struct block *block;

	if (event->bytes > BLOCK_BYTES)
		return 0;
	block = newest_block(recent, event->bytes);
	if (!block)
		return -ENOMEM;
	memcpy(block->bytes + block->used, event, event->bytes);
	block->used += event->bytes;
	block->last_ns = MAX(block->last_ns, event->time_ns);
	recent->newest_ns = MAX(recent->newest_ns, event->time_ns);
	while (recent->blocks.count > 1 &&
	       recent->blocks.items[0].last_ns + recent->keep_ns < recent->newest_ns)
		drop_oldest(recent);
	return 0;
}

int recent_take(void *self, const struct event *event, struct diag *why)
{
	struct recent *recent = self;
	uint64_t key;
	int r = 0;

	if (!event_kind_name(event->kind) || !event_is_sound(event, event->bytes))
		return 0;
	if (event->kind == EVENT_WATCH) {
		memcpy(&recent->watch, event, sizeof(recent->watch));
		recent->has_watch = true;
		recent->gone_ns = event->time_ns;
	} else if (find_key(event, &key)) {
		r = keep_entry(recent, event, key);
	} else if (event->kind != EVENT_WATCH_END && event->kind != EVENT_MAPPING &&
		   event->kind != EVENT_PLACE) {
		r = keep_event(recent, event);
	}
	return r < 0 ? diag_set(why, r, "no memory left to hold the last seconds") : 0;
}

/* --- into a file --- */

struct writing {
	const struct recent *recent;
	struct recording_writer *writer;
	uint64_t begin_ns;
	uint64_t end_ns;
};

/* As a watch that began only then would have told it. */
static void clip(const struct writing *writing, void *copy)
{
	uint64_t begin_ns = writing->begin_ns;
	struct event *head = copy;
	struct event_run *run = copy;
	struct event_wait *wait = copy;
	struct event_queue *queue = copy;
	struct event_syscall *call = copy;

	/* NOLINTNEXTLINE(clang-diagnostic-switch-enum): the others have no length, or their own. */
	switch (head->kind) {
	case EVENT_RUN:
		if (run->start_ns >= begin_ns)
			return;
		run->start_ns = begin_ns;
		run->kernel_ns = MIN(run->kernel_ns, head->time_ns - begin_ns);
		run->irq_ns = MIN(run->irq_ns, head->time_ns - begin_ns);
		run->charged_ns = 0;
		run->flags |= SPAN_OPEN_START;
		break;
	case EVENT_WAIT:
		if (wait->start_ns >= begin_ns)
			return;
		wait->start_ns = begin_ns;
		wait->end_ns = MAX(wait->end_ns, begin_ns);
		wait->flags |= SPAN_OPEN_START;
		break;
	case EVENT_QUEUE:
		if (queue->start_ns >= begin_ns)
			return;
		queue->start_ns = begin_ns;
		queue->throttled_ns = MIN(queue->throttled_ns, head->time_ns - begin_ns);
		queue->flags |= SPAN_OPEN_START;
		break;
	case EVENT_SYSCALL:
		if (call->start_ns >= begin_ns)
			return;
		call->start_ns = begin_ns;
		call->flags |= SPAN_OPEN_START;
		break;
	default:
		break;
	}
}

static int write_copy(const struct writing *writing, const struct event *event, uint64_t time_ns,
		      struct diag *why)
{
	owns(own_free) struct event *copy = malloc(event->bytes);

	if (!copy)
		return diag_set(why, -ENOMEM, "out of memory");
	memcpy(copy, event, event->bytes);
	copy->time_ns = time_ns;
	clip(writing, copy);
	return recording_take(writing->writer, copy, why);
}

static int write_block(const struct writing *writing, const struct block *block, struct diag *why)
{
	int r = 0;

	for (size_t at = 0; at < block->used && r == 0;) {
		const struct event *event = (const void *)(block->bytes + at);

		if (event->time_ns > writing->begin_ns && event->time_ns <= writing->end_ns)
			r = write_copy(writing, event, event->time_ns, why);
		at += event->bytes;
	}
	return r;
}

static int write_end(const struct writing *writing, struct diag *why)
{
	const struct event_watch_end end = {
		.head = { .bytes = sizeof(end),
			  .kind = EVENT_WATCH_END,
			  .time_ns = writing->end_ns },
		.flags = WATCH_END_INTERRUPTED,
	};

	return recording_take(writing->writer, &end.head, why);
}

/* A stack's last version may be made of names that came after its first one. */
static int write_entries(const struct writing *writing, bool stacks, struct diag *why)
{
	const struct recent *recent = writing->recent;
	int r = 0;

	for (size_t i = 0; i < recent->entries.count && r == 0; i++) {
		const struct event *event = recent->entries.items[i].event;

		if ((event->kind == EVENT_STACK) == stacks)
			r = write_copy(writing, event, writing->begin_ns, why);
	}
	return r;
}

static int write_all(const struct writing *writing, struct diag *why)
{
	const struct recent *recent = writing->recent;
	int r = write_copy(writing, &recent->watch.head, writing->begin_ns, why);

	r = r < 0 ? r : write_entries(writing, false, why);
	r = r < 0 ? r : write_entries(writing, true, why);
	for (size_t i = 0; i < recent->blocks.count && r == 0; i++)
		r = write_block(writing, &recent->blocks.items[i], why);
	return r < 0 ? r : write_end(writing, why);
}

/* Nobody else's file, not even another recording, may stand there. */
static int claim(const char *path, struct diag *why)
{
	owns(own_close) int fd =
		open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd >= 0)
		return 0;
	if (errno == EEXIST)
		return diag_set(why, -EEXIST, "%s exists: it is left as it is", path);
	return diag_set(why, -errno, "cannot create %s: %s", path, strerror(errno));
}

static int write_file(struct writing *writing, const char *path, struct diag *why)
{
	int r = recording_create(path, &writing->writer, why);

	if (r < 0)
		return r;
	r = write_all(writing, why);
	if (r == 0)
		return recording_close(&writing->writer, why);
	recording_writer_free(&writing->writer);
	return r;
}

int recent_write(const struct recent *recent, const char *path, uint64_t end_ns, uint64_t *ret_ns,
		 struct diag *why)
{
	uint64_t kept_ns = end_ns > recent->keep_ns ? end_ns - recent->keep_ns : 0;
	struct writing writing = {
		.recent = recent,
		.begin_ns = MAX(recent->gone_ns, kept_ns),
		.end_ns = end_ns,
	};
	int r;

	if (!recent->has_watch || writing.end_ns <= writing.begin_ns)
		return diag_set(why, -ENODATA, "there is nothing yet to keep in %s", path);
	r = claim(path, why);
	if (r < 0)
		return r;
	r = write_file(&writing, path, why);
	if (r < 0) {
		(void)unlink(path); /* it was made here, and is no whole recording */
		return r;
	}
	*ret_ns = writing.end_ns - writing.begin_ns;
	return 0;
}
