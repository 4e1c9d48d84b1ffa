/* Which of the BPF programs does this kernel run? The kernel's BTF is asked; no version is
 * compared. */
#include "probe/programs.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/array.h"
#include "host/facts.h"
#include "probe/watch.wire.h"

enum need {
	MUST,
	MAY,
	ELSE, /* only where the program of the row above is not there */
};

/* Bits by enum watch_what. */
enum watches {
	FULL = 1 << WATCH_ALL,
	LIGHT = 1 << WATCH_CPU,
	IO = 1 << WATCH_IO,
	CALLS = 1 << WATCH_CALLS,
	DISK = 1 << WATCH_DISK,
	BOTH = FULL | LIGHT,
	BLOCK = FULL | DISK,
	EVERY = BOTH | IO | CALLS | DISK,
	GUESTS = 1 << 16, /* of none: probe/guests.h chooses them */
};

struct program {
	const char *function;
	const char *tracepoint;
	enum watches watches;
	enum need need;
	uint32_t
		loss; /* enum loss_what: what is lost each time the kernel leaves it out; 0: none */
	const char *lost;
};

static const struct program PROGRAMS[] = {
#define PROGRAM(function, tracepoint, watches, need, loss, lost) \
	{ #function, tracepoint, watches, need, loss, lost },
#include "probe/programs.def"
#undef PROGRAM
};

/* Something that not every watch needs. */
struct part {
	const char *name;
	enum watches watches;
};

/* Programs that look at all threads. Not every rung has all of them. */
static const struct part ITERS[] = {
	{ "on_open", FULL }, { "on_open_calls", CALLS },    { "on_io_open", IO },
	{ "on_seed", FULL }, { "on_begin", LIGHT | CALLS }, { "on_end", LIGHT | CALLS },
};

/* Maps that only some programs use; they cost memory and the time to make them. Before 6.8 the
 * kernel looks at each global function (file_tell_new()) of a program, called or not: its maps must
 * be there. */
static const struct part MAPS[] = {
	{ "requests", BLOCK }, { "files_seen", EVERY },    { "cpus", BLOCK | CALLS },
	{ "ios", IO },         { "io_contexts", IO },      { "io_threads", IO },
	{ "io_quotas", IO },   { "io_blocks", IO },        { "io_paths", IO },
	{ "callers", CALLS },  { "dying", LIGHT | CALLS }, { "tallies", CALLS | IO | DISK },
};

static const struct part FACILITIES[] = {
	{ "scheduler", FULL },  { "block", BLOCK | IO },   { "syscalls", FULL }, { "locks", FULL },
	{ "interrupts", FULL }, { "threads", LIGHT | IO }, { "calls", CALLS },   { "files", IO },
};

static bool is_of(enum watches watches, enum watch_what what)
{
	return watches & 1U << what;
}

/* The type of the function that a tracepoint calls, or NULL when the kernel has no such tracepoint.
 */
static const struct btf_type *tracepoint_type(const struct btf *btf, const char *tracepoint)
{
	const struct btf_type *type;
	char name[128];
	int id;

	if (snprintf(name, sizeof(name), "btf_trace_%s", tracepoint) < 0)
		return NULL;
	id = btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF);
	if (id < 0)
		return NULL;
	type = btf__type_by_id(btf, btf__type_by_id(btf, (uint32_t)id)->type);
	return type && btf_is_ptr(type) ? btf__type_by_id(btf, type->type) : NULL;
}

/* The tracepoint's name ends the program's section. */
static const char *tracepoint_of(const struct bpf_program *program)
{
	const char *slash = strrchr(bpf_program__section_name(program), '/');

	return slash ? slash + 1 : "";
}

/* What is no tracepoint's. */
static int choose_others(struct bpf_object *object, enum watch_what what, bool has_iter)
{
	int r = bpf_program__set_autoload(bpf_object__find_program_by_name(object, "on_sample"),
					  what != WATCH_DISK);

	for (size_t i = 0; i < array_count(ITERS) && r == 0; i++) {
		struct bpf_program *iter = bpf_object__find_program_by_name(object, ITERS[i].name);

		if (iter)
			r = bpf_program__set_autoload(iter,
						      has_iter && is_of(ITERS[i].watches, what));
	}
	for (size_t i = 0; i < array_count(MAPS) && r == 0; i++)
		r = bpf_map__set_autocreate(bpf_object__find_map_by_name(object, MAPS[i].name),
					    is_of(MAPS[i].watches, what));
	return r;
}

int programs_choose(struct bpf_object *object, const struct btf *btf, enum watch_what what,
		    bool has_iter, struct diag *why)
{
	bool has = false;
	int r;

	for (size_t i = 0; i < array_count(PROGRAMS); i++) {
		struct bpf_program *program =
			bpf_object__find_program_by_name(object, PROGRAMS[i].function);
		bool is_wanted =
			is_of(PROGRAMS[i].watches, what) && !(PROGRAMS[i].need == ELSE && has);

		has = is_wanted && program && tracepoint_type(btf, tracepoint_of(program)) != NULL;
		if (!has && is_wanted && PROGRAMS[i].need == MUST)
			return diag_set(
				why, -ENOTSUP,
				"this kernel has no tracepoint %s, which a watch cannot do without",
				PROGRAMS[i].tracepoint);
		if (program)
			bpf_program__set_autoload(program, has);
	}
	r = choose_others(object, what, has_iter);
	return r < 0 ? diag_set(why, r, "cannot choose programs: %s", strerror(-r)) : 0;
}

bool switch_tells_state(const struct btf *btf)
{
	/* context, preempt, prev, next and, since 5.18, prev_state */
	const struct btf_type *type = tracepoint_type(btf, "sched_switch");

	return type && btf_vlen(type) >= 5;
}

bool completion_tells_entry(const struct btf *btf)
{
	/* context, ring, request, entry; before, the entry's parts one by one */
	const struct btf_type *type = tracepoint_type(btf, "io_uring_complete");

	return type && btf_vlen(type) == 4;
}

/* Several programs may lose the same: it is told once. */
static bool is_told_before(size_t index)
{
	for (size_t i = 0; i < index; i++) {
		if (PROGRAMS[i].lost && strcmp(PROGRAMS[i].lost, PROGRAMS[index].lost) == 0)
			return true;
	}
	return false;
}

static int tell_missing(const struct bpf_object *object, enum watch_what what,
			const struct event_sink *sink, uint64_t time_ns, struct diag *why)
{
	char key[64];

	for (size_t i = 0; i < array_count(PROGRAMS); i++) {
		const struct bpf_program *program =
			bpf_object__find_program_by_name(object, PROGRAMS[i].function);
		int r;

		if (!is_of(PROGRAMS[i].watches, what) || !PROGRAMS[i].lost ||
		    (program && bpf_program__autoload(program)) || is_told_before(i))
			continue;
		if (snprintf(key, sizeof(key), "missing.%s", PROGRAMS[i].tracepoint) < 0)
			return -EINVAL;
		r = fact_tell(sink, time_ns, why, key, "%s", PROGRAMS[i].lost);
		if (r < 0)
			return r;
	}
	return 0;
}

int programs_tell(const struct bpf_object *object, enum watch_what what, const char *rung,
		  const struct event_sink *sink, uint64_t time_ns, struct diag *why)
{
	int r = 0;

	for (size_t i = 0; i < array_count(FACILITIES) && r == 0; i++) {
		char key[64];

		if (!is_of(FACILITIES[i].watches, what))
			continue;
		if (snprintf(key, sizeof(key), "facility.%s", FACILITIES[i].name) < 0)
			return -EINVAL;
		r = fact_tell(sink, time_ns, why, key, "%s", rung);
	}
	return r < 0 ? r : tell_missing(object, what, sink, time_ns, why);
}

/* How often the kernel left it out because another program ran on the same CPU. */
static uint64_t runs_missed(const struct bpf_object *object, const char *function)
{
	const struct bpf_program *program = bpf_object__find_program_by_name(object, function);
	struct bpf_prog_info info = {};
	uint32_t bytes = sizeof(info);

	if (!program || bpf_program__fd(program) < 0 ||
	    bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &bytes) < 0)
		return 0;
	return info.recursion_misses;
}

int programs_tell_missed(const struct bpf_object *object, const struct event_sink *sink,
			 uint64_t time_ns, struct diag *why)
{
	for (size_t i = 0; i < array_count(PROGRAMS); i++) {
		struct event_loss loss = {
			.head = { .bytes = sizeof(loss), .kind = EVENT_LOSS, .time_ns = time_ns },
			.what = PROGRAMS[i].loss,
			.count = PROGRAMS[i].loss ? runs_missed(object, PROGRAMS[i].function) : 0,
		};
		int r = loss.count ? event_sink_take(sink, &loss.head, why) : 0;

		if (r < 0)
			return r;
	}
	return 0;
}

/* --- system calls --- */

struct call_kind {
	int number;
	uint8_t kind;
};

#define FD            WIRE_TAKES_FD
#define FD_SIZE       (WIRE_TAKES_FD | WIRE_TAKES_SIZE)
#define FD_MOVES      (FD | WIRE_RETURNS_BYTES)
#define FD_SIZE_MOVES (FD_SIZE | WIRE_RETURNS_BYTES)

/* clang-format off */
static const struct call_kind CALL_KINDS[] = {
	{ SYS_read, FD_SIZE_MOVES }, { SYS_write, FD_SIZE_MOVES }, { SYS_pread64, FD_SIZE_MOVES },
	{ SYS_pwrite64, FD_SIZE_MOVES }, { SYS_readv, FD_MOVES }, { SYS_writev, FD_MOVES }, { SYS_preadv, FD_MOVES },
	{ SYS_pwritev, FD_MOVES }, { SYS_preadv2, FD_MOVES }, { SYS_pwritev2, FD_MOVES }, { SYS_fsync, FD }, { SYS_fdatasync, FD }, { SYS_sync_file_range, FD }, { SYS_syncfs, FD },
	{ SYS_ftruncate, FD }, { SYS_fallocate, FD }, { SYS_fadvise64, FD }, { SYS_readahead, FD_SIZE },
	{ SYS_getdents64, FD_SIZE_MOVES }, { SYS_lseek, FD }, { SYS_fstat, FD }, { SYS_close, FD }, { SYS_ioctl, FD },
	{ SYS_fcntl, FD }, { SYS_flock, FD }, { SYS_sendfile, FD_MOVES }, { SYS_splice, FD_MOVES }, { SYS_tee, FD_MOVES },
	{ SYS_vmsplice, FD_MOVES }, { SYS_copy_file_range, FD_MOVES }, { SYS_sendto, FD_SIZE_MOVES },
	{ SYS_recvfrom, FD_SIZE_MOVES }, { SYS_sendmsg, FD_MOVES }, { SYS_recvmsg, FD_MOVES }, { SYS_accept, FD },
	{ SYS_accept4, FD }, { SYS_connect, FD }, { SYS_sendmmsg, FD }, { SYS_recvmmsg, FD },
	{ SYS_epoll_pwait, FD }, { SYS_io_uring_enter, FD },
#ifdef SYS_epoll_wait
	{ SYS_epoll_wait, FD },
#endif
	{ SYS_futex, WIRE_IS_FUTEX },
};
/* clang-format on */

void syscall_kinds_fill(uint8_t *kinds)
{
	for (size_t i = 0; i < array_count(CALL_KINDS); i++) {
		if (CALL_KINDS[i].number < WIRE_SYSCALLS)
			kinds[CALL_KINDS[i].number] = CALL_KINDS[i].kind;
	}
}
