/* Which locks are variables of the kernel? Those whose address kallsyms has data at. */
#include "symbol/lock_variables.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "symbol/kernel_names.h"
#include "symbol/telling.h"

/* Bound of memory: later locks have no names. */
#define LOCKS_MAX (64UL * 1024)

/* Longest texts of a name, by its parts. */
#define VARIABLE_MAX 512
#define OFFSET_MAX   24
#define MODULE_MAX   128

static int tell(const struct event_sink *next, uint64_t time_ns, uint64_t lock,
		const struct symbol_name *variable, struct diag *why)
{
	char offset[OFFSET_MAX] = "", name[VARIABLE_MAX + OFFSET_MAX + MODULE_MAX + 8];
	union {
		struct event_lock_name event;
		char bytes[sizeof(struct event_lock_name) + sizeof(name) + 8];
	} room = {};
	int name_bytes;

	if (lock > variable->start)
		(void)snprintf(offset, sizeof(offset), "+0x%" PRIx64, lock - variable->start);
	name_bytes = snprintf(name, sizeof(name), "%.*s%s%s%.*s%s", VARIABLE_MAX, variable->name,
			      offset, variable->module[0] ? " [" : "", MODULE_MAX, variable->module,
			      variable->module[0] ? "]" : "");
	if (name_bytes < 0)
		return -EINVAL;
	room.event = (struct event_lock_name){
		.head = { .bytes = telling_round_up(sizeof(room.event) + (size_t)name_bytes),
			  .kind = EVENT_LOCK_NAME,
			  .time_ns = time_ns },
		.lock = lock,
		.kind = LOCK_NAME_STATIC,
		.name_bytes = (uint16_t)name_bytes,
	};
	memcpy(room.event.name, name, (size_t)name_bytes);
	return event_sink_take(next, &room.event.head, why);
}

int lock_variables_tell(struct lock_variables *locks, const struct kallsyms *kernel,
			const struct event_sink *next, uint64_t time_ns, uint64_t lock,
			struct diag *why)
{
	struct symbol_name variable;

	if (lock < KERNEL_ADDRESS_MIN || !kernel || locks->seen.count >= LOCKS_MAX ||
	    hash_find(&locks->seen, lock))
		return 0;
	if (!hash_put(&locks->seen, lock))
		return telling_no_memory(why);
	if (kallsyms_find_variable(kernel, lock, &variable) < 0)
		return 0;
	return tell(next, time_ns, lock, &variable, why);
}

void lock_variables_clear(struct lock_variables *locks)
{
	hash_free(&locks->seen);
}
