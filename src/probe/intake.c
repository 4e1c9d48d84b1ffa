/* How do the programs' records come in, and when is each told? Their rings are read one after the
 * other; an order puts the records in their place, a dictionary tells names at once. */
#include "probe/intake.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <sys/param.h>
#include <unistd.h>

#include "probe/clock.h"
#include "probe/dictionary.h"
#include "probe/mappings.h"
#include "probe/order.h"

enum limits {
	RING_BYTES_ALL = 4 << 20,
	RING_BYTES_MAX = 2 << 20,
	/* A program reads the clock a few microseconds before its record is visible; a stolen
	 * virtual CPU makes it more. */
	LAG_NS = 10000000,
	WAITING_BYTES_MAX = 8 << 20,
};

static size_t ring_count(void)
{
	size_t cpus = (size_t)libbpf_num_possible_cpus(), rings = 1;

	while (rings < cpus && rings < INTAKE_RINGS_MAX)
		rings *= 2;
	return rings;
}

/*
 * A thread is told when its record is found, before all that it did. Told again, because of a new
 * name, it has its place among what it did: each ring is read to its end before the next, and an
 * older name in a later ring would come back.
 */
static int take_task(struct intake *intake, const struct ring_source *source,
		     const struct wire_task *wire)
{
	struct told_task *told = told_tasks_find(&intake->told, wire->head.tid);
	bool is_new;

	if (!told)
		return diag_set(&intake->why, -ENOMEM, "out of memory");
	is_new = told->birth_ns != wire->birth_ns;
	if (!is_new && wire->head.time_ns < told->time_ns)
		return 0;
	*told = (struct told_task){ wire->birth_ns, wire->head.time_ns };
	if (is_new)
		return dictionary_take(intake->dictionary, intake->translator, &wire->head,
				       sizeof(*wire), &intake->why);
	return order_push(intake->order, source->index, wire->head.time_ns, wire, sizeof(*wire));
}

/* With mappings an exec is told at once: names from before it are outdated then, wherever they
 * are. */
static int take_exec(struct intake *intake, const struct wire_task *wire)
{
	struct told_task *told = told_tasks_find(&intake->told, wire->head.tid);

	if (!told)
		return diag_set(&intake->why, -ENOMEM, "out of memory");
	*told = (struct told_task){ wire->birth_ns, wire->head.time_ns };
	return dictionary_take(intake->dictionary, intake->translator, &wire->head, sizeof(*wire),
			       &intake->why);
}

static int take_record(void *context, void *data, size_t bytes)
{
	struct ring_source *source = context;
	struct intake *intake = source->intake;
	const struct wire *wire = data;

	if (bytes < sizeof(*wire))
		return diag_set(&intake->why, -EBADMSG, "the kernel sent a record of %zu bytes",
				bytes);
	if (wire->kind == WIRE_TASK && bytes >= sizeof(struct wire_task))
		return take_task(intake, source, data);
	if (intake->mappings && wire->kind == WIRE_EXEC && bytes >= sizeof(struct wire_task))
		return take_exec(intake, data);
	if (wire_is_dictionary(wire))
		return dictionary_take(intake->dictionary, intake->translator, wire, bytes,
				       &intake->why);
	return order_push(intake->order, source->index, wire->time_ns, data, bytes);
}

static int make_ring(struct intake *intake, int rings_map, uint32_t slot, uint32_t bytes)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "slowpath_ring", 0, 0, bytes, NULL), r;

	if (fd < 0)
		return -errno;
	intake->sources[slot] = (struct ring_source){ .intake = intake, .index = slot };
	r = bpf_map_update_elem(rings_map, &slot, &fd, BPF_ANY);
	if (r == 0 && !intake->ring_buffer) {
		intake->ring_buffer =
			ring_buffer__new(fd, take_record, &intake->sources[slot], NULL);
		r = intake->ring_buffer ? 0 : -errno;
	} else if (r == 0) {
		r = ring_buffer__add(intake->ring_buffer, fd, take_record, &intake->sources[slot]);
	}
	close(fd); /* the map of maps and the reader's mapping hold it now */
	return r < 0 ? r : 0;
}

/* Tell the records up to the horizon. */
static int tell_until(struct intake *intake, uint64_t horizon_ns, struct diag *why)
{
	const struct wire *wire;
	bool is_late;

	while ((wire = order_pop(intake->order, horizon_ns, &is_late))) {
		int r = told_tasks_are_after(&intake->told, wire)
				? 0
				: translate(intake->translator, wire, sizeof(struct wire_switch),
					    why);

		if (r < 0)
			return r;
		intake->late += is_late;
	}
	return 0;
}

static int drain(struct intake *intake, struct diag *why)
{
	const struct event_sink keep = { .take = dictionary_keep, .self = intake->dictionary };
	uint64_t start_ns = clock_now_ns();
	int r;

	if (order_bytes(intake->order) > WAITING_BYTES_MAX)
		return 0; /* the rings fill up meanwhile, and what finds no room there is counted */
	r = intake->mappings ? mappings_drain(intake->mappings, &keep, why) : 0;
	if (r < 0)
		return r;
	r = ring_buffer__consume(intake->ring_buffer);
	if (r < 0)
		return diag_set(why, r, "cannot read the ring buffer: %s",
				intake->why.code ? intake->why.text : strerror(-r));
	intake->drained_ns = start_ns;
	return dictionary_tell(intake->dictionary, intake->translator, why);
}

int intake_begin(struct intake *intake, struct translator *translator, bool with_mappings,
		 bool of_all)
{
	int r;

	intake->translator = translator;
	intake->rings = ring_count();
	r = order_new(intake->rings, &intake->order);
	if (r < 0)
		return r;
	if (with_mappings && mappings_open(&intake->mappings) < 0)
		intake->mappings = NULL;
	return dictionary_new(intake->mappings != NULL, of_all, &intake->dictionary);
}

int intake_make_rings(struct intake *intake, int rings_map, struct diag *why)
{
	uint32_t bytes = MIN(RING_BYTES_ALL / intake->rings, (size_t)RING_BYTES_MAX);

	for (uint32_t slot = 0; slot < intake->rings; slot++) {
		int r = make_ring(intake, rings_map, slot, bytes);

		if (r < 0)
			return diag_set(why, r, "cannot make a ring buffer of %u KiB: %s",
					bytes >> 10, strerror(-r));
	}
	return 0;
}

uint64_t intake_horizon_ns(const struct intake *intake)
{
	return intake->drained_ns > LAG_NS ? intake->drained_ns - LAG_NS : 0;
}

int intake_tell(struct intake *intake, uint64_t limit_ns, struct diag *why)
{
	int r = drain(intake, why);

	return r < 0 ? r : tell_until(intake, MIN(intake_horizon_ns(intake), limit_ns), why);
}

int intake_tell_all(struct intake *intake, struct diag *why)
{
	int r;

	do {
		r = drain(intake, why);
		if (r == 0)
			r = tell_until(intake, UINT64_MAX, why);
	} while (r == 0 && ring_buffer__consume(intake->ring_buffer) > 0);
	if (r == 0)
		r = dictionary_tell(intake->dictionary, intake->translator, why);
	return r < 0 ? r : tell_until(intake, UINT64_MAX, why);
}

void intake_free(struct intake *intake)
{
	ring_buffer__free(intake->ring_buffer);
	dictionary_free(&intake->dictionary);
	mappings_free(&intake->mappings);
	order_free(&intake->order);
	told_tasks_free(&intake->told);
}
