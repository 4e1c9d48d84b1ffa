/* Who holds the user lock that a thread waits for? */
#include "probe/owners.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "host/guarded.h"
#include "host/threads.h"
#include "probe/clock.h"
#include "probe/futexes.h"

#define ALL_NS 500000000u

/* Done by the helper: the text of /proc/TID/syscall. */
static int read_call(const void *question, size_t bytes, struct guard_reply *reply)
{
	owns(own_close) int fd = -1;
	char path[64], text[256];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%u/syscall", *(const uint32_t *)question);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text));
	return n < 0 ? -errno : guard_reply_add(reply, text, (size_t)n);
}

static bool find_wait(struct guard *guard, uint32_t tid, struct futex_wait *ret)
{
	owns(guard_answer_free) struct guard_answer answer = GUARD_ANSWER_NONE;
	struct thread_call call;

	return guard_ask(guard, tid, read_call, &tid, sizeof(tid), &answer) == 0 && answer.bytes &&
	       thread_call_parse(answer.bytes, &call) == 0 &&
	       futex_wait_read(call.number, call.arguments, ret);
}

/* Any words may stand where no mutex is: a number is only believed when it is one of its own
 * process's other threads. */
static bool is_sibling(void *self, uint32_t number)
{
	const uint32_t *tid = self;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%u/task/%u", *tid, number);
	return number && number != *tid && access(path, F_OK) == 0;
}

static uint32_t find_owner(struct guard *guard, uint32_t tid, const struct futex_wait *wait)
{
	struct peek_words words;
	struct futex_holder holder;

	if (wait->is_condition || guarded_peek_words(guard, tid, &wait->address, 1, &words) < 0)
		return 0;
	holder = futex_holder_find(wait, &words, is_sibling, &tid);
	return holder.is_gone ? 0 : holder.number;
}

bool owners_ask(struct owners *owners, uint32_t tid, struct owned_futex *ret)
{
	struct futex_wait wait;

	if (!owners->until_ns)
		owners_give_time(owners, ALL_NS);
	if (!owners->is_over && !owners->guard)
		owners->is_over = guard_new(&owners->guard) < 0;
	if (!owners_have_time(owners) || !find_wait(owners->guard, tid, &wait))
		return false;
	*ret = (struct owned_futex){
		.address = wait.address,
		.owner = find_owner(owners->guard, tid, &wait),
		.is_condition = wait.is_condition,
	};
	return true;
}

void owners_give_time(struct owners *owners, uint64_t ns)
{
	owners->until_ns = clock_now_ns() + ns;
}

bool owners_have_time(const struct owners *owners)
{
	return !owners->is_over && clock_now_ns() <= owners->until_ns;
}

void owners_end(struct owners *owners)
{
	guard_free(&owners->guard);
}
