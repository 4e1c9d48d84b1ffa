/* How are the calls of one function seen? By programs at its entry and its return. */
#include "probe/functions.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/facts.h"
#include "probe/callees.h"
#include "probe/watch.wire.h"

struct way {
	const char *name; /* told as the facility */
	const char *entry;
	const char *exit;
	bool is_multi;
};

static const struct way WAYS[] = {
	[WATCH_BY_NOTHING] = { "", "", "", false },
	[WATCH_BY_UPROBE] = { "uprobe", "on_user_enter", "on_user_return", false },
	[WATCH_BY_KPROBE] = { "kprobe", "on_kernel_enter", "on_kernel_return", false },
	[WATCH_BY_FENTRY] = { "fentry", "on_kernel_begin", "on_kernel_end", false },
	[WATCH_BY_KPROBE_MULTI] = { "kprobe.multi", "on_kernel_enter", "on_kernel_return", true },
};

static struct bpf_program *find(const struct bpf_object *object, const char *name)
{
	return bpf_object__find_program_by_name(object, name);
}

int functions_choose(struct bpf_object *object, const struct watch_function *function)
{
	const struct way *way = &WAYS[function->by];
	struct bpf_map *map = bpf_object__find_map_by_name(object, "function_calls");
	int r = bpf_map__set_autocreate(map, way->name[0] != '\0' || function->with_callees);

	if (r == 0)
		r = callees_choose(object, function->with_callees);
	if (r < 0 || !way->name[0])
		return r;
	r = bpf_program__set_autoload(find(object, way->entry), true);
	if (r == 0)
		r = bpf_program__set_autoload(find(object, way->exit), true);
	if (r == 0 && way->is_multi)
		r = bpf_program__set_expected_attach_type(find(object, way->entry),
							  BPF_TRACE_KPROBE_MULTI);
	if (r == 0 && way->is_multi)
		r = bpf_program__set_expected_attach_type(find(object, way->exit),
							  BPF_TRACE_KPROBE_MULTI);
	/* It is put there together with its other end. */
	bpf_program__set_autoattach(find(object, way->entry), false);
	bpf_program__set_autoattach(find(object, way->exit), false);
	/* It is loaded for this one function. */
	if (r == 0 && function->by == WATCH_BY_FENTRY)
		r = bpf_program__set_attach_target(find(object, way->entry), 0, function->name);
	if (r == 0 && function->by == WATCH_BY_FENTRY)
		r = bpf_program__set_attach_target(find(object, way->exit), 0, function->name);
	return r;
}

/* libbpf has no names for the two ends; this has. */
static struct bpf_link *attach(const struct bpf_program *program,
			       const struct watch_function *function, bool is_return)
{
	LIBBPF_OPTS(bpf_uprobe_opts, user, .retprobe = is_return, .bpf_cookie = 1,
		    .func_name = function->name);
	LIBBPF_OPTS(bpf_kprobe_opts, kernel, .retprobe = is_return);
	const char *name = function->name;
	LIBBPF_OPTS(bpf_kprobe_multi_opts, multi,
		    .syms = function->name_count ? (const char **)function->names : &name,
		    .cnt = function->name_count ?: 1, .retprobe = is_return);

	switch (function->by) {
	case WATCH_BY_UPROBE:
		return bpf_program__attach_uprobe_opts(program, -1, function->path, 0, &user);
	case WATCH_BY_KPROBE:
		return bpf_program__attach_kprobe_opts(program, function->name, &kernel);
	case WATCH_BY_KPROBE_MULTI:
		return bpf_program__attach_kprobe_multi_opts(program, NULL, &multi);
	case WATCH_BY_FENTRY:
		return bpf_program__attach_trace(program);
	case WATCH_BY_NOTHING:
		break;
	}
	errno = EINVAL;
	return NULL;
}

static int failed(const struct watch_function *function, struct diag *why)
{
	int r = errno ? -errno : -EINVAL;
	bool is_user = function->by == WATCH_BY_UPROBE;

	if (is_user && access(function->path, R_OK) < 0)
		return diag_set(why, -errno, "cannot read %s: %s", function->path, strerror(errno));
	return diag_set(why, r, "cannot put a program at %s%s%s (%s): %s%s", function->path,
			is_user ? ":" : "", function->name, WAYS[function->by].name, strerror(-r),
			is_user        ? "; has it a symbol for this function?"
			: r == -ENOENT ? "; is there a function of this name?"
				       : "; --rung stacks needs no program there");
}

/* The return comes first: else calls could begin whose end is not seen. */
int functions_attach(struct functions *functions, const struct bpf_object *object,
		     const struct watch_function *function, struct diag *why)
{
	const struct way *way = &WAYS[function->by];

	if (!way->name[0])
		return 0;
	functions->exit = attach(find(object, way->exit), function, true);
	if (!functions->exit)
		return failed(function, why);
	functions->entry = attach(find(object, way->entry), function, false);
	return functions->entry ? 0 : failed(function, why);
}

void functions_detach(struct functions *functions)
{
	bpf_link__destroy(functions->entry);
	bpf_link__destroy(functions->exit);
	*functions = (struct functions){};
}

int functions_tell(const struct watch_function *function, const struct event_sink *sink,
		   uint64_t time_ns, struct diag *why)
{
	int r;

	if (!WAYS[function->by].name[0])
		return 0;
	r = fact_tell(sink, time_ns, why, "functions.watched", "%s%s%s", function->path,
		      function->path[0] ? ":" : "", function->name);
	return r < 0 ? r
		     : fact_tell(sink, time_ns, why, "facility.functions", "%s",
				 WAYS[function->by].name);
}

static int tell_open(const struct wire_open_call *call, uint32_t tid, bool is_user,
		     const struct event_sink *sink, uint64_t time_ns, struct diag *why)
{
	struct event_call event = {
		.head = { .bytes = sizeof(event), .kind = EVENT_CALL, .time_ns = time_ns },
		.start_ns = call->start_ns,
		.duration_ns = time_ns - call->start_ns,
		.unknown_ns = time_ns - call->start_ns,
		.address = is_user ? 0 : call->function,
		.tid = tid,
		.flags = CALL_LOSS | CALL_EXIT_UNSEEN | CALL_OPEN_END | CALL_AT_LEAST,
	};

	return call->start_ns < time_ns ? event_sink_take(sink, &event.head, why) : 0;
}

static int tell_short(uint64_t count, const struct event_sink *sink, uint64_t time_ns,
		      struct diag *why)
{
	return count ? fact_tell(sink, time_ns, why, "functions.short_calls", "%llu",
				 (unsigned long long)count)
		     : 0;
}

/* The outermost call of each thread: the others are inside of it. */
int functions_tell_last(const struct bpf_object *object, const struct watch_function *function,
			uint64_t short_calls, const struct event_sink *sink, uint64_t time_ns,
			struct diag *why)
{
	int fd = bpf_object__find_map_fd_by_name(object, "function_calls");
	uint32_t tid, next, *last = NULL;
	struct wire_open_calls calls;
	int r = 0;

	if (!WAYS[function->by].name[0] || fd < 0)
		return 0;
	while (r == 0 && bpf_map_get_next_key(fd, last, &next) == 0) {
		tid = next;
		last = &tid;
		if (bpf_map_lookup_elem(fd, &tid, &calls) == 0 && calls.count)
			r = tell_open(&calls.calls[0], tid, function->by == WATCH_BY_UPROBE, sink,
				      time_ns, why);
	}
	return r < 0 ? r : tell_short(short_calls, sink, time_ns, why);
}
