/* Who may end the wait of a thread that polls? Whoever holds the other end of one of its
 * descriptors, or what is not known of the others. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "probe/relations.h"

enum {
	POLLING_MAX = 4096, /* threads; of more it is not looked at what they poll */
};

/* false: it is in none of these calls. */
static bool read_call(const struct look_thread *thread, struct polled_call *ret)
{
	const __u64 *arguments = thread->arguments;

	*ret = (struct polled_call){ .tgid = thread->tgid, .tid = thread->tid };
	switch (thread->syscall) {
#ifdef SYS_poll
	case SYS_poll:
#endif
	case SYS_ppoll:
		ret->way = POLLED_ARRAY;
		ret->address[0] = arguments[0];
		ret->count = (uint32_t)arguments[1];
		return true;
#ifdef SYS_select
	case SYS_select:
#endif
	case SYS_pselect6:
		ret->way = POLLED_BITS;
		ret->count = (int32_t)arguments[0] > 0 ? (uint32_t)arguments[0] : 0;
		ret->address[0] = arguments[1];
		ret->address[1] = arguments[2];
		return true;
#ifdef SYS_epoll_wait
	case SYS_epoll_wait:
#endif
	case SYS_epoll_pwait:
	case SYS_epoll_pwait2:
		ret->way = POLLED_EPOLL;
		ret->fd = (int32_t)arguments[0];
		return true;
	default:
		return false;
	}
}

bool relations_is_polling(const struct looked *looked)
{
	struct polled_call call;

	return looked_is_waiting(looked) && read_call(&looked->thread, &call);
}

static int find_one(struct relations *relations, const struct looked *looked)
{
	struct polling *polling;
	struct polled_call call;
	struct polled polled;

	if (!looked_is_waiting(looked) || !read_call(&looked->thread, &call))
		return 0;
	/* What cannot be read is not known; that it hung is told by the look. */
	if (relations->polling.count >= POLLING_MAX ||
	    polled_read(relations->guard, &call, &polled) < 0 || !polled.files)
		return 0;
	polling = array_push(&relations->polling);
	if (!polling)
		return -ENOMEM;
	*polling = (struct polling){ looked, polled };
	return 0;
}

int relations_find_polled(struct relations *relations)
{
	int r = 0;

	for (size_t i = 0; i < relations->threads->list.count && r == 0 && relations->guard; i++)
		r = find_one(relations, &relations->threads->list.items[i]);
	return r;
}

/* Its own process has the other end as well, or nobody does: that one may act, or is out of sight.
 */
static bool are_all_known(const struct relations *relations, const struct polling *polling)
{
	const struct polled *polled = &polling->polled;

	if (relations->is_blind || polled->files != polled->count)
		return false;
	for (uint32_t i = 0; i < polled->files; i++) {
		struct holders holders;
		struct other_end end;

		if (!relations_other_end(relations, &polled->file[i], &end))
			return false;
		relations_holders(relations, &end, polling->looked->thread.tgid, &holders);
		if (!holders.count || holders.more || holders.has_own)
			return false;
	}
	return true;
}

static int tell_file(const struct relations *relations, const struct polling *polling,
		     const struct polled_file *file, uint32_t flags)
{
	bool is_pipe = S_ISFIFO(file->mode);
	struct event_relation relation = {
		.tid = polling->looked->thread.tid,
		.kind = is_pipe ? RELATION_PIPE : RELATION_SOCKET,
		.flags = flags,
		.object = polling->polled.count,
		.inode = file->inode,
		.dev = file->dev,
	};
	struct holders holders;
	struct other_end end;
	char name[64];
	int r = 0;

	if (!relations_other_end(relations, file, &end))
		return 0;
	relations_holders(relations, &end, polling->looked->thread.tgid, &holders);
	(void)snprintf(name, sizeof(name), "%s:[%llu]", is_pipe ? "pipe" : "socket",
		       (unsigned long long)file->inode);
	for (uint32_t i = 0; i < holders.count && r == 0; i++) {
		relation.peer = holders.tgids[i];
		r = relation_tell(relations, &relation, name);
	}
	return r;
}

int relations_tell_polled(struct relations *relations)
{
	int r = 0;

	for (size_t i = 0; i < relations->polling.count; i++) {
		const struct polling *polling = &relations->polling.items[i];
		uint32_t flags = RELATION_PROCESS | RELATION_POLLED;

		if (!are_all_known(relations, polling))
			flags |= RELATION_OTHERS;
		for (uint32_t k = 0; k < polling->polled.files && r == 0; k++)
			r = tell_file(relations, polling, &polling->polled.file[k], flags);
	}
	return r;
}
