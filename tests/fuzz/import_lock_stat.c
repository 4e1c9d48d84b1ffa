/* Can any text of /proc/lock_stat make its reader crash, or tell an event that is not sound? */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/locks.h"
#include "import/lock_stat.h"

/* libFuzzer's name for it. NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static int take(void *self, const struct event *event, struct diag *why)
{
	check(event_is_sound(event, event->bytes));
	return locksmith_take(self, event, why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct locksmith *smith = NULL;
	struct lock_report *report = NULL;
	const struct event_sink sink = { .take = take };
	struct event_sink in = sink;
	char *text = malloc(size ? size : 1);
	struct diag why = {};
	int r;

	check(text != NULL);
	if (size)
		memcpy(text, data, size);
	check(locksmith_new(&smith) == 0);
	in.self = smith;
	/* The first half stands before, the whole text after. */
	r = lock_stat_read(text, size / 2, 1, 0, &in, &why);
	check(r == 0 || r == -EBADMSG);
	r = lock_stat_read(text, size, 2, 0, &in, &why);
	check(r == 0 || r == -EBADMSG);
	if (locksmith_report(smith, NULL, LOCK_ORDER_AVG, &report, &why) == 0)
		lock_report_free(&report);
	locksmith_free(&smith);
	free(text);
	return 0;
}
