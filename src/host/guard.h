/* How do we look at a sick process without hanging on it? A helper process does what may hang, and
 * is left behind when it does. */
#ifndef HOST_GUARD_H
#define HOST_GUARD_H

#include <stddef.h>
#include <stdint.h>

#include "base/own.h"

/*
 * A thread that waits in the kernel for somebody's lock or for a dead file system cannot always be
 * ended, and a process does not end before its last thread: so the helper is a process, of its own
 * and without any of our files but one. It has what we had when it was begun.
 */
struct guard;

/* What the helper answers with. */
struct guard_reply;

/* Done by the helper: 0 or -errno. Whatever it needs is in the question, at any address. */
typedef int (*guard_work)(const void *question, size_t bytes, struct guard_reply *reply);

/* Add to the answer; -ENOMEM, -EFBIG. */
must_check int guard_reply_add(struct guard_reply *reply, const void *bytes, size_t count);
/* Hand a descriptor over with the answer; it is closed in the helper. Only one. */
void guard_reply_file(struct guard_reply *reply, int fd);

struct guard_answer {
	char *bytes; /* with a NUL behind them; NULL: there are none */
	size_t count;
	int fd; /* -1: none */
};

#define GUARD_ANSWER_NONE \
	{                 \
		.fd = -1, \
	}

void guard_answer_free(struct guard_answer *answer);

/* No helper is begun before the first question. -ENOMEM. End with guard_free(). */
must_check int guard_new(struct guard **ret);
void guard_free(struct guard **guard);

/* A subject that is a file, by the hash of its path: it may lie on a slow disk. */
#define GUARD_FILE (1ULL << 63)

/* A question on many at once: that it hung says nothing of any of them. Whoever asks it must not
 * ask it again. */
#define GUARD_MANY (1ULL << 62)

/*
 * Have work(question) done. 0, with the answer the caller's, to end with guard_answer_free(); or
 * what the work returned. -ETIMEDOUT: it hung; what is asked about the same subject (a process,
 * or a file) from then on hangs at once. -EBUSY: so many helpers hang that no more are begun.
 * -EMSGSIZE: the question is too long.
 */
must_check int guard_ask(struct guard *guard, uint64_t subject, guard_work work,
			 const void *question, size_t bytes, struct guard_answer *ret);

enum {
	GUARD_QUESTION_BYTES = 65536,
	GUARD_HUNG_MAX = 8, /* helpers that are left behind; then no more are begun */
};

/* The subjects on which helpers hung, in the order in which they did. */
const uint64_t *guard_hung(const struct guard *guard, size_t *ret_count);

#endif
