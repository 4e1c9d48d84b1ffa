/* What was it waiting for? A stack is read from the inside out against the tables in waits.def and
 * locks.def. */
#include "analyse/waits.h"

#include <string.h>

#include "base/array.h"

/* Where a row applies. */
enum scope {
	SCOPE_GENERIC,     /* a way to sleep: says nothing by itself */
	SCOPE_LOCK,        /* a lock primitive */
	SCOPE_PERCPU_LOCK, /* a lock primitive, also used to hold writers of a frozen file system */
	SCOPE_WITHIN,      /* any sleep inside the function */
	SCOPE_SLEEPER,     /* only where the function itself goes to sleep */
	SCOPE_LOCKER,      /* only where the function itself takes a lock */
	SCOPE_FREEZABLE,   /* only where the function itself takes a per-CPU lock */
	SCOPE_EDGE,        /* nothing outside of the function matters */
};

struct row {
	struct wait_rule rule;
	enum scope scope;
};

struct table {
	const struct row *rows;
	size_t count;
};

#define RANK_GENERIC 0
#define RANK_LOCK    2
#define RANK_ITSELF  2

/* clang-format off */
static const struct row WAITS[] = {
#define GENERIC(prefix)				 { { prefix, CAUSE_UNKNOWN, WAIT_FOLLOW, RANK_GENERIC, "" }, SCOPE_GENERIC },
#define GENERIC_IO(prefix)			 { { prefix, CAUSE_DISK_DEVICE, WAIT_REQUEST, RANK_GENERIC, "" }, SCOPE_GENERIC },
#define LOCK(prefix, note)			 { { prefix, CAUSE_LOCK_KERNEL, WAIT_FOLLOW, RANK_LOCK, note }, SCOPE_LOCK },
#define PERCPU_LOCK(prefix, note)		 { { prefix, CAUSE_LOCK_KERNEL, WAIT_FOLLOW, RANK_LOCK, note }, SCOPE_PERCPU_LOCK },
#define WAIT(prefix, cause, way, rank, note)	 { { prefix, CAUSE_##cause, WAIT_##way, rank, note }, SCOPE_WITHIN },
#define SLEEPER(prefix, cause, way, note)	 { { prefix, CAUSE_##cause, WAIT_##way, RANK_ITSELF, note }, SCOPE_SLEEPER },
#define EDGE(prefix, note)			 { { prefix, CAUSE_UNKNOWN, WAIT_FOLLOW, RANK_GENERIC, note }, SCOPE_EDGE },
#define CONTEXT(prefix, cause, note)
#include "analyse/waits.def"
#undef GENERIC
#undef GENERIC_IO
#undef LOCK
#undef PERCPU_LOCK
#undef WAIT
#undef SLEEPER
#undef EDGE
#undef CONTEXT
};

static const struct row CONTEXTS[] = {
#define GENERIC(prefix)
#define GENERIC_IO(prefix)
#define LOCK(prefix, note)
#define PERCPU_LOCK(prefix, note)
#define WAIT(prefix, cause, way, rank, note)
#define SLEEPER(prefix, cause, way, note)
#define EDGE(prefix, note)
#define CONTEXT(prefix, cause, note) { { prefix, CAUSE_##cause, WAIT_CONTEXT, RANK_GENERIC, note }, SCOPE_WITHIN },
#include "analyse/waits.def"
#undef GENERIC
#undef GENERIC_IO
#undef LOCK
#undef PERCPU_LOCK
#undef WAIT
#undef SLEEPER
#undef EDGE
#undef CONTEXT
};

static const struct row LOCKS[] = {
#define LOCKER(prefix, note)	{ { prefix, CAUSE_LOCK_KERNEL, WAIT_FOLLOW, RANK_LOCK, note }, SCOPE_LOCKER },
#define FREEZABLE(prefix, note) { { prefix, CAUSE_FS_FROZEN, WAIT_LEAF, RANK_LOCK, note }, SCOPE_FREEZABLE },
#include "analyse/locks.def"
#undef LOCKER
#undef FREEZABLE
};
/* clang-format on */

static const struct table WAIT_TABLE = { WAITS, array_count(WAITS) };
static const struct table CONTEXT_TABLE = { CONTEXTS, array_count(CONTEXTS) };
static const struct table LOCK_TABLE = { LOCKS, array_count(LOCKS) };

static const struct wait_rule UNKNOWN_RULE = { "", CAUSE_UNKNOWN, WAIT_FOLLOW, RANK_GENERIC, "" };
static const struct wait_rule IO_RULE = { "", CAUSE_DISK_DEVICE, WAIT_REQUEST, RANK_GENERIC, "" };
static const struct wait_rule LOCK_RULE = { "", CAUSE_LOCK_KERNEL, WAIT_FOLLOW, RANK_LOCK,
					    "a kernel lock" };

static size_t prefix_bytes(const char *prefix)
{
	return strcspn(prefix, "$");
}

static int compare_prefix(const char *prefix, const char *name, size_t bytes)
{
	size_t mine = prefix_bytes(prefix);
	int order = memcmp(prefix, name, mine < bytes ? mine : bytes);

	return order ? order : (mine > bytes) - (mine < bytes);
}

/* The last row that does not sort after the first bytes of name, or NULL. */
static const struct row *last_not_after(const struct table *table, const char *name, size_t bytes)
{
	size_t low = 0, high = table->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_prefix(table->rows[middle].rule.prefix, name, bytes) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &table->rows[low - 1] : NULL;
}

/*
 * The row with the longest prefix of name. A row that sorts before the name but is no prefix of it
 * agrees with it only in its first bytes; no longer prefix can be in the table, so the search goes
 * on with that much of the name.
 */
static const struct row *find_row(const struct table *table, const char *name)
{
	size_t whole = strcspn(name, "."),
	       bytes = whole; /* the compiler adds .isra.0, .constprop.0, … */

	while (bytes) {
		const struct row *row = last_not_after(table, name, bytes);
		size_t mine, common = 0;

		if (!row)
			return NULL;
		mine = prefix_bytes(row->rule.prefix);
		while (common < mine && common < bytes && row->rule.prefix[common] == name[common])
			common++;
		if (common == mine && (!row->rule.prefix[mine] || mine == whole))
			return row;
		bytes = common < mine ? common : mine - 1;
	}
	return NULL;
}

/* A stack read so far. */
struct reading {
	struct wait_class class;
	const char *caller; /* the innermost function that is more than a way to sleep */
	bool is_past;       /* all frames that are only ways to sleep have been read */
	bool is_primitive;  /* class.wait is only a way to sleep */
	bool has_primitive; /* one was seen or is known of; else the stack's source may hide them */
	bool has_unnamed;   /* frames without a name, and no way to sleep after them */
	bool has_lock;
	bool has_percpu_lock;
};

static void choose(struct reading *reading, const struct row *row, const char *name)
{
	reading->class.wait = &row->rule;
	reading->class.function = name;
	reading->is_primitive = row->scope <= SCOPE_PERCPU_LOCK;
}

static void choose_stronger(struct reading *reading, const struct row *row, const char *name)
{
	if (row->rule.rank > reading->class.wait->rank)
		choose(reading, row, name);
}

static bool is_lock(const struct row *row)
{
	return row->scope == SCOPE_LOCK || row->scope == SCOPE_PERCPU_LOCK;
}

static void read_primitive(struct reading *reading, const struct row *row, const char *name)
{
	reading->has_primitive = true;
	reading->has_unnamed = false;
	if (is_lock(row)) {
		reading->has_lock = true;
		reading->has_percpu_lock |= row->scope == SCOPE_PERCPU_LOCK;
		choose_stronger(reading, row, name);
		return;
	}
	/* Among generic sleeps one that is for I/O says most. */
	if (reading->class.wait->rank == RANK_GENERIC && reading->class.wait->way != WAIT_REQUEST)
		choose(reading, row, name);
}

/* Does the function that went to sleep wait for the lock of this row? row: what waits.def says
 * about the function. */
static bool is_for_lock(const struct reading *reading, const struct row *lock,
			const struct row *row)
{
	if (lock->scope == SCOPE_FREEZABLE)
		return reading->has_percpu_lock;
	return reading->has_lock || (!reading->has_primitive && !row);
}

/* The innermost function that is more than a way to sleep; true when it settles the wait. */
static bool read_caller(struct reading *reading, const struct row *row, const char *name)
{
	const struct row *lock = find_row(&LOCK_TABLE, name);

	reading->is_past = true;
	if (reading->has_unnamed)
		return false;
	reading->caller = name;
	if (lock && is_for_lock(reading, lock, row)) {
		choose(reading, lock, name);
		return true;
	}
	if (row && row->scope == SCOPE_SLEEPER && !reading->has_lock) {
		choose(reading, row, name);
		return true;
	}
	return false;
}

/* False when nothing outside of this frame matters. */
static bool read_frame(struct reading *reading, const char *name)
{
	const struct row *context = find_row(&CONTEXT_TABLE, name),
			 *row = find_row(&WAIT_TABLE, name);

	if (context && !reading->class.context)
		reading->class.context = &context->rule;
	if (row && row->scope <= SCOPE_PERCPU_LOCK) {
		if (!reading->is_past)
			read_primitive(reading, row, name);
		else if (is_lock(row))
			choose_stronger(reading, row, name);
		return true;
	}
	if (!reading->is_past && read_caller(reading, row, name))
		return true;
	if (row && row->scope == SCOPE_WITHIN)
		choose_stronger(reading, row, name);
	return !row || row->scope != SCOPE_EDGE;
}

struct wait_class wait_classify_hinted(const char *const *names, size_t count, uint32_t hints)
{
	struct reading reading = {
		.class = { .wait = &UNKNOWN_RULE, .function = "" },
		.is_primitive = true,
		.has_primitive = hints & (WAIT_HINT_LOCK | WAIT_HINT_IO),
		.has_lock = hints & WAIT_HINT_LOCK,
	};

	if (hints & WAIT_HINT_LOCK)
		reading.class.wait = &LOCK_RULE;
	else if (hints & WAIT_HINT_IO)
		reading.class.wait = &IO_RULE;
	for (size_t i = 0; i < count; i++) {
		/* Before the ways to sleep it is a tracer's frame; after them, or without them,
		 * anything. */
		if (!names[i] && reading.has_primitive)
			reading.is_past = true;
		else if (!names[i])
			reading.has_unnamed = true;
		else if (!read_frame(&reading, names[i]))
			break;
	}
	reading.class.is_primitive = reading.is_primitive;
	if (reading.is_primitive)
		reading.class.function = reading.caller ? reading.caller : "";
	return reading.class;
}

struct wait_class wait_classify(const char *const *names, size_t count)
{
	return wait_classify_hinted(names, count, 0);
}
