/* How often, how long, with what result? Calls that the keys do not tell apart are one row. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "analyse/syscalls_state.h"

/* The numbers are those of x86-64, as recorded. */
enum call_number {
#define SYSCALL(number, name) CALL_##name = (number),
#include "analyse/syscalls.def"
#undef SYSCALL
};

static const enum call_number MOVING[] = {
	CALL_read,       CALL_write,    CALL_pread64,         CALL_pwrite64, CALL_readv,
	CALL_writev,     CALL_preadv,   CALL_pwritev,         CALL_preadv2,  CALL_pwritev2,
	CALL_getdents64, CALL_sendfile, CALL_copy_file_range, CALL_splice,   CALL_tee,
	CALL_vmsplice,   CALL_sendto,   CALL_recvfrom,        CALL_sendmsg,  CALL_recvmsg,
};

bool syscall_moves_bytes(int32_t number)
{
	for (size_t i = 0; i < array_count(MOVING); i++) {
		if ((int32_t)MOVING[i] == number)
			return true;
	}
	return false;
}

/* What the kernel returns to itself: the call is begun again, or fails with EINTR. */
static const struct {
	int32_t error;
	const char *name;
} RESTARTS[] = {
	{ 512, "ERESTARTSYS" },
	{ 513, "ERESTARTNOINTR" },
	{ 514, "ERESTARTNOHAND" },
	{ 516, "ERESTART_RESTARTBLOCK" },
};

const char *error_name(int32_t error)
{
	const char *name = error > 0 ? strerrorname_np(error) : NULL;

	for (size_t i = 0; i < array_count(RESTARTS); i++) {
		if (RESTARTS[i].error == error)
			name = RESTARTS[i].name;
	}
	return name ? name : "";
}

/* --- which row --- */

static uint64_t id_hash(const struct call_id *id)
{
	return hash_pair((uint64_t)id->tid << 32 | id->tgid,
			 (uint64_t)id->name << 32 | (uint32_t)id->number);
}

/* Who made a call. */
struct caller {
	uint32_t tid;
	uint32_t tgid;
	uint32_t name; /* names: as the keys ask for it */
};

/* 1 and *ret; 0: not of the table; -ENOMEM. */
static int find_caller(struct syscalls *syscalls, uint32_t tid, struct caller *ret)
{
	const struct syscall_keys *keys = &syscalls->options.keys;
	const struct task *process;
	struct task *task;
	int r = threads_get(syscalls->profiler, tid, &task);

	*ret = (struct caller){ .tid = tid };
	if (r < 0)
		return r;
	if (r == 0)
		return 1; /* there was no room for the thread: its calls count all the same */
	if (!profiler_wants(syscalls->profiler, task))
		return 0;
	ret->tgid = task->tgid;
	ret->name = task->comm;
	if (syscall_keys_have(keys, SYSCALL_BY_THREAD) || syscall_keys_have(keys, SYSCALL_BY_COMM))
		return 1;
	if (syscall_keys_have(keys, SYSCALL_BY_POOL))
		return pool_find(&syscalls->pools, names_of(syscalls), task->comm, &ret->name) < 0
			       ? -ENOMEM
			       : 1;
	process = threads_find(&syscalls->profiler->threads, task->tgid);
	ret->name = process ? process->comm : 0;
	return 1;
}

static struct call_id id_of(const struct syscalls *syscalls, const struct caller *caller,
			    int32_t number)
{
	const struct syscall_keys *keys = &syscalls->options.keys;
	bool by_name = syscall_keys_have(keys, SYSCALL_BY_COMM) ||
		       syscall_keys_have(keys, SYSCALL_BY_POOL);
	struct call_id id = { .number = -1 };

	if (syscall_keys_have(keys, SYSCALL_BY_THREAD))
		id.tid = caller->tid;
	if (syscall_keys_have(keys, SYSCALL_BY_PROCESS))
		id.tgid = caller->tgid;
	if (by_name)
		id.name = caller->name;
	if (syscall_keys_have(keys, SYSCALL_BY_SYSCALL))
		id.number = number;
	return id;
}

static int new_sum(struct syscalls *syscalls, struct call_sum **ret)
{
	*ret = array_push(&syscalls->sums);
	return *ret ? 0 : -ENOMEM;
}

static int get_rest(struct syscalls *syscalls, struct call_sum **ret)
{
	int r;

	if (syscalls->rest) {
		*ret = &syscalls->sums.items[syscalls->rest - 1];
		return 0;
	}
	r = new_sum(syscalls, ret);
	if (r < 0)
		return r;
	(*ret)->is_rest = true;
	(*ret)->id.number = -1;
	syscalls->rest = (uint32_t)syscalls->sums.count;
	return 0;
}

static int find_sum(struct syscalls *syscalls, const struct call_id *id, struct call_sum **ret)
{
	uint64_t hash = id_hash(id), *number;
	int r;

	/* Another id under the same hash moves on to the next number. */
	while ((number = hash_find(&syscalls->by_id, hash))) {
		*ret = &syscalls->sums.items[*number - 1];
		if (memcmp(&(*ret)->id, id, sizeof(*id)) == 0)
			return 0;
		hash++;
	}
	if (syscalls->sums.count >= CALL_ROWS_MAX)
		return get_rest(syscalls, ret);
	number = hash_put(&syscalls->by_id, hash);
	r = number ? new_sum(syscalls, ret) : -ENOMEM;
	if (r < 0)
		return r;
	(*ret)->id = *id;
	*number = syscalls->sums.count;
	return 0;
}

/* The row of a thread's call. 1 and *ret; 0: not of the table; -ENOMEM. */
static int get_sum(struct syscalls *syscalls, uint32_t tid, int32_t number, struct call_sum **ret)
{
	struct caller caller;
	struct call_id id;
	int r = find_caller(syscalls, tid, &caller);

	if (r <= 0)
		return r;
	id = id_of(syscalls, &caller, number);
	r = find_sum(syscalls, &id, ret);
	if (r < 0)
		return r;
	(*ret)->tgid = caller.tgid;
	(*ret)->name = caller.name ?: (*ret)->name;
	return 1;
}

/* --- what is added to it --- */

static int add_errors(struct call_sum *sum, uint32_t error, uint64_t count)
{
	struct error_count *place;

	if (!count)
		return 0;
	for (size_t i = 0; i < sum->errors.count; i++) {
		if (sum->errors.items[i].error == error) {
			sum->errors.items[i].count += count;
			return 0;
		}
	}
	place = array_push(&sum->errors);
	if (!place)
		return -ENOMEM;
	*place = (struct error_count){ error, count };
	return 0;
}

#define ERROR_LAST        4095     /* include/linux/err.h: MAX_ERRNO */
#define ERROR_NUMBER_MASK 0xfffffu /* of a tally of errors: the call */

int call_rows_take_call(struct syscalls *syscalls, const struct event_syscall *event)
{
	bool has_failed = event->result < 0 && event->result >= -ERROR_LAST;
	struct call_sum *sum;
	uint64_t ns;
	int r = get_sum(syscalls, event->tid, event->number, &sum);

	if (r <= 0)
		return r;
	if (event->flags & SPAN_OPEN_END)
		sum->unreturned++;
	else if (event->flags & SPAN_OPEN_START)
		sum->begun_before++;
	if (event->flags & (SPAN_OPEN_END | SPAN_OPEN_START) || syscalls->is_counted)
		return 0;
	ns = event->head.time_ns > event->start_ns ? event->head.time_ns - event->start_ns : 0;
	r = spread_add(&sum->times, ns);
	if (r == 0)
		r = latency_maps_add(&syscalls->maps, (uint32_t)event->number, event->head.time_ns,
				     ns);
	if (r < 0)
		return r;
	if (has_failed)
		return add_errors(sum, (uint32_t)-event->result, 1);
	if (syscall_moves_bytes(event->number) && event->result > 0)
		sum->bytes += (uint64_t)event->result;
	return 0;
}

int call_rows_take_sum(struct syscalls *syscalls, const struct event_syscall_sum *event)
{
	struct call_sum *sum;
	int r = get_sum(syscalls, event->tid, event->number, &sum);

	if (r <= 0)
		return r;
	syscalls->maps.left_out += event->count;
	sum->short_count += event->count;
	sum->short_ns += event->total_ns;
	sum->lacks_bytes |= syscall_moves_bytes(event->number);
	return add_errors(sum, 0, event->errors);
}

int call_rows_take_tally(struct syscalls *syscalls, const struct event_tally *event)
{
	bool is_errors = event->what == TALLY_CALL_ERRORS;
	int32_t number =
		(int32_t)(is_errors ? event->operation & ERROR_NUMBER_MASK : event->operation);
	struct call_sum *sum;
	int r = get_sum(syscalls, event->tid, number, &sum);

	if (r <= 0)
		return r;
	if (is_errors)
		return add_errors(sum, event->operation >> 20, event->count);
	sum->bytes += event->bytes;
	sum->counted_errors += event->errors;
	sum->lacks_buckets |= event->count && !event->buckets;
	r = spread_add_tally(&sum->times, event);
	return r < 0 ? r : latency_maps_add_tally(&syscalls->maps, (uint32_t)number, event);
}

static void forget_sum(struct call_sum *sum)
{
	spread_free(&sum->times);
	sum->short_count = sum->short_ns = sum->bytes = 0;
	sum->lacks_bytes = false;
	sum->errors.count = 0;
}

void call_rows_forget(struct syscalls *syscalls)
{
	for (size_t i = 0; i < syscalls->sums.count; i++)
		forget_sum(&syscalls->sums.items[i]);
	latency_maps_forget(&syscalls->maps);
}

static void free_sum(struct call_sum *sum)
{
	spread_free(&sum->times);
	array_free(&sum->errors);
}

void call_rows_free(struct syscalls *syscalls)
{
	for (size_t i = 0; i < syscalls->sums.count; i++)
		free_sum(&syscalls->sums.items[i]);
	array_free(&syscalls->sums);
	hash_free(&syscalls->by_id);
	latency_maps_free(&syscalls->maps);
}

/* --- at the end --- */

static uint64_t count_of(const struct call_sum *sum)
{
	return sum->times.count + sum->short_count;
}

/*
 * The short ones come first, however short they were: where the quantile is one of the others it is
 * known all the same.
 */
static uint64_t quantile(const struct call_sum *sum, const struct histogram *known, double part)
{
	uint64_t count = count_of(sum), wanted = (uint64_t)(part * (double)count);

	if (wanted >= count)
		wanted = count ? count - 1 : 0;
	if (sum->lacks_buckets || wanted < sum->short_count || !sum->times.count)
		return SYSCALL_UNKNOWN;
	return histogram_quantile(known, ((double)(wanted - sum->short_count) + 0.5) /
						 (double)sum->times.count);
}

static void tell_times(const struct call_sum *sum, struct syscall_row *row)
{
	struct latency *times = &row->times;
	struct histogram known;

	spread_tell(&sum->times, &known);
	histogram_tell(&known, times);
	times->count = count_of(sum);
	times->total_ns += sum->short_ns;
	times->bytes = sum->lacks_bytes ? SYSCALL_UNKNOWN : sum->bytes;
	times->p50_ns = quantile(sum, &known, 0.5);
	times->p90_ns = quantile(sum, &known, 0.9);
	times->p99_ns = quantile(sum, &known, 0.99);
	times->p999_ns = quantile(sum, &known, 0.999);
	if (sum->short_count || !sum->times.count)
		times->min_ns = SYSCALL_UNKNOWN;
	if (!sum->times.count)
		times->max_ns = SYSCALL_UNKNOWN;
	row->avg_ns = times->count ? times->total_ns / times->count : 0;
}

static int compare_errors(const void *left, const void *right)
{
	const struct syscall_error *a = left, *b = right;

	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return (a->error > b->error) - (a->error < b->error);
}

static int tell_errors(const struct call_sum *sum, struct syscall_row *row)
{
	struct syscall_error *place;

	for (size_t i = 0; i < sum->errors.count; i++) {
		place = array_push(&row->errors);
		if (!place)
			return -ENOMEM;
		place->error = (int32_t)sum->errors.items[i].error;
		place->name = error_name(place->error);
		place->count = sum->errors.items[i].count;
		row->times.errors += place->count;
	}
	/* Whose number found no room. */
	if (sum->counted_errors > row->times.errors) {
		place = array_push(&row->errors);
		if (!place)
			return -ENOMEM;
		place->name = "";
		place->count = sum->counted_errors - row->times.errors;
		row->times.errors = sum->counted_errors;
	}
	if (row->errors.count)
		qsort(row->errors.items, row->errors.count, sizeof(*row->errors.items),
		      compare_errors);
	return 0;
}

static int tell_names(struct syscalls *syscalls, const struct call_sum *sum,
		      struct syscall_report *report, struct syscall_row *row)
{
	const struct syscall_keys *keys = &syscalls->options.keys;
	bool has_name = syscall_keys_have(keys, SYSCALL_BY_THREAD) ||
			syscall_keys_have(keys, SYSCALL_BY_COMM) ||
			syscall_keys_have(keys, SYSCALL_BY_POOL) ||
			syscall_keys_have(keys, SYSCALL_BY_PROCESS);

	row->tid = sum->id.tid;
	row->pid = sum->id.tid ? sum->tgid : sum->id.tgid;
	row->is_rest = sum->is_rest;
	row->name = row->syscall = "";
	if (has_name && !sum->is_rest)
		row->name = profile_keep_text(report->subject,
					      names_text(names_of(syscalls), sum->name));
	if (syscall_keys_have(keys, SYSCALL_BY_SYSCALL) && !sum->is_rest)
		row->syscall = call_name(report, sum->id.number);
	return row->name && row->syscall ? 0 : -ENOMEM;
}

static int tell_sum(struct syscalls *syscalls, const struct call_sum *sum,
		    struct syscall_report *report)
{
	struct syscall_row *row;

	if (!count_of(sum) && !sum->begun_before && !sum->unreturned)
		return 0;
	row = array_push(&report->rows);
	if (!row)
		return -ENOMEM;
	tell_times(sum, row);
	row->begun_before = sum->begun_before;
	row->unreturned = sum->unreturned;
	if (tell_names(syscalls, sum, report, row) < 0 || tell_errors(sum, row) < 0)
		return -ENOMEM;
	report->count += row->times.count;
	report->errors += row->times.errors;
	report->total_ns += row->times.total_ns;
	report->begun_before += row->begun_before;
	report->unreturned += row->unreturned;
	return 0;
}

/* What is not known comes last. */
static uint64_t weight_of(const struct syscall_row *row, enum syscall_order order)
{
	switch (order) {
	case SYSCALL_ORDER_TOTAL:
		return row->times.total_ns;
	case SYSCALL_ORDER_COUNT:
		return row->times.count;
	case SYSCALL_ORDER_ERRORS:
		return row->times.errors;
	case SYSCALL_ORDER_AVG:
		return row->avg_ns;
	case SYSCALL_ORDER_MAX:
		return row->times.max_ns == SYSCALL_UNKNOWN ? 0 : row->times.max_ns;
	case SYSCALL_ORDER_NAME:
	case SYSCALL_ORDERS:
		break;
	}
	return 0;
}

static int compare_rows(const void *left, const void *right, void *context)
{
	const enum syscall_order *order = context;
	const struct syscall_row *a = left, *b = right;
	uint64_t one = weight_of(a, *order), other = weight_of(b, *order);
	int names;

	if (a->is_rest != b->is_rest)
		return a->is_rest ? 1 : -1;
	if (one != other)
		return one > other ? -1 : 1;
	names = strcmp(a->name, b->name);
	if (!names)
		names = strcmp(a->syscall, b->syscall);
	if (names)
		return names;
	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	return (a->tid > b->tid) - (a->tid < b->tid);
}

static double share_of(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

int call_rows_tell(struct syscalls *syscalls, struct syscall_report *report)
{
	int r = 0;

	for (size_t i = 0; i < syscalls->sums.count && r == 0; i++)
		r = tell_sum(syscalls, &syscalls->sums.items[i], report);
	for (size_t i = 0; i < report->rows.count; i++) {
		struct syscall_row *row = &report->rows.items[i];

		row->share = share_of(row->times.total_ns, report->total_ns);
		row->error_share = share_of(row->times.errors, row->times.count);
	}
	if (report->rows.count)
		qsort_r(report->rows.items, report->rows.count, sizeof(*report->rows.items),
			compare_rows, &syscalls->options.order);
	return r;
}
