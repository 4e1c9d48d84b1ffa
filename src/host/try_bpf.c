/* Which BPF programs and maps does this kernel take? Each is loaded, attached, and let go. */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/array.h"
#include "host/try.h"

/* The code is run by the kernel under the terms of the helpers it calls. */
#define LICENSE "GPL"

#define INSN(operation, to, from, offset, number)                                         \
	{                                                                                 \
		.code = (operation), .dst_reg = (to), .src_reg = (from), .off = (offset), \
		.imm = (number)                                                           \
	}
#define MOVE_NUMBER(to, number)   INSN(BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, number)
#define MOVE(to, from)            INSN(BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0)
#define ADD_NUMBER(to, number)    INSN(BPF_ALU64 | BPF_ADD | BPF_K, to, 0, 0, number)
#define LOAD_64(to, from, offset) INSN(BPF_LDX | BPF_MEM | BPF_DW, to, from, offset, 0)
#define CALL(helper)              INSN(BPF_JMP | BPF_CALL, 0, 0, 0, helper)
#define EXIT                      INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

static const struct bpf_insn NOTHING[] = { MOVE_NUMBER(BPF_REG_0, 0), EXIT };

/*
 * Where sched_switch's typed argument "next" lies in the context: after preempt and prev, in every
 * kernel that has BTF.
 */
enum {
	CONTEXT_NEXT = 2 * 8
};

struct program {
	const struct bpf_insn *insns;
	size_t insn_count;
	enum bpf_attach_type attach;
	const char *target; /* of BTF: its name and kind */
	uint32_t target_kind;
};

static struct program at_sched_switch(const struct bpf_insn *insns, size_t insn_count)
{
	return (struct program){ insns, insn_count, BPF_TRACE_RAW_TP, "btf_trace_sched_switch",
				 BTF_KIND_TYPEDEF };
}

int bpf_load_nothing(int prog_type)
{
	return bpf_prog_load((enum bpf_prog_type)prog_type, NULL, LICENSE, NOTHING,
			     array_count(NOTHING), NULL);
}

/* Load a program of type tracing; its descriptor or -errno, with *ret_step telling where it ended.
 */
static int load_tracing(struct features *features, const struct program *program,
			const char **ret_step)
{
	int id = btf__find_by_name_kind(features->btf, program->target, program->target_kind);

	*ret_step = "finding its type";
	if (id < 0)
		return id;
	*ret_step = "loading";
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = program->attach,
		    .attach_btf_id = (uint32_t)id);

	return bpf_prog_load(BPF_PROG_TYPE_TRACING, NULL, LICENSE, program->insns,
			     program->insn_count, &options);
}

/* Load and attach a program of type tracing; 0 or -errno. */
static int attach_tracing(struct features *features, const struct program *program,
			  const char **ret_step)
{
	owns(own_close) int prog = load_tracing(features, program, ret_step);

	if (prog < 0)
		return prog;
	*ret_step = "attaching";
	owns(own_close) int link = bpf_raw_tracepoint_open(NULL, prog);

	return link < 0 ? link : 0;
}

enum feature_state try_btf(struct features *features, const struct feature_row *row,
			   struct feature_answer *answer)
{
	char path[TRY_PATH_BYTES];

	if (features->btf)
		return say_works(answer, "%s", row->detail);
	if (access(path_in_root(features, row->detail, path), R_OK) < 0)
		return say_absent(answer, "%s: %s", row->detail, strerror(errno));
	/*
	 * Only the running kernel's own: a file in /boot would do for us, but not for the kernel's
	 * verifier.
	 */
	features->btf = btf__parse_raw(path);
	if (!features->btf)
		return say_absent(answer, "%s: %s", row->detail, strerror(errno));
	return say_works(answer, "%s", row->detail);
}

enum feature_state try_bpf(struct features *features, const struct feature_row *row,
			   struct feature_answer *answer)
{
	owns(own_close) int prog = bpf_load_nothing(BPF_PROG_TYPE_RAW_TRACEPOINT);

	if (prog < 0)
		return say_absent(answer, "loading: %s", strerror(-prog));
	return say_works(answer, "bpf()");
}

/* What counts is whether a map above the limit is refused: newer kernels charge the cgroup instead.
 */
enum feature_state try_memlock(struct features *features, const struct feature_row *row,
			       struct feature_answer *answer)
{
	static const rlim_t ENOUGH = 64 << 20, STEP = 1 << 20;
	struct rlimit limit = {};

	if (getrlimit(RLIMIT_MEMLOCK, &limit) < 0)
		return say_unknown(answer, "getrlimit: %s", strerror(errno));
	if (limit.rlim_cur == RLIM_INFINITY)
		return say_works(answer, "unlimited");
	if (limit.rlim_cur >= ENOUGH)
		return say_works(answer, "%llu MiB is enough",
				 (unsigned long long)limit.rlim_cur >> 20);

	owns(own_close) int map =
		bpf_map_create(BPF_MAP_TYPE_ARRAY, NULL, sizeof(uint32_t), (uint32_t)STEP,
			       (uint32_t)(limit.rlim_cur / STEP) + 1, NULL);

	if (map < 0)
		return say_absent(answer, "a map above the limit of %llu KiB: %s",
				  (unsigned long long)limit.rlim_cur >> 10, strerror(-map));
	return say_works(answer, "%llu KiB, does not count",
			 (unsigned long long)limit.rlim_cur >> 10);
}

enum feature_state try_bpf_ringbuf(struct features *features, const struct feature_row *row,
				   struct feature_answer *answer)
{
	owns(own_close) int map =
		bpf_map_create(BPF_MAP_TYPE_RINGBUF, NULL, 0, 0, (uint32_t)getpagesize(), NULL);

	if (map < 0)
		return say_absent(answer, "creating one: %s", strerror(-map));
	return say_works(answer, "ringbuf");
}

enum feature_state try_tp_btf(struct features *features, const struct feature_row *row,
			      struct feature_answer *answer)
{
	const struct program program = at_sched_switch(NOTHING, array_count(NOTHING));
	const char *step = NULL;
	int r = attach_tracing(features, &program, &step);

	if (r < 0)
		return say_absent(answer, "%s a program at %s: %s", step, row->detail,
				  strerror(-r));
	return say_works(answer, "attached at %s", row->detail);
}

/* Task storage wants the types of its key and value; its descriptor or -errno. */
static int create_task_storage(void)
{
	struct btf *btf = btf__new_empty();
	int type, map;

	if (!btf)
		return -errno;
	type = btf__add_int(btf, "int", sizeof(int), BTF_INT_SIGNED);
	map = type < 0 ? type : btf__load_into_kernel(btf);
	if (map >= 0) {
		LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_NO_PREALLOC,
			    .btf_fd = (uint32_t)btf__fd(btf), .btf_key_type_id = (uint32_t)type,
			    .btf_value_type_id = (uint32_t)type);

		map = bpf_map_create(BPF_MAP_TYPE_TASK_STORAGE, NULL, sizeof(int), sizeof(int), 0,
				     &options);
	}
	btf__free(btf);
	return map;
}

enum feature_state try_task_storage(struct features *features, const struct feature_row *row,
				    struct feature_answer *answer)
{
	owns(own_close) int map = create_task_storage();
	const char *step = NULL;

	if (map < 0)
		return say_absent(answer, "creating one: %s", strerror(-map));

	const struct bpf_insn insns[] = {
		LOAD_64(BPF_REG_2, BPF_REG_1, CONTEXT_NEXT),
		INSN(BPF_LD | BPF_IMM | BPF_DW, BPF_REG_1, BPF_PSEUDO_MAP_FD, 0, map),
		INSN(0, 0, 0, 0, 0),
		MOVE_NUMBER(BPF_REG_3, 0),
		MOVE_NUMBER(BPF_REG_4, BPF_LOCAL_STORAGE_GET_F_CREATE),
		CALL(BPF_FUNC_task_storage_get),
		MOVE_NUMBER(BPF_REG_0, 0),
		EXIT,
	};
	const struct program program = at_sched_switch(insns, array_count(insns));
	owns(own_close) int prog = load_tracing(features, &program, &step);

	if (prog < 0)
		return say_absent(answer, "%s a program that uses it: %s", step, strerror(-prog));
	return say_works(answer, "in tp_btf");
}

enum feature_state try_task_stack(struct features *features, const struct feature_row *row,
				  struct feature_answer *answer)
{
	static const int STACK_BYTES = 64;
	const struct bpf_insn insns[] = {
		LOAD_64(BPF_REG_1, BPF_REG_1, CONTEXT_NEXT),
		MOVE(BPF_REG_2, BPF_REG_10),
		ADD_NUMBER(BPF_REG_2, -STACK_BYTES),
		MOVE_NUMBER(BPF_REG_3, STACK_BYTES),
		MOVE_NUMBER(BPF_REG_4, 0),
		CALL(BPF_FUNC_get_task_stack),
		MOVE_NUMBER(BPF_REG_0, 0),
		EXIT,
	};
	const struct program program = at_sched_switch(insns, array_count(insns));
	const char *step = NULL;
	owns(own_close) int prog = load_tracing(features, &program, &step);

	if (prog < 0)
		return say_absent(answer, "%s a program that takes one: %s", step, strerror(-prog));
	return say_works(answer, "in tp_btf");
}

enum feature_state try_iter_task(struct features *features, const struct feature_row *row,
				 struct feature_answer *answer)
{
	const struct program program = { NOTHING, array_count(NOTHING), BPF_TRACE_ITER,
					 "bpf_iter_task", BTF_KIND_FUNC };
	const char *step = NULL;
	owns(own_close) int prog = load_tracing(features, &program, &step);

	if (prog < 0)
		return say_absent(answer, "%s an iterator: %s", step, strerror(-prog));

	owns(own_close) int link = bpf_link_create(prog, 0, BPF_TRACE_ITER, NULL);

	if (link < 0)
		return say_absent(answer, "attaching an iterator: %s", strerror(-link));

	owns(own_close) int iterator = bpf_iter_create(link);

	if (iterator < 0)
		return say_absent(answer, "opening an iterator: %s", strerror(-iterator));
	return say_works(answer, "iter/task");
}

/* Does the struct, or an unnamed struct or union in it, have the field? */
static bool has_field(const struct btf *btf, const struct btf_type *type, const char *field,
		      int depth)
{
	const struct btf_member *member = btf_members(type);

	for (unsigned int i = 0; i < btf_vlen(type); i++, member++) {
		const char *name = btf__name_by_offset(btf, member->name_off);
		const struct btf_type *inner = btf__type_by_id(btf, member->type);

		if (name && strcmp(name, field) == 0)
			return true;
		if ((!name || !*name) && inner && btf_is_composite(inner) && depth > 0 &&
		    has_field(btf, inner, field, depth - 1))
			return true;
	}
	return false;
}

/* The detail is "struct.field". */
enum feature_state try_btf_field(struct features *features, const struct feature_row *row,
				 struct feature_answer *answer)
{
	char name[64];
	int name_bytes = (int)strcspn(row->detail, "."), id;

	if (snprintf(name, sizeof(name), "%.*s", name_bytes, row->detail) < 0)
		return say_unknown(answer, "%s", row->detail);
	id = btf__find_by_name_kind(features->btf, name, BTF_KIND_STRUCT);
	if (id < 0)
		return say_absent(answer, "the kernel's types have no struct %s", name);
	if (!has_field(features->btf, btf__type_by_id(features->btf, (uint32_t)id),
		       row->detail + name_bytes + 1, 4))
		return say_absent(answer, "the kernel has no field %s", row->detail);
	return say_works(answer, "field %s", row->detail);
}

enum feature_state try_raw_tp(struct features *features, const struct feature_row *row,
			      struct feature_answer *answer)
{
	owns(own_close) int prog = bpf_load_nothing(BPF_PROG_TYPE_RAW_TRACEPOINT);

	if (prog < 0)
		return say_absent(answer, "loading: %s", strerror(-prog));

	owns(own_close) int link = bpf_raw_tracepoint_open(row->detail, prog);

	if (link < 0)
		return say_absent(answer, "attaching at %s: %s", row->detail, strerror(-link));
	return say_works(answer, "attached at %s", row->detail);
}

enum feature_state try_kprobe_multi(struct features *features, const struct feature_row *row,
				    struct feature_answer *answer)
{
	LIBBPF_OPTS(bpf_prog_load_opts, load, .expected_attach_type = BPF_TRACE_KPROBE_MULTI);
	LIBBPF_OPTS(bpf_link_create_opts, attach);
	const char *functions[] = { row->detail };
	owns(own_close) int prog = bpf_prog_load(BPF_PROG_TYPE_KPROBE, NULL, LICENSE, NOTHING,
						 array_count(NOTHING), &load);

	if (prog < 0)
		return say_absent(answer, "loading: %s", strerror(-prog));
	attach.kprobe_multi.syms = functions;
	attach.kprobe_multi.cnt = array_count(functions);

	owns(own_close) int link = bpf_link_create(prog, 0, BPF_TRACE_KPROBE_MULTI, &attach);

	if (link < 0)
		return say_absent(answer, "attaching at %s: %s", row->detail, strerror(-link));
	return say_works(answer, "attached at %s", row->detail);
}

enum feature_state try_fentry(struct features *features, const struct feature_row *row,
			      struct feature_answer *answer)
{
	struct program program = { NOTHING, array_count(NOTHING), BPF_TRACE_FENTRY, row->detail,
				   BTF_KIND_FUNC };
	const char *step = NULL;
	int r = attach_tracing(features, &program, &step);

	if (r < 0)
		return say_absent(answer, "%s an entry program: %s", step, strerror(-r));
	program.attach = BPF_TRACE_FEXIT;
	r = attach_tracing(features, &program, &step);
	if (r < 0)
		return say_partly(answer, "fentry only", "%s an exit program: %s", step,
				  strerror(-r));
	return say_works(answer, "attached at %s", row->detail);
}
