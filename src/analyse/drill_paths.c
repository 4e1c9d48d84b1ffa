/* Which function is meant, and what did it call? Stacks are cut at the function that was asked
 * for: what is below it stays. */
#include <errno.h>
#include <fnmatch.h>
#include <string.h>

#include "analyse/drill_state.h"
#include "analyse/waits.h"

enum match {
	MATCH_UNASKED,
	MATCH_NO,
	MATCH_YES,
};

/* How a system call begins: no more than that it is one. */
static const char *const ENTRIES[] = {
	"entry_SYSCALL_64_after_hwframe",
	"entry_SYSCALL_64",
	"do_syscall_64",
	"x64_sys_call",
	"el0t_64_sync",
	"el0t_64_sync_handler",
	"el0_svc",
	"do_el0_svc",
	"el0_svc_common.constprop.0",
	"invoke_syscall",
	"entry_SYSCALL_compat_after_hwframe",
	"do_fast_syscall_32",
	"__do_fast_syscall_32",
};

int32_t drill_syscall(const char *name)
{
	enum {
		NUMBERS = 1024
	};

	for (int32_t number = 0; number < NUMBERS; number++) {
		const char *known = syscall_name(number);

		if (known && strcmp(known, name) == 0)
			return number;
	}
	return -1;
}

/* Compilers append ".isra.0" and the like to functions that they changed. */
bool drill_name_fits(const char *pattern, const char *name)
{
	char base[256];
	const char *dot = strchr(name, '.');

	if (fnmatch(pattern, name, 0) == 0)
		return true;
	if (!dot || dot == name || (size_t)(dot - name) >= sizeof(base))
		return false;
	memcpy(base, name, (size_t)(dot - name));
	base[dot - name] = '\0';
	return fnmatch(pattern, base, 0) == 0;
}

static enum match match(const struct drill *drill, uint32_t number)
{
	const struct function *function = &drill->profiler->stacks.functions.items[number];
	enum profile_frame_kind kind = drill->is_user ? FRAME_USER : FRAME_KERNEL;
	const char *name = names_text(&drill->profiler->names, function->name);

	return function->kind == (uint32_t)kind && name[0] && drill_name_fits(drill->pattern, name)
		       ? MATCH_YES
		       : MATCH_NO;
}

int drill_is_wanted(struct drill *drill, uint32_t function)
{
	while (drill->matches.count <= function) {
		if (!array_push(&drill->matches))
			return -ENOMEM;
	}
	if (drill->matches.items[function] == MATCH_UNASKED)
		drill->matches.items[function] = (uint8_t)match(drill, function);
	return drill->matches.items[function] == MATCH_YES;
}

int drill_find(struct drill *drill, uint32_t content, uint32_t *ret)
{
	uint32_t count;
	const uint32_t *frames = stacks_frames(&drill->profiler->stacks, content, &count);

	for (uint32_t i = 0; i < count; i++) {
		int r = drill_is_wanted(drill, frames[i]);

		if (r < 0)
			return r;
		if (r > 0) {
			*ret = i;
			return 0;
		}
	}
	*ret = UINT32_MAX;
	return 0;
}

struct path {
	uint32_t frames[2 * STACK_FRAMES_MAX];
	uint32_t count;
};

static const char *name_of(const struct drill *drill, uint32_t number)
{
	return names_text(&drill->profiler->names,
			  drill->profiler->stacks.functions.items[number].name);
}

static bool is_entry(const struct drill *drill, uint32_t number)
{
	const char *name = name_of(drill, number);

	for (size_t i = 0; i < array_count(ENTRIES); i++) {
		if (strcmp(ENTRIES[i], name) == 0)
			return true;
	}
	return false;
}

/* "__x64_sys_fsync" in calls of fsync says nothing. */
static bool is_its_system_call(const struct drill *drill, uint32_t number)
{
	const char *name = name_of(drill, number);
	const char *sys = strstr(name, "_sys_");

	return drill->by == DRILL_BY_SYSCALL && sys && strncmp(name, "__", 2) == 0 &&
	       strcmp(sys + strlen("_sys_"), drill->pattern) == 0;
}

/* How the kernel calls programs at a function: from its first instruction, and through it the
 * function goes on, which is in the stack twice then. */
static bool is_trampoline(const struct drill *drill, uint32_t number)
{
	static const char BEGIN[] = "bpf_trampoline_";

	return strncmp(name_of(drill, number), BEGIN, strlen(BEGIN)) == 0;
}

/* The frames of the content from this one on; those of the watching itself end it. */
static void add_frames(const struct drill *drill, uint32_t content, uint32_t first,
		       struct path *path)
{
	uint32_t count;
	const uint32_t *frames = stacks_frames(&drill->profiler->stacks, content, &count);
	bool is_begin = true;

	for (uint32_t i = first; i < count && path->count < STACK_FRAMES_MAX - 2; i++) {
		is_begin = is_begin &&
			   (is_entry(drill, frames[i]) || is_its_system_call(drill, frames[i]));
		if (is_begin)
			continue;
		if (is_trampoline(drill, frames[i])) {
			i += i && i + 1 < count && frames[i + 1] == frames[i - 1];
			continue;
		}
		if (function_is_tracing(name_of(drill, frames[i])))
			break;
		path->frames[path->count++] = frames[i];
	}
}

static uint32_t last_frame(const struct drill *drill, uint32_t content)
{
	uint32_t count;

	(void)stacks_frames(&drill->profiler->stacks, content, &count);
	return count ? count - 1 : 0;
}

/* Where it ended: what it waited for, and who ended that. */
static int add_blocked(struct drill *drill, const struct drill_piece *piece, struct path *path)
{
	struct profiler *profiler = drill->profiler;
	struct function waker = { .kind = FRAME_WAKER,
				  .name = piece->waker,
				  .module = piece->device };
	const char *kind = NULL;
	int r = blocked_frame(profiler, classes_get(&profiler->wall.classes, piece->class_id),
			      &path->frames[path->count]);

	if (r < 0)
		return r;
	path->count++;
	switch ((enum waker_kind)piece->waker_kind) {
	case WAKER_THREAD:
		break;
	case WAKER_INTERRUPT:
		kind = "an interrupt";
		break;
	case WAKER_SOFTIRQ:
		kind = "a soft interrupt";
		break;
	case WAKER_NONE:
		kind = "nobody yet";
		break;
	case WAKER_UNKNOWN:
	case WAKER_REST:
		return 0;
	}
	if (kind)
		waker.name = names_put(&profiler->names, kind, strlen(kind));
	r = stacks_function(&profiler->stacks, &waker, &path->frames[path->count]);
	path->count += r == 0;
	return r;
}

static int add_runnable(struct drill *drill, struct path *path)
{
	const struct function runnable = { .kind = FRAME_RUNNABLE };
	int r = stacks_function(&drill->profiler->stacks, &runnable, &path->frames[path->count]);

	path->count += r == 0;
	return r;
}

int drill_path(struct drill *drill, const struct drill_piece *piece, uint32_t *ret)
{
	struct path path = { .count = 0 };
	uint32_t first = 0;
	int r;

	if (drill->is_user) {
		r = drill_find(drill, piece->user, &first);
		if (r < 0)
			return r;
		/* Code without frame pointers hides its callers. The innermost frame is in the
		 * call in any case. */
		if (first == UINT32_MAX)
			first = last_frame(drill, piece->user);
		else
			first++;
		add_frames(drill, piece->user, first, &path);
		first = 0;
	} else if (drill->by != DRILL_BY_SYSCALL) {
		r = drill_find(drill, piece->kernel, &first);
		if (r < 0)
			return r;
		first = first == UINT32_MAX ? first : first + 1;
	}
	if (first != UINT32_MAX)
		add_frames(drill, piece->kernel, first, &path);
	r = 0;
	if (piece->kind == PIECE_WAIT)
		r = add_blocked(drill, piece, &path);
	else if (piece->kind == PIECE_QUEUE)
		r = add_runnable(drill, &path);
	return r < 0 ? r : stacks_put(&drill->profiler->stacks, path.frames, path.count, ret);
}
