/* What did threads use that died, but that the kernel still holds? A map has what they had when
 * they began to die. */
#include "probe/dying.h"

#include <bpf/bpf.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "probe/clock.h"
#include "probe/intake.h"

enum limits {
	/* The kernel lets go of the dead after an RCU grace period: some 20 ms, seldom more. */
	RELEASE_NS_MAX = 100000000,
	RELEASE_TICK_NS = 2000000,
};

/* Does the kernel still hold threads that died? Then *ret_key is one of them. */
static bool is_anybody_dying(int map, uint64_t *ret_key)
{
	return bpf_map_get_next_key(map, NULL, ret_key) == 0;
}

static int tell_held(int map, struct translator *translator, struct diag *why)
{
	uint64_t key;
	int r = 0;

	while (r == 0 && is_anybody_dying(map, &key)) {
		struct wire_dying thread;

		/* The kernel may let go of it just now. */
		if (bpf_map_lookup_elem(map, &key, &thread) < 0)
			continue;
		if (bpf_map_delete_elem(map, &key) == 0)
			r = translate(translator, &thread.usage.head, sizeof(thread.usage), why);
	}
	return r;
}

int dying_tell(int dying_map, struct intake *intake, struct diag *why)
{
	const struct timespec tick = { .tv_nsec = RELEASE_TICK_NS };
	uint64_t start_ns = clock_now_ns(), key;
	int r;

	while (is_anybody_dying(dying_map, &key) && clock_now_ns() - start_ns < RELEASE_NS_MAX) {
		(void)nanosleep(&tick, NULL);
		r = intake_tell_all(intake, why);
		if (r < 0)
			return r;
	}
	r = tell_held(dying_map, intake->translator, why);
	return r < 0 ? r : intake_tell_all(intake, why);
}
