/* How long is a watched function in those that it calls? By kprobes, which can be put anywhere
 * while all else runs on. */
#include "probe/callees.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/array.h"
#include "host/facts.h"
#include "probe/watch.h"

_Static_assert((int)WIRE_CALLEES == (int)WATCH_CALLEES_MAX, "as many as the watch says");

static const char *const PROGRAMS[] = { "on_callee_enter", "on_callee_return" };

static struct bpf_program *find(const struct bpf_object *object, const char *name)
{
	return bpf_object__find_program_by_name(object, name);
}

int callees_choose(struct bpf_object *object, bool is_wanted)
{
	int r = 0;

	for (size_t i = 0; i < array_count(PROGRAMS) && r == 0; i++) {
		r = bpf_program__set_autoload(find(object, PROGRAMS[i]), is_wanted);
		bpf_program__set_autoattach(find(object, PROGRAMS[i]), false);
	}
	return r;
}

/* The return comes first: else a callee could be entered whose return is not seen. */
static bool attach(struct callees *callees, const struct bpf_object *object, const char *name)
{
	LIBBPF_OPTS(bpf_kprobe_opts, entry, .bpf_cookie = callees->count);
	LIBBPF_OPTS(bpf_kprobe_opts, exit, .bpf_cookie = callees->count, .retprobe = true);
	struct callee *callee = &callees->items[callees->count];

	callee->exit = bpf_program__attach_kprobe_opts(find(object, PROGRAMS[1]), name, &exit);
	if (callee->exit)
		callee->entry =
			bpf_program__attach_kprobe_opts(find(object, PROGRAMS[0]), name, &entry);
	if (callee->entry)
		return true;
	bpf_link__destroy(callee->exit);
	callee->exit = NULL;
	return false;
}

void callees_attach(struct callees *callees, const struct bpf_object *object,
		    const char *const *names, size_t count)
{
	for (size_t i = 0; i < count && callees->count < WIRE_CALLEES; i++) {
		if (!attach(callees, object, names[i]))
			continue;
		callees->items[callees->count].name = names[i];
		callees->count++;
	}
}

int callees_tell(const struct callees *callees, const struct event_sink *sink, uint64_t time_ns,
		 struct diag *why)
{
	int r = 0;

	for (uint32_t i = 0; i < callees->count && r == 0; i++) {
		char key[40];

		(void)snprintf(key, sizeof(key), "functions.callee.%u", i);
		r = fact_tell(sink, time_ns, why, key, "%s", callees->items[i].name);
	}
	return r;
}

void callees_detach(struct callees *callees)
{
	for (size_t i = 0; i < array_count(callees->items); i++) {
		bpf_link__destroy(callees->items[i].entry);
		bpf_link__destroy(callees->items[i].exit);
	}
	*callees = (struct callees){};
}
