/* What does a process call itself? Its command line, read by a helper, as it may lie behind a lock
 * that is never let go. */
#include "host/titles.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/param.h>
#include <unistd.h>

enum {
	CHUNK = 128, /* processes of one question */
};

/* The name that it begins with has no blank in it: else it is some other string. */
static bool is_title(const char *text)
{
	const char *colon = strchr(text, ':');

	return colon && colon > text && colon[1] == ' ' && colon[2] &&
	       strcspn(text, " ") > (size_t)(colon - text);
}

bool title_parse(const char *bytes, size_t count, struct title *ret)
{
	size_t length = strnlen(bytes, count);
	struct title title = {};

	for (size_t i = length; i < count; i++) {
		if (bytes[i])
			return false;
	}
	while (length && bytes[length - 1] == ' ')
		length--;
	if (length >= sizeof(title.text))
		length = sizeof(title.text) - 1;
	memcpy(title.text, bytes, length);
	if (!is_title(title.text))
		return false;
	*ret = title;
	return true;
}

/* --- what the helper does --- */

struct question {
	uint32_t count;
	uint32_t tgids[CHUNK];
};

struct answer {
	uint32_t tgid;
	struct title title;
};

/* What is longer than a few titles is a command line. */
static bool read_one(uint32_t tgid, struct title *ret)
{
	owns(own_close) int fd = -1;
	char path[64], text[16 * TITLE_BYTES];
	size_t used = 0;
	ssize_t got;

	(void)snprintf(path, sizeof(path), "/proc/%" PRIu32 "/cmdline", tgid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	do {
		got = read(fd, text + used, sizeof(text) - used);
		used += got > 0 ? (size_t)got : 0;
	} while (got > 0 && used < sizeof(text));
	return got >= 0 && used && title_parse(text, used, ret);
}

static int do_read(const void *question, size_t bytes, struct guard_reply *reply)
{
	struct question asked = {};
	int r = 0;

	if (bytes > sizeof(asked))
		return -EINVAL;
	memcpy(&asked, question, bytes);
	for (uint32_t i = 0; i < asked.count && r == 0; i++) {
		struct answer answer = { .tgid = asked.tgids[i] };

		if (read_one(answer.tgid, &answer.title))
			r = guard_reply_add(reply, &answer, sizeof(answer));
	}
	return r;
}

/* --- our side --- */

static int ask(struct guard *guard, uint64_t subject, const struct titles_wanted *wanted,
	       const struct question *question)
{
	owns(guard_answer_free) struct guard_answer reply = GUARD_ANSWER_NONE;
	size_t bytes =
		offsetof(struct question, tgids) + question->count * sizeof(question->tgids[0]);
	int r = guard_ask(guard, subject, do_read, question, bytes, &reply);

	for (size_t at = 0; r == 0 && at + sizeof(struct answer) <= reply.count;
	     at += sizeof(struct answer)) {
		struct answer answer;

		memcpy(&answer, reply.bytes + at, sizeof(answer));
		r = wanted->seen(wanted->self, answer.tgid, &answer.title);
	}
	return r;
}

/* One after the other: then only who hangs is left out. */
static int ask_each(struct guard *guard, const struct titles_wanted *wanted, size_t first)
{
	int r = 0;

	for (size_t i = first; i < wanted->count && !wanted->time_is_over(wanted->self); i++) {
		const struct question question = { 1, { wanted->tgids[i] } };

		r = ask(guard, wanted->tgids[i], wanted, &question);
		if (r == -ENOMEM || r > 0)
			return r;
	}
	return 0;
}

int titles_read(struct guard *guard, const struct titles_wanted *wanted)
{
	struct question question;

	for (size_t i = 0; i < wanted->count && !wanted->time_is_over(wanted->self);
	     i += question.count) {
		int r;

		question.count = (uint32_t)MIN(wanted->count - i, (size_t)CHUNK);
		memcpy(question.tgids, wanted->tgids + i, question.count * sizeof(uint32_t));
		r = ask(guard, GUARD_MANY, wanted, &question);
		if (r == -ENOMEM || r > 0)
			return r;
		if (r < 0)
			return ask_each(guard, wanted, i);
	}
	return 0;
}
