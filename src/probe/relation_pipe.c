/* Who holds the other end of the pipe or socket that a thread waits for, where that is on this
 * machine?
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "host/tcp_peers.h"
#include "host/unix_peers.h"
#include "probe/look_iter.h"
#include "probe/look_proc.h"
#include "probe/relations.h"

enum access {
	MAY_READ = 1,
	MAY_WRITE = 2,
};

static bool is_write(int32_t syscall)
{
	switch (syscall) {
	case SYS_write:
	case SYS_writev:
	case SYS_pwrite64:
	case SYS_pwritev:
	case SYS_pwritev2:
		return true;
	default:
		return false;
	}
}

bool relations_other_end(const struct relations *relations, const struct polled_file *file,
			 struct other_end *ret)
{
	const uint64_t *peer;

	ret->key = (struct look_key){ .inode = file->inode, .dev = file->dev };
	ret->access = MAY_READ | MAY_WRITE;
	if (S_ISFIFO(file->mode)) {
		ret->access = (file->is_for_reading ? MAY_WRITE : 0u) |
			      (file->is_for_writing ? MAY_READ : 0u);
		return ret->access != 0;
	}
	peer = S_ISSOCK(file->mode) ? hash_find(&relations->peers, file->inode) : NULL;
	ret->key.inode = peer ? *peer : 0;
	return ret->key.inode != 0;
}

/* false: the thread waits for no pipe and no connected local socket. */
static bool find_other_end(const struct relations *relations, const struct looked *looked,
			   struct other_end *ret)
{
	const struct look_thread *thread = &looked->thread;
	const struct polled_file file = {
		.inode = thread->file_inode,
		.dev = thread->file_dev,
		.mode = thread->file_mode,
		.is_for_reading = !is_write(thread->syscall),
		.is_for_writing = is_write(thread->syscall),
	};

	return looked_is_waiting(looked) && thread->fd >= 0 && file.inode &&
	       relations_other_end(relations, &file, ret);
}

/* --- finding the descriptors --- */

struct keys {
	ARRAY(struct look_key) list;
	struct hash_map known;
};

static int add_key(struct keys *keys, const struct look_key *key)
{
	uint64_t *place = hash_put(&keys->known, hash_pair(key->inode, key->dev));
	struct look_key *item;

	if (!place)
		return -ENOMEM;
	if (*place)
		return 0;
	*place = 1;
	item = array_push(&keys->list);
	if (!item)
		return -ENOMEM;
	*item = *key;
	return 0;
}

static void free_keys(struct keys *keys)
{
	array_free(&keys->list);
	hash_free(&keys->known);
}

static int keep_file(void *self, const struct look_file *file)
{
	struct relations *relations = self;
	struct look_file *place = array_push(&relations->files);

	if (!place)
		return -ENOMEM;
	*place = *file;
	return 0;
}

/* By what they are, then by process; a process's own descriptors of one file are one holder. */
static int compare_files(const void *left, const void *right)
{
	const struct look_file *a = left, *b = right;

	if (a->inode != b->inode)
		return a->inode < b->inode ? -1 : 1;
	if (a->dev != b->dev)
		return a->dev < b->dev ? -1 : 1;
	return a->tgid < b->tgid ? -1 : a->tgid > b->tgid;
}

static bool is_anybody_in_fuse(const struct relations *relations)
{
	for (size_t i = 0; i < relations->threads->list.count; i++) {
		if (relations->threads->list.items[i].is_in_fuse)
			return true;
	}
	return false;
}

static bool is_anybody_held(const struct relations *relations)
{
	for (size_t i = 0; i < relations->threads->list.count; i++) {
		if (relations_may_be_frozen(&relations->threads->list.items[i]))
			return true;
	}
	return false;
}

static int find_files(struct relations *relations, const struct keys *keys)
{
	uint64_t left = 0;
	int r;

	/* All descriptors of all processes are gone through: not for nothing. */
	if (keys->list.count == 0 && !is_anybody_in_fuse(relations) && !is_anybody_held(relations))
		return 0;
	if (relations->iter)
		r = look_iter_files(relations->iter, keys->list.items, keys->list.count, keep_file,
				    relations, &left);
	else
		r = look_proc_files(keys->list.items, keys->list.count, keep_file, relations,
				    &left);
	relations->is_blind = left > 0;
	if (r < 0)
		return diag_set(relations->why, r, "cannot look at all descriptors: %s",
				strerror(-r));
	if (relations->files.count)
		qsort(relations->files.items, relations->files.count,
		      sizeof(*relations->files.items), compare_files);
	return r;
}

static bool waits_for_socket(const struct relations *relations)
{
	for (size_t i = 0; i < relations->threads->list.count; i++) {
		const struct looked *looked = &relations->threads->list.items[i];

		if (looked_is_waiting(looked) &&
		    (S_ISSOCK(looked->thread.file_mode) || relations_is_polling(looked)))
			return true;
	}
	return false;
}

/* Without the kernel's lists no peer of a socket is known. */
int relations_find_peers(struct relations *relations)
{
	int r = 0;

	if (!waits_for_socket(relations))
		return 0;
	r = unix_peers_read(&relations->peers);
	if (r != -ENOMEM)
		r = tcp_peers_read(&relations->peers);
	return r == -ENOMEM ? r : 0;
}

static int add_polled(struct keys *keys, const struct relations *relations)
{
	int r = 0;

	for (size_t i = 0; i < relations->polling.count; i++) {
		const struct polled *polled = &relations->polling.items[i].polled;

		for (uint32_t k = 0; k < polled->files && r == 0; k++) {
			struct other_end end;

			if (relations_other_end(relations, &polled->file[k], &end))
				r = add_key(keys, &end.key);
		}
	}
	return r;
}

int relations_find_files(struct relations *relations)
{
	owns(free_keys) struct keys keys = {};
	int r = add_polled(&keys, relations);

	for (size_t i = 0; i < relations->threads->list.count && r == 0; i++) {
		struct other_end end;

		if (find_other_end(relations, &relations->threads->list.items[i], &end))
			r = add_key(&keys, &end.key);
	}
	return r == 0 ? find_files(relations, &keys) : r;
}

/* --- telling --- */

/* The first descriptor of the file. */
static size_t first_of(const struct relations *relations, const struct look_key *key)
{
	const struct look_file wanted = { .inode = key->inode, .dev = (uint32_t)key->dev };
	size_t low = 0, high = relations->files.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_files(&relations->files.items[middle], &wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_of(const struct look_file *file, const struct look_key *key)
{
	return file->inode == key->inode && file->dev == key->dev;
}

void relations_holders(const struct relations *relations, const struct other_end *end,
		       uint32_t own_tgid, struct holders *ret)
{
	const struct look_file *files = relations->files.items;
	uint32_t last = 0;

	*ret = (struct holders){};
	for (size_t i = first_of(relations, &end->key);
	     i < relations->files.count && is_of(&files[i], &end->key); i++) {
		if (!(files[i].access & end->access) || files[i].tgid == last)
			continue;
		last = files[i].tgid;
		if (last == own_tgid)
			ret->has_own = true;
		else if (ret->count < RELATION_PEERS_MAX)
			ret->tgids[ret->count++] = last;
		else
			ret->more++;
	}
}

static int tell_peer(const struct relations *relations, const struct look_thread *thread,
		     uint32_t peer, uint32_t flags)
{
	bool is_pipe = S_ISFIFO(thread->file_mode);
	const struct event_relation relation = {
		.tid = thread->tid,
		.peer = peer,
		.kind = is_pipe ? RELATION_PIPE : RELATION_SOCKET,
		.flags = flags,
		.inode = thread->file_inode,
		.dev = thread->file_dev,
	};
	char name[64];

	(void)snprintf(name, sizeof(name), "%s:[%llu]", is_pipe ? "pipe" : "socket",
		       thread->file_inode);
	return relation_tell(relations, &relation, name);
}

/*
 * Nobody else holds the other end: then only another thread of its own process could act. Where not
 * all descriptors were seen it is not known; nor when not even its own process holds it, for who
 * sleeps there has a peer: one out of sight, as a descriptor that is on its way through a socket.
 */
static int tell_itself(const struct relations *relations, const struct look_thread *thread,
		       bool holds_itself)
{
	if (holds_itself && looked_count(relations->threads, thread->tgid) > 1)
		return tell_peer(relations, thread, thread->tgid, RELATION_PROCESS);
	if (relations->is_blind || !holds_itself)
		return 0;
	return tell_peer(relations, thread, 0, RELATION_NOBODY);
}

static int tell_ends(struct relations *relations, const struct looked *looked,
		     const struct other_end *end)
{
	const struct look_thread *thread = &looked->thread;
	struct holders holders;
	int r = 0;

	relations_holders(relations, end, thread->tgid, &holders);
	relations->lost += holders.more;
	for (uint32_t i = 0; i < holders.count && r == 0; i++)
		r = tell_peer(relations, thread, holders.tgids[i], RELATION_PROCESS);
	return r < 0 || holders.count ? r : tell_itself(relations, thread, holders.has_own);
}

int relations_tell_pipes(struct relations *relations)
{
	int r = 0;

	for (size_t i = 0; i < relations->threads->list.count && r == 0; i++) {
		const struct looked *looked = &relations->threads->list.items[i];
		struct other_end end;

		if (find_other_end(relations, looked, &end))
			r = tell_ends(relations, looked, &end);
	}
	return r;
}
