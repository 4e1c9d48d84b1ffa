/* What does the kernel itself count of its locks while we watch? The text goes from host to import
 * twice. */
#include "cmd/kernel_locks.h"

#include <stddef.h>

#include "import/lock_stat.h"

static int tell_look(const struct kernel_locks *locks, uint32_t look, const struct event_sink *sink,
		     uint64_t time_ns, struct diag *why)
{
	owns(own_free) char *text = NULL;
	size_t bytes = 0;

	/* It could be read a moment ago, or cannot be read at all: then it is not told. */
	if (host_lock_stat_read(locks->stat.root, &text, &bytes, NULL) < 0)
		return 0;
	return lock_stat_read(text, bytes, look, time_ns, sink, why);
}

int kernel_locks_begin(struct kernel_locks *locks, const char *root, const struct event_sink *sink,
		       uint64_t time_ns, struct diag *why)
{
	locks->is_counting = host_lock_stat_begin(root, &locks->stat, NULL) == 0;
	return locks->is_counting ? tell_look(locks, 1, sink, time_ns, why) : 0;
}

int kernel_locks_tell(const struct kernel_locks *locks, const struct event_sink *sink,
		      uint64_t time_ns, struct diag *why)
{
	return locks->is_counting ? tell_look(locks, 2, sink, time_ns, why) : 0;
}

void kernel_locks_end(struct kernel_locks *locks)
{
	host_lock_stat_end(&locks->stat);
	locks->is_counting = false;
}
