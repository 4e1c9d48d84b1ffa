/* Who does what to which file? Each operation goes to its thread's way of asking, in the order in
 * which they were begun, and to what that does to the file. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/waits.h"
#include "analyse/workload_state.h"

#define ID_FLAGS (IO_DIRECT | IO_FILE_SYNC | IO_FILE_DSYNC)

/* Which system call is which engine of fio. */
static const struct {
	const char *syscall;
	enum workload_engine engine;
} ENGINES[] = {
	{ "read", WORKLOAD_ENGINE_SYNC },       { "write", WORKLOAD_ENGINE_SYNC },
	{ "pread64", WORKLOAD_ENGINE_PSYNC },   { "pwrite64", WORKLOAD_ENGINE_PSYNC },
	{ "readv", WORKLOAD_ENGINE_VSYNC },     { "writev", WORKLOAD_ENGINE_VSYNC },
	{ "preadv", WORKLOAD_ENGINE_PVSYNC },   { "pwritev", WORKLOAD_ENGINE_PVSYNC },
	{ "preadv2", WORKLOAD_ENGINE_PVSYNC2 }, { "pwritev2", WORKLOAD_ENGINE_PVSYNC2 },
};

static enum workload_engine engine_of(const struct event_io *event)
{
	const char *name = syscall_name(event->syscall);

	if (event->engine == IO_AIO)
		return WORKLOAD_ENGINE_LIBAIO;
	if (event->engine == IO_URING)
		return WORKLOAD_ENGINE_IO_URING;
	if (event->engine == IO_FAULT)
		return WORKLOAD_ENGINE_MMAP;
	for (size_t i = 0; name && i < array_count(ENGINES); i++) {
		if (strcmp(name, ENGINES[i].syscall) == 0)
			return ENGINES[i].engine;
	}
	return WORKLOAD_ENGINE_OTHER;
}

static bool is_async(enum workload_engine engine)
{
	return engine == WORKLOAD_ENGINE_LIBAIO || engine == WORKLOAD_ENGINE_IO_URING;
}

static uint64_t file_key(uint32_t dev, uint64_t inode)
{
	return hash_pair(dev, inode);
}

const struct file_known *modeller_file(const struct modeller *modeller, uint32_t dev,
				       uint64_t inode)
{
	const uint64_t *number = hash_find(&modeller->by_file, file_key(dev, inode));

	return number ? &modeller->files.items[*number - 1] : NULL;
}

/* --- who --- */

static int new_actor(struct modeller *modeller, const struct actor_id *id, struct actor **ret)
{
	owns(own_free) struct actor *actor = calloc(1, sizeof(*actor));
	/* A list of pointers: that is what is meant. NOLINTNEXTLINE(bugprone-sizeof-expression) */
	struct actor **place = actor ? array_push(&modeller->actors) : NULL;

	if (!place)
		return -ENOMEM;
	actor->id = *id;
	actor->number = (uint32_t)modeller->actors.count - 1;
	*ret = *place = give(actor);
	return 1;
}

static uint64_t id_hash(const struct actor_id *id)
{
	uint64_t words[2] = {};

	_Static_assert(sizeof(*id) <= sizeof(words), "it is hashed as a whole");
	memcpy(words, id, sizeof(*id));
	return hash_pair(words[0], words[1]);
}

/* Another thread of its name that asks in the same way: as good as itself, when there is no room.
 */
static int get_kin(struct modeller *modeller, const struct thread *thread, struct actor_id id,
		   struct actor **ret)
{
	const uint64_t *number;

	id.thread = thread->name_kind;
	number = hash_find(&modeller->by_kin, id_hash(&id));
	if (!number)
		return 0;
	modeller->adopted++;
	*ret = modeller->actors.items[*number - 1];
	return 1;
}

static int note_kin(struct modeller *modeller, const struct thread *thread, struct actor_id id)
{
	uint64_t *number;

	id.thread = thread->name_kind;
	number = hash_put(&modeller->by_kin, id_hash(&id));
	if (!number)
		return -ENOMEM;
	*number = modeller->actors.count;
	return 1;
}

/* 1 and *ret; 0: there is no room for more; -ENOMEM. */
static int get_actor(struct modeller *modeller, const struct thread *thread,
		     const struct actor_id *id, struct actor **ret)
{
	uint64_t hash = id_hash(id), *number;
	int r;

	/* Another id under the same hash moves on to the next number. */
	while ((number = hash_find(&modeller->by_actor, hash))) {
		*ret = modeller->actors.items[*number - 1];
		if (memcmp(&(*ret)->id, id, sizeof(*id)) == 0)
			return 1;
		hash++;
	}
	if (modeller->actors.count >= ACTORS_MAX)
		return get_kin(modeller, thread, *id, ret);
	number = hash_put(&modeller->by_actor, hash);
	r = number ? new_actor(modeller, id, ret) : -ENOMEM;
	if (r < 0)
		return r;
	*number = modeller->actors.count;
	return note_kin(modeller, thread, *id);
}

/* --- to which file --- */

void visit_free(struct visit *visit)
{
	if (!visit)
		return;
	for (size_t i = 0; i < WORKLOAD_DIRECTIONS; i++)
		free(visit->side[i].latency);
	free(visit->sync_latency);
	free(visit);
}

static struct histogram *made(struct histogram **histogram)
{
	if (!*histogram)
		*histogram = calloc(1, sizeof(**histogram));
	return *histogram;
}

int histograms_merge(struct histogram **into, const struct histogram *from)
{
	if (!from)
		return 0;
	if (!made(into))
		return -ENOMEM;
	histogram_merge(*into, from);
	return 0;
}

int histograms_add(struct histogram **into, uint64_t ns)
{
	if (!made(into))
		return -ENOMEM;
	histogram_add(*into, ns);
	return 0;
}

static int side_merge(struct side *into, const struct side *from)
{
	struct order order = from->order;

	order_end(&order);
	order_sums_merge(&into->order.sums, &order.sums);
	into->count += from->count;
	into->bytes += from->bytes;
	into->errors += from->errors;
	into->unplaced += from->unplaced;
	into->bare += from->bare;
	into->handing_ns += from->handing_ns;
	into->handed += from->handed;
	sizes_merge(&into->sizes, &from->sizes);
	return histograms_merge(&into->latency, from->latency);
}

int visit_merge(struct visit *into, const struct visit *from)
{
	int r = 0;

	if (from->end && (!into->end || from->begin < into->begin))
		into->begin = from->begin;
	if (from->end > into->end)
		into->end = from->end;
	for (size_t i = 0; i < WORKLOAD_DIRECTIONS && r == 0; i++)
		r = side_merge(&into->side[i], &from->side[i]);
	into->files += from->files;
	into->is_rest |= from->is_rest;
	into->appends |= from->appends;
	places_merge(&into->places, &from->places);
	into->syncs[0] += from->syncs[0];
	into->syncs[1] += from->syncs[1];
	scatter_merge(&into->writes_a_sync, &from->writes_a_sync);
	return r < 0 ? r : histograms_merge(&into->sync_latency, from->sync_latency);
}

static int new_visit(struct modeller *modeller, uint32_t actor, uint32_t *ret)
{
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): the same. */
	struct visit **place = array_push(&modeller->visits);

	if (!place)
		return -ENOMEM;
	*place = calloc(1, sizeof(**place));
	if (!*place) {
		modeller->visits.count--;
		return -ENOMEM;
	}
	(*place)->actor = actor;
	*ret = (uint32_t)modeller->visits.count - 1;
	return 0;
}

static int get_rest(struct modeller *modeller, uint32_t actor, uint32_t *ret)
{
	struct actor *whose = modeller->actors.items[actor];
	int r = 0;

	if (!whose->rest) {
		r = new_visit(modeller, actor, ret);
		if (r < 0)
			return r;
		modeller->visits.items[*ret]->is_rest = true;
		whose->rest = *ret + 1;
	}
	*ret = whose->rest - 1;
	return r;
}

/* The one that was not used for longest: operations on their way still name it, so that only a
 * reference to the rest stands in its place. */
static int fold_oldest(struct modeller *modeller)
{
	struct visit *oldest = NULL;
	uint32_t number = 0, rest;
	int r;

	for (uint32_t i = 0; i < modeller->visits.count; i++) {
		struct visit *visit = modeller->visits.items[i];

		if (!visit || visit->is_rest || (oldest && visit->turn >= oldest->turn))
			continue;
		oldest = visit;
		number = i;
	}
	if (!oldest)
		return 0;
	r = get_rest(modeller, oldest->actor, &rest);
	if (r == 0)
		r = visit_merge(modeller->visits.items[rest], oldest);
	if (r < 0)
		return r;
	modeller->files_folded++;
	modeller->live--;
	hash_remove(&modeller->by_visit,
		    hash_pair(oldest->actor, file_key(oldest->dev, oldest->inode)));
	visit_free(oldest);
	modeller->visits.items[number] = NULL;
	return 0;
}

static int find_visit(struct modeller *modeller, uint32_t actor, const struct event_io *event,
		      uint32_t *ret)
{
	uint64_t key = hash_pair(actor, file_key(event->dev, event->inode)), *number;
	struct visit *visit;
	int r = 0;

	number = hash_find(&modeller->by_visit, key);
	if (number) {
		*ret = (uint32_t)*number - 1;
		modeller->visits.items[*ret]->turn = ++modeller->turn;
		return 0;
	}
	if (modeller->visits.count >= VISITS_EVER)
		return get_rest(modeller, actor, ret);
	if (modeller->live >= VISITS_MAX)
		r = fold_oldest(modeller);
	number = r == 0 ? hash_put(&modeller->by_visit, key) : NULL;
	if (!number)
		return -ENOMEM;
	r = new_visit(modeller, actor, ret);
	if (r < 0)
		return r;
	*number = *ret + 1;
	modeller->live++;
	visit = modeller->visits.items[*ret];
	visit->dev = event->dev;
	visit->inode = event->inode;
	visit->files = 1;
	visit->turn = ++modeller->turn;
	return 0;
}

/* --- what --- */

/* The visit, or the rest that it was folded into meanwhile. */
static struct visit *visit_now(struct modeller *modeller, const struct actor *actor,
			       uint32_t number)
{
	struct visit *visit = modeller->visits.items[number];

	return visit || !actor->rest ? visit : modeller->visits.items[actor->rest - 1];
}

/* A read that reaches beyond the end of the file is as large as what is there. */
static uint64_t moved_by(const struct held *held)
{
	return held->result > 0 && (uint64_t)held->result < held->wanted ? (uint64_t)held->result
									 : held->wanted;
}

static void see_place(struct visit *visit, struct side *side, const struct held *held)
{
	uint64_t moved = moved_by(held);

	visit->appends |= held->flags & IO_APPEND;
	if (held->offset == UINT64_MAX || moved > UINT64_MAX - held->offset) {
		side->unplaced++;
		return;
	}
	if (!visit->is_rest)
		order_take(&side->order, held->offset, moved);
	if (!visit->end || held->offset < visit->begin)
		visit->begin = held->offset;
	if (held->offset + moved > visit->end)
		visit->end = held->offset + moved;
	places_add(&visit->places, hash_pair(held->file, held->offset));
}

static void see_transfer(struct visit *visit, const struct held *held)
{
	struct side *side =
		&visit->side[held->operation == IO_WRITE ? WORKLOAD_WRITE : WORKLOAD_READ];

	side->count++;
	side->bytes += moved_by(held);
	side->errors += held->result < 0;
	side->bare += !held->requests;
	if (held->handed_ns > held->submit_ns) {
		side->handing_ns += held->handed_ns - held->submit_ns;
		side->handed++;
	}
	sizes_add(&side->sizes, moved_by(held), 1);
	see_place(visit, side, held);
	if (side == &visit->side[WORKLOAD_WRITE])
		visit->since_sync++;
}

static void see_sync(struct visit *visit, const struct held *held)
{
	visit->syncs[held->operation == IO_FSYNC ? 0 : 1]++;
	if (visit->since_sync)
		scatter_add(&visit->writes_a_sync, (double)visit->since_sync);
	visit->since_sync = 0;
}

/* In the order in which they were begun. */
static int see(struct modeller *modeller, struct actor *actor, const struct held *held)
{
	struct visit *visit = visit_now(modeller, actor, held->visit);
	bool is_transfer = held->operation == IO_READ || held->operation == IO_WRITE;
	/* A sync's own actor may be another: that of fsync(2), while writes go through io_uring. */
	struct actor *whose = visit ? modeller->actors.items[visit->actor] : actor;

	if (!visit)
		return 0;
	if (is_transfer)
		see_transfer(visit, held);
	else
		see_sync(visit, held);
	if (!whose->first_ns || held->submit_ns < whose->first_ns)
		whose->first_ns = held->submit_ns;
	if (held->done_ns > whose->last_ns)
		whose->last_ns = held->done_ns;
	return pace_take(modeller, whose, held);
}

int visits_finish(struct modeller *modeller, const struct flight *flight)
{
	struct visit *visit = modeller->visits.items[flight->visit];
	uint64_t ns = flight->done_ns > flight->from_ns ? flight->done_ns - flight->from_ns : 0;

	/* Folded meanwhile: its actor is not known any more, and its time is not missed. */
	if (!visit)
		return 0;
	return histograms_add(flight->side == SIDE_SYNC ? &visit->sync_latency
							: &visit->side[flight->side].latency,
			      ns);
}

/* --- in which order --- */

static int release(struct modeller *modeller, struct actor *actor)
{
	struct held held = actor->held.items[actor->held_head];

	if (++actor->held_head == actor->held.count)
		actor->held_head = 0, actor->held.count = 0;
	return see(modeller, actor, &held);
}

/* Operations are told when they end; those begun before come in their place. */
static int hold(struct modeller *modeller, struct actor *actor, const struct held *held)
{
	struct held *items;
	size_t i;

	if (actor->held_head == HELD_MAX) {
		actor->held.count -= actor->held_head;
		memmove(actor->held.items, actor->held.items + actor->held_head,
			actor->held.count * sizeof(*actor->held.items));
		actor->held_head = 0;
	}
	if (!array_push(&actor->held))
		return -ENOMEM;
	items = actor->held.items;
	for (i = actor->held.count - 1; i > actor->held_head; i--) {
		if (items[i - 1].start_ns <= held->start_ns)
			break;
		items[i] = items[i - 1];
	}
	items[i] = *held;
	return actor->held.count - actor->held_head > HELD_MAX ? release(modeller, actor) : 0;
}

static struct held held_of(const struct event_io *event, uint32_t visit)
{
	struct held held = {
		.submit_ns = event->submit_ns,
		.start_ns = event->start_ns,
		.handed_ns = event->handed_ns,
		.done_ns = event->reaped_ns > event->head.time_ns ? event->reaped_ns
								  : event->head.time_ns,
		.offset = event->offset,
		.wanted = event->wanted,
		.result = event->result,
		.file = file_key(event->dev, event->inode),
		.visit = visit,
		.requests = event->requests,
		.flags = (uint16_t)event->flags,
		.operation = event->operation,
	};

	if (!held.start_ns || held.start_ns > held.done_ns)
		held.start_ns = held.submit_ns < held.done_ns ? held.submit_ns : held.done_ns;
	if (!held.submit_ns || held.submit_ns > held.start_ns)
		held.submit_ns = held.start_ns;
	if (held.handed_ns < held.submit_ns)
		held.handed_ns = 0;
	return held;
}

/* --- events --- */

static bool is_transfer(const struct event_io *event)
{
	return event->operation == IO_READ || event->operation == IO_WRITE;
}

static uint64_t written_key(const struct thread *thread, const struct event_io *event)
{
	return hash_pair(thread->index, file_key(event->dev, event->inode));
}

static int note_written(struct modeller *modeller, uint64_t key, uint32_t visit)
{
	uint64_t *place = hash_find(&modeller->by_written, key);

	if (!place && modeller->by_written.count < FILES_MAX) {
		place = hash_put(&modeller->by_written, key);
		if (!place)
			return -ENOMEM;
	}
	if (place)
		*place = visit + 1;
	return 0;
}

/* What the thread writes to the file is what the sync is for, whichever way it was asked for. */
static int take_sync(struct modeller *modeller, const struct thread *thread,
		     const struct event_io *event)
{
	const uint64_t *number = hash_find(&modeller->by_written, written_key(thread, event));
	const struct visit *visit = number ? modeller->visits.items[*number - 1] : NULL;
	struct actor *actor;
	struct held held;

	if (!visit) {
		modeller->stray_syncs++;
		return 0;
	}
	actor = modeller->actors.items[visit->actor];
	held = held_of(event, (uint32_t)*number - 1);
	/* A call that waits hands nothing over. */
	return is_async(actor->id.engine) ? hold(modeller, actor, &held)
					  : see(modeller, actor, &held);
}

static int take_transfer(struct modeller *modeller, const struct thread *thread,
			 const struct event_io *event)
{
	struct actor_id id = { .thread = thread->index,
			       .engine = (uint16_t)engine_of(event),
			       .flags = event->flags & ID_FLAGS };
	struct actor *actor;
	struct held held;
	uint32_t number;
	int r;

	if (id.engine == WORKLOAD_ENGINE_OTHER)
		id.syscall = event->syscall;
	if (id.engine == WORKLOAD_ENGINE_MMAP)
		id.flags = 0;
	r = get_actor(modeller, thread, &id, &actor);
	modeller->crowded += r == 0;
	if (r <= 0)
		return r;
	r = find_visit(modeller, actor->number, event, &number);
	if (r < 0)
		return r;
	if (event->operation == IO_WRITE)
		r = note_written(modeller, written_key(thread, event), number);
	if (r < 0)
		return r;
	modeller->operations++;
	held = held_of(event, number);
	modeller->bytes += moved_by(&held);
	return is_async(actor->id.engine) ? hold(modeller, actor, &held)
					  : see(modeller, actor, &held);
}

/* Does it ask for the content of a file, on behalf of the target? */
static bool is_wanted(struct modeller *modeller, const struct thread *thread,
		      const struct event_io *event)
{
	const struct file_known *file = modeller_file(modeller, event->dev, event->inode);

	if (modeller->is_seen && modeller->watch.target != WATCH_MACHINE && thread->tgid &&
	    !(thread->flags & TASK_TARGET))
		return false;
	if ((file && file->is_outside) || (!event->inode && event->fd < 0)) {
		modeller->outside += is_transfer(event);
		return false;
	}
	if (event->operation == IO_COPY) {
		modeller->copies++;
		modeller->copied_bytes += event->result > 0 ? (uint64_t)event->result : 0;
	}
	return is_transfer(event) || event->operation == IO_FSYNC ||
	       event->operation == IO_FDATASYNC || event->operation == IO_SYNC_RANGE;
}

int visits_take(struct modeller *modeller, const struct event_io *event)
{
	struct thread *thread;
	int r = tasks_get(&modeller->tasks, event->tid, &thread);

	modeller->crowded += r == 0;
	if (r <= 0)
		return r;
	if (!is_wanted(modeller, thread, event))
		return 0;
	/* How long it took is not known. */
	if (event->flags & (IO_OPEN_START | IO_OPEN_END)) {
		modeller->opened++;
		return 0;
	}
	/* The others are a fair sample without it. */
	if (event->flags & IO_LENGTH_ALONE)
		return 0;
	/* The end of the file: nothing was read. */
	if (event->operation == IO_READ && !event->result && event->wanted)
		return 0;
	modeller->untaken += event->engine == IO_URING && !event->reaped_ns;
	modeller->reaped_unseen += event->flags & IO_REAP_UNSEEN ? 1 : 0;
	return is_transfer(event) ? take_transfer(modeller, thread, event)
				  : take_sync(modeller, thread, event);
}

int visits_end(struct modeller *modeller)
{
	int r = 0;

	for (size_t i = 0; i < modeller->actors.count && r == 0; i++) {
		struct actor *actor = modeller->actors.items[i];

		while (actor->held.count && r == 0)
			r = release(modeller, actor);
		if (r == 0)
			r = pace_end(modeller, actor);
	}
	return r;
}
