/* How are a process's mappings, files and memory read when it may be sick? What the helper does,
 * and how it is asked for. */
#include "host/guarded.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <xxhash.h>

#include "host/images.h"
#include "host/procfs.h"

enum sizes {
	PATH_BYTES = 4096,
	BLOCK_BYTES = 1 << 20,
	/* Names stand at the begin and at the end of a large file. */
	FRONT_BYTES = 1 << 20,
	WARM_BYTES_MAX = 32 << 20,
	STACK_BYTES_MAX = 8 << 20,
	WINDOW_BYTES = 4096, /* of a stack, read at once */
};

/* --- mappings --- */

static int do_maps(const void *question, size_t bytes, struct guard_reply *reply)
{
	owns(own_free) char *text = NULL;
	size_t count = 0;
	uint32_t tgid;
	int r;

	memcpy(&tgid, question, sizeof(tgid));
	r = host_maps(NULL, tgid, &text, &count);
	return r < 0 ? r : guard_reply_add(reply, text, count);
}

int guarded_maps(void *self, uint32_t tgid, char **ret_text, size_t *ret_bytes)
{
	owns(guard_answer_free) struct guard_answer answer = GUARD_ANSWER_NONE;
	int r = guard_ask(self, tgid, do_maps, &tgid, sizeof(tgid), &answer);

	if (r < 0)
		return r;
	*ret_text = answer.bytes ? give(answer.bytes) : calloc(1, 1);
	*ret_bytes = answer.count;
	return *ret_text ? 0 : -ENOMEM;
}

/* --- files --- */

#define FUSE_MAGIC 0x65735546U /* fs/fuse/inode.c */

struct image_question {
	uint32_t tgid;
	uint32_t spare;
	char path[PATH_BYTES];
};

/* A file that a process serves is asked for at each look, and once more when it is closed. */
static bool is_served(int fd)
{
	struct statfs system;

	return fstatfs(fd, &system) < 0 || (uint32_t)system.f_type == FUSE_MAGIC;
}

static int read_part(int fd, off_t from, off_t to)
{
	owns(own_free) char *block = malloc(BLOCK_BYTES);

	if (!block)
		return -ENOMEM;
	while (from < to) {
		ssize_t got = pread(fd, block, (size_t)MIN(to - from, (off_t)BLOCK_BYTES), from);

		if (got <= 0)
			return got < 0 ? -errno : 0;
		from += got;
	}
	return 0;
}

/* What the helper has read is in memory when we read it. */
static int warm_file(int fd, off_t bytes)
{
	int r;

	if (bytes <= FRONT_BYTES + WARM_BYTES_MAX)
		return read_part(fd, 0, bytes);
	r = read_part(fd, 0, FRONT_BYTES);
	return r < 0 ? r : read_part(fd, bytes - WARM_BYTES_MAX, bytes);
}

static int hand_over(int *fd, struct guard_reply *reply)
{
	struct stat status;
	int r;

	if (fstat(*fd, &status) < 0)
		return -errno;
	if (is_served(*fd))
		return -EOPNOTSUPP;
	r = warm_file(*fd, status.st_size);
	if (r < 0)
		return r;
	guard_reply_file(reply, *fd);
	*fd = -1;
	return 0;
}

static int do_open_image(const void *question, size_t bytes, struct guard_reply *reply)
{
	owns(own_close) int fd = -1;
	struct image_question image;

	if (bytes > sizeof(image))
		return -EINVAL;
	memcpy(&image, question, bytes);
	fd = host_open_image(NULL, image.tgid, image.path);
	return fd < 0 ? fd : hand_over(&fd, reply);
}

static int do_open_perf_map(const void *question, size_t bytes, struct guard_reply *reply)
{
	owns(own_close) int fd = -1;
	uint32_t tgid;

	memcpy(&tgid, question, sizeof(tgid));
	fd = host_open_perf_map(NULL, tgid);
	return fd < 0 ? fd : hand_over(&fd, reply);
}

static int ask_for_file(struct guard *guard, uint64_t subject, guard_work work,
			const void *question, size_t bytes)
{
	owns(guard_answer_free) struct guard_answer answer = GUARD_ANSWER_NONE;
	int r = guard_ask(guard, subject, work, question, bytes, &answer);

	if (r < 0)
		return r;
	r = answer.fd >= 0 ? answer.fd : -ENOENT;
	answer.fd = -1;
	return r;
}

int guarded_open_image(void *self, uint32_t tgid, const char *path)
{
	struct image_question question = { .tgid = tgid };
	size_t length = strlen(path);

	if (length >= sizeof(question.path))
		return -ENAMETOOLONG;
	memcpy(question.path, path, length + 1);
	return ask_for_file(self, GUARD_FILE | XXH3_64bits(path, length), do_open_image, &question,
			    offsetof(struct image_question, path) + length + 1);
}

int guarded_open_perf_map(void *self, uint32_t tgid)
{
	return ask_for_file(self, tgid, do_open_perf_map, &tgid, sizeof(tgid));
}

/* --- memory --- */

/*
 * By the file, and not by process_vm_readv(): whoever waits there for the lock on the mappings can
 * be killed.
 */
static int open_memory(uint32_t tgid)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%" PRIu32 "/mem", tgid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static size_t read_memory(int memory, uint64_t address, void *to, size_t bytes)
{
	ssize_t got = address <= INT64_MAX ? pread(memory, to, bytes, (off_t)address) : -1;

	return got > 0 ? (size_t)got : 0;
}

/* The stack from its top on, as much as was read at once. */
struct window {
	int memory;
	uint64_t start;
	size_t bytes;
	char block[WINDOW_BYTES];
};

static bool read_pair(const struct window *window, uint64_t address, uint64_t pair[2])
{
	uint64_t offset = address - window->start;

	if (offset < window->bytes && window->bytes - offset >= 2 * sizeof(*pair)) {
		memcpy(pair, window->block + offset, 2 * sizeof(*pair));
		return true;
	}
	return read_memory(window->memory, address, pair, 2 * sizeof(*pair)) == 2 * sizeof(*pair);
}

static bool is_user_code(uint64_t address)
{
	return address >= 4096 && address < UINT64_MAX / 2;
}

/* Each frame begins with where the caller's does, and behind that stands where it is returned to.
 */
static uint32_t walk(const struct window *window, const struct peek_registers *at,
		     uint64_t *addresses)
{
	uint64_t frame = at->fp, lowest = at->sp, pair[2];
	uint32_t count = 0;

	if (!is_user_code(at->ip))
		return 0;
	addresses[count++] = at->ip;
	while (count < PEEK_FRAMES_MAX && frame >= lowest && frame - at->sp < STACK_BYTES_MAX &&
	       frame % sizeof(frame) == 0 && read_pair(window, frame, pair) &&
	       is_user_code(pair[1])) {
		addresses[count++] = pair[1];
		lowest = frame + sizeof(pair);
		frame = pair[0];
	}
	return count;
}

struct stacks_question {
	uint32_t tgid;
	uint32_t count;
	struct peek_registers threads[PEEK_THREADS_MAX];
};

static int do_peek_stacks(const void *question, size_t bytes, struct guard_reply *reply)
{
	owns(own_close) int memory = -1;
	struct window window = {};
	struct stacks_question asked;
	int r = 0;

	if (bytes > sizeof(asked))
		return -EINVAL;
	memcpy(&asked, question, bytes);
	/* Without it there is still where each thread left its own code. */
	memory = window.memory = open_memory(asked.tgid);
	for (uint32_t i = 0; i < asked.count && r == 0; i++) {
		uint64_t addresses[PEEK_FRAMES_MAX];
		struct peek_stack stack = {};

		window.start = asked.threads[i].sp;
		window.bytes = read_memory(memory, window.start, window.block,
					   sizeof(window.block) - window.start % WINDOW_BYTES);
		stack.frames = walk(&window, &asked.threads[i], addresses);
		r = guard_reply_add(reply, &stack, sizeof(stack));
		if (r == 0)
			r = guard_reply_add(reply, addresses, stack.frames * sizeof(*addresses));
	}
	return r;
}

static int ask_for_stacks(struct guard *guard, const struct stacks_question *question, size_t first,
			  void (*seen)(void *self, size_t, const struct peek_stack *), void *self)
{
	owns(guard_answer_free) struct guard_answer answer = GUARD_ANSWER_NONE;
	size_t bytes = offsetof(struct stacks_question, threads) +
		       question->count * sizeof(question->threads[0]);
	int r = guard_ask(guard, question->tgid, do_peek_stacks, question, bytes, &answer);
	const char *at = answer.bytes;

	if (r < 0)
		return r;
	for (uint32_t i = 0; i < question->count; i++) {
		/* The helper's answers are multiples of eight bytes, as malloc()'s blocks are. */
		const struct peek_stack *stack = (const void *)at;

		seen(self, first + i, stack);
		at += sizeof(*stack) + stack->frames * sizeof(stack->address[0]);
	}
	return 0;
}

int guarded_peek_stacks(struct guard *guard, uint32_t tgid, const struct peek_registers *threads,
			size_t count,
			void (*seen)(void *self, size_t index, const struct peek_stack *stack),
			void *self)
{
	struct stacks_question question = { .tgid = tgid };
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i += question.count) {
		question.count = (uint32_t)MIN(count - i, (size_t)PEEK_THREADS_MAX);
		memcpy(question.threads, threads + i, question.count * sizeof(question.threads[0]));
		r = ask_for_stacks(guard, &question, i, seen, self);
	}
	return r;
}

struct words_question {
	uint32_t tgid;
	uint32_t count;
	uint64_t addresses[PEEK_THREADS_MAX];
};

static int do_peek_words(const void *question, size_t bytes, struct guard_reply *reply)
{
	owns(own_close) int memory = -1;
	struct words_question asked;
	int r = 0;

	if (bytes > sizeof(asked))
		return -EINVAL;
	memcpy(&asked, question, bytes);
	memory = open_memory(asked.tgid);
	if (memory < 0)
		return memory;
	for (uint32_t i = 0; i < asked.count && r == 0; i++) {
		struct peek_words words = {};
		size_t got =
			read_memory(memory, asked.addresses[i], words.word, sizeof(words.word));

		/* The last words may lie on a page that is not there. */
		words.is_there = got >= sizeof(words.word[0]);
		r = guard_reply_add(reply, &words, sizeof(words));
	}
	return r;
}

static int ask_for_words(struct guard *guard, const struct words_question *question,
			 struct peek_words *ret)
{
	owns(guard_answer_free) struct guard_answer answer = GUARD_ANSWER_NONE;
	size_t bytes = offsetof(struct words_question, addresses) +
		       question->count * sizeof(question->addresses[0]);
	int r = guard_ask(guard, question->tgid, do_peek_words, question, bytes, &answer);

	if (r == 0 && answer.count == question->count * sizeof(*ret))
		memcpy(ret, answer.bytes, answer.count);
	return r;
}

int guarded_peek_words(struct guard *guard, uint32_t tgid, const uint64_t *addresses, size_t count,
		       struct peek_words *ret)
{
	struct words_question question = { .tgid = tgid };
	int r = 0;

	memset(ret, 0, count * sizeof(*ret));
	for (size_t i = 0; i < count && r == 0; i += question.count) {
		question.count = (uint32_t)MIN(count - i, (size_t)PEEK_THREADS_MAX);
		memcpy(question.addresses, addresses + i,
		       question.count * sizeof(question.addresses[0]));
		r = ask_for_words(guard, &question, ret + i);
	}
	return r;
}
