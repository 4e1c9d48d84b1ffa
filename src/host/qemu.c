/* Which guests does this machine run? Their command lines are read by a helper, as they may lie
 * behind a lock that is never let go. */
#include "host/qemu.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/facts.h"
#include "host/guard.h"
#include "host/procfs.h"

enum {
	KEY_BYTES = 96,
	CHUNK_BYTES = 4096,
	WORDS_BYTES_MAX = 1 << 20,
};

/* --- which --- */

/* The link is not in the process's memory: reading it cannot hang. */
static bool is_qemu(uint32_t tgid)
{
	struct host_task task;
	char path[64], program[512];
	ssize_t bytes;

	(void)snprintf(path, sizeof(path), "/proc/%" PRIu32 "/exe", tgid);
	bytes = readlink(path, program, sizeof(program) - 1);
	if (bytes > 0) {
		program[bytes] = '\0';
		return qemu_is_program(program);
	}
	/* A name is cut at 15 bytes. */
	return host_task_read(tgid, tgid, &task) == 0 && !task.is_kernel &&
	       qemu_is_program(task.comm);
}

struct listing {
	int (*seen)(void *self, uint32_t tgid);
	void *self;
};

static int see(void *self, uint32_t tgid)
{
	const struct listing *listing = self;

	return is_qemu(tgid) ? listing->seen(listing->self, tgid) : 0;
}

int qemu_list(int (*seen)(void *self, uint32_t tgid), void *self)
{
	struct listing listing = { seen, self };

	return host_process_list(see, &listing);
}

/* --- how: what the helper does --- */

static int do_read(const void *question, size_t bytes, struct guard_reply *reply)
{
	owns(own_close) int fd = -1;
	char path[64], chunk[CHUNK_BYTES];
	size_t sum = 0;
	uint32_t tgid;
	ssize_t got = 0;
	int r = 0;

	if (bytes != sizeof(tgid))
		return -EINVAL;
	memcpy(&tgid, question, sizeof(tgid));
	(void)snprintf(path, sizeof(path), "/proc/%" PRIu32 "/cmdline", tgid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while (r == 0 && (got = read(fd, chunk, sizeof(chunk))) > 0 && sum < WORDS_BYTES_MAX) {
		sum += (size_t)got;
		r = guard_reply_add(reply, chunk, (size_t)got);
	}
	if (r == 0 && got < 0)
		r = -errno;
	/* One that ends has none any more. */
	return r == 0 && sum == 0 ? -ENODATA : r;
}

/* --- what is told --- */

struct telling {
	const struct event_sink *sink;
	uint64_t time_ns;
	struct diag *why;
	uint32_t tgid;
};

static int tell(const struct telling *to, const char *key, const char *value)
{
	char full[KEY_BYTES];

	if (!value[0])
		return 0;
	(void)snprintf(full, sizeof(full), "vm.%" PRIu32 ".%s", to->tgid, key);
	return fact_tell(to->sink, to->time_ns, to->why, full, "%s", value);
}

static int tell_number(const struct telling *to, const char *key, uint64_t value)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%" PRIu64, value);
	return value ? tell(to, key, text) : 0;
}

static int tell_disk(const struct telling *to, size_t number, const struct qemu_disk *disk)
{
	char queues[16];
	const struct {
		const char *key;
		const char *value;
	} pairs[] = {
		{ "device", disk->device },
		{ "id", disk->id },
		{ "format", disk->format },
		{ "backend", disk->backend },
		{ "file", disk->file },
		{ "cache", disk->is_cdrom ? "" : qemu_cache_name(disk) },
		{ "aio", disk->aio },
		{ "iothread", disk->iothread },
		{ "queues", disk->queues ? queues : "" },
		{ "access", disk->is_readonly || disk->is_cdrom ? "ro" : "" },
	};
	int r = 0;

	(void)snprintf(queues, sizeof(queues), "%" PRIu32, disk->queues);
	for (size_t i = 0; i < array_count(pairs) && r == 0; i++) {
		char key[64];

		(void)snprintf(key, sizeof(key), "disk.%zu.%s", number, pairs[i].key);
		r = tell(to, key, pairs[i].value);
	}
	return r;
}

static int tell_parts(const struct telling *to, const struct qemu_config *config)
{
	int r = 0;

	for (size_t i = 0; i < config->iothreads.count && r == 0; i++) {
		char key[32];

		(void)snprintf(key, sizeof(key), "iothread.%zu", i);
		r = tell(to, key, config->iothreads.items[i].text);
	}
	for (size_t i = 0; i < config->disks.count && r == 0; i++)
		r = tell_disk(to, i, &config->disks.items[i]);
	return r;
}

int qemu_config_tell(uint32_t tgid, const struct qemu_config *config, const struct event_sink *sink,
		     uint64_t time_ns, struct diag *why)
{
	const struct telling to = { sink, time_ns, why, tgid };
	int r = tell(&to, "debug_threads", config->debug_threads ? "on" : "off");

	if (r == 0)
		r = tell(&to, "name", config->name);
	if (r == 0)
		r = tell(&to, "machine", config->machine);
	if (r == 0)
		r = tell(&to, "accel", config->accel);
	if (r == 0)
		r = tell_number(&to, "cpus", config->cpus);
	if (r == 0)
		r = tell_number(&to, "memory", config->memory_bytes);
	if (r == 0)
		r = tell_parts(&to, config);
	if (r == 0)
		r = tell_number(&to, "left_out", config->left_out);
	if (r == 0 && config->has_file)
		r = tell(
			&to, "unread",
			"a part of its configuration is in a file (-readconfig), which is not read");
	return r;
}

static int tell_one(struct guard *guard, const struct telling *to)
{
	owns(guard_answer_free) struct guard_answer answer = GUARD_ANSWER_NONE;
	owns(qemu_config_free) struct qemu_config config = {};
	char words[128];
	int r = guard_ask(guard, to->tgid, do_read, &to->tgid, sizeof(to->tgid), &answer);

	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		(void)snprintf(words, sizeof(words), "its command line cannot be read: %s",
			       strerror(-r));
		return tell(to, "unread", words);
	}
	r = qemu_config_read(answer.bytes ? answer.bytes : "", answer.count, &config);
	return r < 0 ? r : qemu_config_tell(to->tgid, &config, to->sink, to->time_ns, to->why);
}

int qemu_tell(const uint32_t *tgids, size_t count, const struct event_sink *sink, uint64_t time_ns,
	      struct diag *why)
{
	owns(guard_free) struct guard *guard = NULL;
	int r = guard_new(&guard);

	for (size_t i = 0; i < count && r == 0; i++) {
		const struct telling to = { sink, time_ns, why, tgids[i] };

		r = is_qemu(tgids[i])
			    ? tell_one(guard, &to)
			    : tell(&to, "unread",
				   "it is no process of QEMU: how it was set up is not known");
	}
	return r == -ENOMEM ? diag_set(why, r, "out of memory") : r;
}
