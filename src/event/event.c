/* What can happen? The table of kinds, and the check that every byte of an event is where its kind
 * says. */
#include "event/event.h"

#include "base/array.h"

/* Each struct is written to disk as it stands: no padding may hide in it. */
#define EVENT(number, NAME, type, name) \
	_Static_assert(sizeof(struct type) % 8 == 0, "events are multiples of 8 bytes");
#include "event/events.def"
#undef EVENT

struct kind {
	const char *name;
	size_t bytes;
};

static const struct kind KINDS[] = {
#define EVENT(number, NAME, type, label) \
	[number] = { .name = (label), .bytes = sizeof(struct type) },
#include "event/events.def"
#undef EVENT
};

static const char *const LOSSES[] = {
	[LOSS_SWITCH] = "scheduler switches",
	[LOSS_STACK] = "stacks",
	[LOSS_SYSCALL] = "system calls",
	[LOSS_REQUEST] = "block requests",
	[LOSS_SAMPLE] = "CPU samples",
	[LOSS_TASK] = "thread births, deaths and names",
	[LOSS_THREAD] = "threads without state",
	[LOSS_LOCK] = "lock waits",
	[LOSS_LATE] = "events out of order",
	[LOSS_HISTORY] = "spans forgotten early",
	[LOSS_FILE] = "file names",
	[LOSS_HIDDEN] = "threads hidden by the kernel",
	[LOSS_USAGE] = "threads' CPU times",
	[LOSS_MAPPING] = "mappings of files",
	[LOSS_TALLY] = "rows of tallies",
	[LOSS_IO] = "operations on files",
	[LOSS_CALL] = "entries and exits of functions",
	[LOSS_GUEST_EXIT] = "exits of guests",
};

const char *event_kind_name(unsigned int kind)
{
	return kind < array_count(KINDS) ? KINDS[kind].name : NULL;
}

size_t event_kind_bytes(unsigned int kind)
{
	return kind < array_count(KINDS) ? KINDS[kind].bytes : 0;
}

const char *event_loss_name(uint32_t what)
{
	if (what < array_count(LOSSES) && LOSSES[what])
		return LOSSES[what];
	return "events of an unknown kind";
}

/* The bytes that the counts inside an event of variable size claim. */
static uint64_t claimed_bytes(const struct event *event)
{
	switch (event->kind) {
	case EVENT_FACT: {
		const struct event_fact *fact = (const void *)event;

		return sizeof(*fact) + (uint64_t)fact->key_bytes + fact->value_bytes;
	}
	case EVENT_SYMBOL: {
		const struct event_symbol *symbol = (const void *)event;

		return sizeof(*symbol) + (uint64_t)symbol->name_bytes + symbol->module_bytes;
	}
	case EVENT_STACK: {
		const struct event_stack *stack = (const void *)event;

		return sizeof(*stack) + (uint64_t)stack->frames * sizeof(stack->frame[0]);
	}
	case EVENT_CGROUP: {
		const struct event_cgroup *cgroup = (const void *)event;

		return sizeof(*cgroup) + (uint64_t)cgroup->path_bytes;
	}
	case EVENT_MAPPING: {
		const struct event_mapping *mapping = (const void *)event;

		return sizeof(*mapping) + (uint64_t)mapping->path_bytes;
	}
	case EVENT_PLACE: {
		const struct event_place *place = (const void *)event;

		return sizeof(*place) + (uint64_t)place->file_bytes;
	}
	case EVENT_RELATION: {
		const struct event_relation *relation = (const void *)event;

		return sizeof(*relation) + (uint64_t)relation->name_bytes;
	}
	case EVENT_LOG: {
		const struct event_log *log = (const void *)event;

		return sizeof(*log) + (uint64_t)log->text_bytes;
	}
	case EVENT_LOCK_NAME: {
		const struct event_lock_name *name = (const void *)event;

		return sizeof(*name) + (uint64_t)name->name_bytes;
	}
	case EVENT_LOCK_CLASS: {
		const struct event_lock_class *class = (const void *)event;

		return sizeof(*class) + (uint64_t) class->name_bytes;
	}
	case EVENT_LOCK_SITE: {
		const struct event_lock_site *site = (const void *)event;

		return sizeof(*site) + (uint64_t)site->name_bytes;
	}
	case EVENT_TALLY: {
		const struct event_tally *tally = (const void *)event;

		return sizeof(*tally) + (uint64_t)tally->buckets * sizeof(tally->bucket[0]);
	}
	case EVENT_TITLE: {
		const struct event_title *title = (const void *)event;

		return sizeof(*title) + (uint64_t)title->text_bytes;
	}
	case EVENT_FILE: {
		const struct event_file *file = (const void *)event;

		return sizeof(*file) + (uint64_t)file->name_bytes;
	}
	default:
		return event_kind_bytes(event->kind);
	}
}

bool event_is_sound(const struct event *event, size_t available)
{
	if (available < sizeof(*event) || event->bytes < sizeof(*event) || event->bytes % 8 ||
	    event->bytes > available)
		return false;
	if (event->bytes < event_kind_bytes(event->kind))
		return false;
	return claimed_bytes(event) <= event->bytes;
}
