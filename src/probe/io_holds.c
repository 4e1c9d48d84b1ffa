/* Does a limit on I/O keep a thread from its device when the watch ends? A helper looks for that
 * device: the call may have begun before the watch. */
#include "probe/io_holds.h"

#include <errno.h>
#include <linux/types.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "host/guard.h"
#include "host/procfs.h"
#include "host/threads.h"
#include "probe/clock.h"
#include "probe/programs.h"
#include "probe/relations.h"
#include "probe/watch.wire.h"

#define ALL_NS 500000000u

enum {
	PATH_BYTES = 64,
	LINK_BYTES = 256,
};

struct found_file {
	uint32_t device;   /* it is the node of this one; 0: it is none */
	uint32_t mount_id; /* where it lies; 0: not known */
};

/* --- what the helper does --- */

/* -1: it works on none. */
static int32_t find_descriptor(uint32_t tid)
{
	owns(own_free) char *text = NULL;
	uint8_t kinds[WIRE_SYSCALLS] = {};
	struct thread_call call;
	char path[PATH_BYTES];
	size_t bytes = 0;

	(void)snprintf(path, sizeof(path), "/proc/%u/syscall", tid);
	if (host_read_file(path, &text, &bytes, NULL) < 0 || thread_call_parse(text, &call) < 0 ||
	    call.number < 0 || call.number >= WIRE_SYSCALLS)
		return -1;
	syscall_kinds_fill(kinds);
	return kinds[call.number] & WIRE_TAKES_FD ? (int32_t)call.arguments[0] : -1;
}

/* Only what lies in /dev is looked at: asking after any other file may take as long as it waits. */
static uint32_t find_node(uint32_t tid, int32_t fd)
{
	char path[PATH_BYTES], link[LINK_BYTES];
	struct stat status;
	ssize_t bytes;

	(void)snprintf(path, sizeof(path), "/proc/%u/fd/%d", tid, fd);
	bytes = readlink(path, link, sizeof(link) - 1);
	if (bytes < 0)
		return 0;
	link[bytes] = '\0';
	if (strncmp(link, "/dev/", 5) != 0 || stat(link, &status) < 0 || !S_ISBLK(status.st_mode))
		return 0;
	return major(status.st_rdev) << 20 | minor(status.st_rdev);
}

static uint32_t find_mount(uint32_t tid, int32_t fd)
{
	owns(own_free) char *text = NULL;
	struct thread_fdinfo info;
	char path[PATH_BYTES];
	size_t bytes = 0;

	(void)snprintf(path, sizeof(path), "/proc/%u/fdinfo/%d", tid, fd);
	if (host_read_file(path, &text, &bytes, NULL) < 0)
		return 0;
	thread_fdinfo_parse(text, &info);
	return info.mount_id;
}

static int do_find(const void *question, size_t bytes, struct guard_reply *reply)
{
	struct found_file found = {};
	uint32_t tid;
	int32_t fd;

	memcpy(&tid, question, sizeof(tid));
	fd = find_descriptor(tid);
	if (fd < 0)
		return -ENOENT;
	found.device = find_node(tid, fd);
	if (!found.device)
		found.mount_id = find_mount(tid, fd);
	return guard_reply_add(reply, &found, sizeof(found));
}

/* --- our side --- */

static bool find_file(struct guard *guard, uint32_t tid, struct found_file *ret)
{
	owns(guard_answer_free) struct guard_answer answer = GUARD_ANSWER_NONE;

	if (guard_ask(guard, tid, do_find, &tid, sizeof(tid), &answer) < 0 ||
	    answer.count != sizeof(*ret))
		return false;
	memcpy(ret, answer.bytes, sizeof(*ret));
	return true;
}

static uint32_t find_device(const struct io_holds *holds, const struct found_file *file)
{
	if (file->device)
		return file->device;
	for (size_t i = 0; i < holds->mounts.entries.count; i++) {
		const struct mount_entry *mount = &holds->mounts.entries.items[i];

		if (mount->id == file->mount_id)
			return mounts_block_device(&holds->mounts, mount->dev);
	}
	return 0;
}

static int begin(struct io_holds *holds)
{
	int r = guard_new(&holds->guard);

	holds->until_ns = clock_now_ns() + ALL_NS;
	if (mounts_read("/proc/self/mountinfo", &holds->mounts, NULL) < 0)
		holds->mounts = (struct mounts){};
	return r < 0 ? r : inflight_read("", &holds->inflight);
}

int io_holds_tell(struct io_holds *holds, uint32_t tid, const struct event_sink *sink,
		  uint64_t time_ns, struct diag *why)
{
	const struct relations relations = {
		.root = "",
		.sink = sink,
		.time_ns = time_ns,
		.why = why,
	};
	struct found_file file;
	uint32_t device;

	if (!holds->guard && begin(holds) < 0)
		return diag_set(why, -ENOMEM, "out of memory");
	holds->is_over |= clock_now_ns() > holds->until_ns;
	if (holds->is_over || !find_file(holds->guard, tid, &file))
		return 0;
	device = find_device(holds, &file);
	return !device || inflight_find(&holds->inflight, device)
		       ? 0
		       : relation_tell_limit(&relations, &holds->mounts, tid, device);
}

void io_holds_free(struct io_holds *holds)
{
	guard_free(&holds->guard);
	inflight_free(&holds->inflight);
	mounts_free(&holds->mounts);
}
