/* Who holds the other end of the pipe or local socket that a thread waits for? */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "host/unix_peers.h"
#include "probe/look_iter.h"
#include "probe/look_proc.h"
#include "probe/relations.h"

enum access {
	MAY_READ = 1,
	MAY_WRITE = 2,
};

/* The end that has to act. */
struct other_end {
	struct look_key key;
	uint32_t access;
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

/* false: the thread waits for no pipe and no connected local socket. */
static bool find_other_end(const struct looked *looked, const struct hash_map *peers,
			   struct other_end *ret)
{
	const struct look_thread *thread = &looked->thread;
	const uint64_t *peer;

	if (!looked_is_waiting(looked) || thread->fd < 0 || !thread->file_inode)
		return false;
	ret->key = (struct look_key){ .inode = thread->file_inode, .dev = thread->file_dev };
	if (S_ISFIFO(thread->file_mode)) {
		ret->access = is_write(thread->syscall) ? MAY_READ : MAY_WRITE;
		return true;
	}
	if (!S_ISSOCK(thread->file_mode))
		return false;
	peer = hash_find(peers, thread->file_inode);
	ret->key.inode = peer ? *peer : 0;
	ret->access = MAY_READ | MAY_WRITE;
	return ret->key.inode != 0;
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

static int find_files(struct relations *relations, const struct keys *keys)
{
	uint64_t left = 0;
	int r;

	/* All descriptors of all processes are gone through: not for nothing. */
	if (keys->list.count == 0 && !is_anybody_in_fuse(relations))
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

		if (looked_is_waiting(looked) && S_ISSOCK(looked->thread.file_mode))
			return true;
	}
	return false;
}

/* Without the kernel's list no peer of a socket is known. */
static int read_peers(const struct relations *relations, struct hash_map *peers)
{
	int r = waits_for_socket(relations) ? unix_peers_read(peers) : 0;

	return r == -ENOMEM ? r : 0;
}

int relations_find_files(struct relations *relations)
{
	owns(free_keys) struct keys keys = {};
	owns(hash_free) struct hash_map peers = {};
	int r = read_peers(relations, &peers);

	for (size_t i = 0; i < relations->threads->list.count && r == 0; i++) {
		struct other_end end;

		if (find_other_end(&relations->threads->list.items[i], &peers, &end))
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

struct telling {
	struct relations *relations;
	const struct looked *looked;
	uint32_t told;
	bool holds_itself;
};

static int tell_peer(const struct telling *telling, uint32_t peer, uint32_t flags)
{
	const struct look_thread *thread = &telling->looked->thread;
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
	return relation_tell(telling->relations, &relation, name);
}

static int tell_holder(struct telling *telling, uint32_t tgid)
{
	if (telling->told++ < RELATION_PEERS_MAX)
		return tell_peer(telling, tgid, RELATION_PROCESS);
	telling->relations->lost++;
	return 0;
}

static int tell_others(struct telling *telling, const struct other_end *end)
{
	const struct look_file *files = telling->relations->files.items;
	uint32_t last = 0;
	int r = 0;

	for (size_t i = first_of(telling->relations, &end->key);
	     i < telling->relations->files.count && is_of(&files[i], &end->key) && r == 0; i++) {
		if (!(files[i].access & end->access) || files[i].tgid == last)
			continue;
		last = files[i].tgid;
		if (last == telling->looked->thread.tgid)
			telling->holds_itself = true;
		else
			r = tell_holder(telling, last);
	}
	return r;
}

/*
 * Nobody else holds the other end: then only another thread of its own process could act. Where not
 * all descriptors were seen it is not known; nor when not even its own process holds it, for who
 * sleeps there has a peer: one out of sight, as a descriptor that is on its way through a socket.
 */
static int tell_itself(const struct telling *telling)
{
	uint32_t tgid = telling->looked->thread.tgid;

	if (telling->holds_itself && looked_count(telling->relations->threads, tgid) > 1)
		return tell_peer(telling, tgid, RELATION_PROCESS);
	if (telling->relations->is_blind || !telling->holds_itself)
		return 0;
	return tell_peer(telling, 0, RELATION_NOBODY);
}

static int tell_ends(struct relations *relations, const struct looked *looked,
		     const struct other_end *end)
{
	struct telling telling = { .relations = relations, .looked = looked };
	int r = tell_others(&telling, end);

	return r < 0 || telling.told ? r : tell_itself(&telling);
}

int relations_tell_pipes(struct relations *relations)
{
	owns(hash_free) struct hash_map peers = {};
	int r = read_peers(relations, &peers);

	for (size_t i = 0; i < relations->threads->list.count && r == 0; i++) {
		const struct looked *looked = &relations->threads->list.items[i];
		struct other_end end;

		if (find_other_end(looked, &peers, &end))
			r = tell_ends(relations, looked, &end);
	}
	return r;
}
