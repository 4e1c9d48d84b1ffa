/* What of an open span was told already? One row for each thread that somebody looked at; a switch
 * removes it. */
#include "probe/glances.h"

#include <errno.h>
#include <string.h>

enum {
	GLANCED_MAX = 65536,
	GLANCES_PER_ASK = 5, /* a lock may be handed on while somebody waits for it */
};

static struct glanced *find(const struct glances *glances, uint32_t tid)
{
	const uint64_t *place = glances->items.count ? hash_find(&glances->by_tid, tid) : NULL;

	return place ? &glances->items.items[*place] : NULL;
}

static void remove_row(struct glances *glances, struct glanced *row)
{
	const struct glanced *last = &glances->items.items[glances->items.count - 1];
	uint64_t *place;

	(void)hash_remove(&glances->by_tid, row->tid);
	if (row != last) {
		place = hash_find(&glances->by_tid, last->tid);
		if (place)
			*place = (uint64_t)(row - glances->items.items);
		*row = *last;
	}
	glances->items.count--;
}

/* 1 and the row, made when there is none; 0: no room; -ENOMEM. */
static int get(struct glances *glances, uint32_t tid, struct glanced **ret)
{
	uint64_t *place;

	*ret = find(glances, tid);
	if (*ret)
		return 1;
	if (glances->items.count >= GLANCED_MAX)
		return 0;
	place = hash_put(&glances->by_tid, tid);
	if (!place)
		return -ENOMEM;
	*ret = array_push(&glances->items);
	if (!*ret) {
		(void)hash_remove(&glances->by_tid, tid);
		return -ENOMEM;
	}
	*place = glances->items.count - 1;
	(*ret)->tid = tid;
	return 1;
}

static __u64 less(__u64 amount, __u64 part)
{
	return amount > part ? amount - part : 0;
}

static void cut_run(const struct glanced *row, struct wire_switch *wire)
{
	wire->charged_ns = less(wire->charged_ns, less(row->told_ns, wire->in_ns));
	wire->kernel_ns = less(wire->kernel_ns, row->part_ns);
	wire->in_ns = row->told_ns;
}

/* When the thread was woken; 0: it still waits, or never did. As translate.c has it. */
static __u64 woken_ns(const struct wire_switch *wire)
{
	if (wire->head.kind == WIRE_OPEN)
		return wire->next_state && wire->wake_ns > wire->out_ns ? wire->wake_ns : 0;
	if (wire->wake_ns >= wire->out_ns && wire->wake_ns)
		return wire->wake_ns;
	return wire->wake_ns ? wire->out_ns : wire->head.time_ns;
}

/* Of a wait that was told to its end, or of a stay in the queue, only more of that stay is left. */
static void cut_wait(const struct glanced *row, struct wire_switch *wire)
{
	bool blocked = wire->flags & WIRE_BLOCKED || wire->head.kind == WIRE_OPEN;
	__u64 wake_ns = woken_ns(wire);

	if (blocked && wake_ns && row->told_ns >= wake_ns) {
		wire->flags &= ~(__u32)WIRE_BLOCKED;
		wire->flags |= WIRE_GLANCED;
		wire->next_state = 0;
	}
	wire->throttled_ns = less(wire->throttled_ns, row->part_ns);
	wire->out_ns = row->told_ns;
}

int glances_take(struct glances *glances, struct wire_switch *wire)
{
	bool is_run = wire->flags & WIRE_RUNNING;
	uint64_t start_ns = is_run ? wire->in_ns : wire->out_ns;
	uint64_t part_ns = is_run ? wire->kernel_ns : wire->throttled_ns;
	struct glanced *row;
	int r;

	/* It went on between the programs' looking at the clock and at the thread. */
	if (start_ns >= wire->head.time_ns)
		return 0;
	r = get(glances, wire->next_tid, &row);
	if (r <= 0)
		return r;
	if (!row->glances || row->start_ns != start_ns || row->is_run != is_run)
		*row = (struct glanced){ .tid = wire->next_tid,
					 .is_run = is_run,
					 .start_ns = start_ns };
	if (row->glances && is_run)
		cut_run(row, wire);
	else if (row->glances)
		cut_wait(row, wire);
	row->glances++;
	row->told_ns = wire->head.time_ns;
	row->part_ns = part_ns;
	return 1;
}

bool glances_cut(struct glances *glances, const struct wire_switch *wire, size_t bytes,
		 struct wire_switch *ret)
{
	struct glanced *run = find(glances, wire->head.tid), *wait;
	bool is_cut = false;

	memcpy(ret, wire, bytes < sizeof(*ret) ? bytes : sizeof(*ret));
	if (run) {
		is_cut = run->is_run && run->start_ns == wire->in_ns;
		if (is_cut)
			cut_run(run, ret);
		remove_row(glances, run);
	}
	wait = find(glances, wire->next_tid);
	if (wait) {
		if (!wait->is_run && wait->start_ns == wire->out_ns) {
			cut_wait(wait, ret);
			is_cut = true;
		}
		remove_row(glances, wait);
	}
	return is_cut;
}

bool glances_futex(struct glances *glances, struct owners *owners, uint32_t tid,
		   struct owned_futex *ret)
{
	struct glanced *row = find(glances, tid);

	if (!row || row->glances < 2)
		return false;
	if ((!row->was_asked || row->glances % GLANCES_PER_ASK == 0) && owners_have_time(owners)) {
		row->was_asked = true;
		row->has_futex = owners_ask(owners, tid, &row->futex);
	}
	*ret = row->futex;
	return row->has_futex;
}

void glances_free(struct glances *glances)
{
	array_free(&glances->items);
	hash_free(&glances->by_tid);
}
