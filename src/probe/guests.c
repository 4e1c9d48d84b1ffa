/* How are the exits of guests seen? By programs at KVM's tracepoints, where the kernel has them. */
#include "probe/guests.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "host/facts.h"
#include "host/features.h"
#include "probe/tracefs.h"
#include "probe/translate.h"

enum need {
	MUST,
	MAY,
};

struct point {
	const char *function;
	const char *format; /* in tracefs */
	enum need need;
};

static const struct point POINTS[] = {
	{ "on_guest_exit", "events/kvm/kvm_exit/format", MUST },
	{ "on_guest_entry", "events/kvm/kvm_entry/format", MUST },
	{ "on_guest_user", "events/kvm/kvm_userspace_exit/format", MAY },
	{ "on_guest_halted", "events/kvm/kvm_vcpu_wakeup/format", MAY },
};

struct place {
	const char *function; /* whose record has it */
	const char *name;
	size_t at; /* in struct wire_guest_fields */
	enum need need;
};

static const struct place PLACES[] = {
	{ "on_guest_exit", "exit_reason", offsetof(struct wire_guest_fields, reason), MUST },
	/* Not on other architectures, whose reasons are no numbers of these tables. */
	{ "on_guest_exit", "isa", offsetof(struct wire_guest_fields, isa), MUST },
	/* Since 5.13. */
	{ "on_guest_exit", "vcpu_id", offsetof(struct wire_guest_fields, vcpu), MAY },
	{ "on_guest_user", "reason", offsetof(struct wire_guest_fields, user_reason), MUST },
	{ "on_guest_user", "errno", offsetof(struct wire_guest_fields, user_error), MAY },
	{ "on_guest_halted", "ns", offsetof(struct wire_guest_fields, halted_ns), MUST },
};

bool guest_field_read(const char *format, const char *name, struct wire_field *ret)
{
	char pattern[64];
	unsigned int offset, bytes;
	const char *hit;

	if (snprintf(pattern, sizeof(pattern), " %s;\toffset:", name) >= (int)sizeof(pattern))
		return false;
	hit = strstr(format, pattern);
	/* NOLINTNEXTLINE(cert-err34-c): what is too large is refused below */
	if (!hit || sscanf(hit + strlen(pattern), "%u;\tsize:%u;", &offset, &bytes) != 2)
		return false;
	if (offset > UINT16_MAX || bytes == 0 || bytes > sizeof(uint64_t))
		return false;
	*ret = (struct wire_field){ .offset = (__u16)offset, .bytes = (__u16)bytes };
	return true;
}

static bool read_fields(const char *function, const char *format, struct wire_guest_fields *fields)
{
	for (size_t i = 0; i < array_count(PLACES); i++) {
		struct wire_field *field = (void *)((char *)fields + PLACES[i].at);

		if (strcmp(PLACES[i].function, function) == 0 &&
		    !guest_field_read(format, PLACES[i].name, field) && PLACES[i].need == MUST)
			return false;
	}
	return true;
}

/* Does the kernel have the tracepoint, with what is needed of it? */
static bool has_point(const struct point *point, const char *tracefs,
		      struct wire_guest_fields *fields)
{
	owns(own_free) char *format = NULL;

	return tracefs_read(tracefs, point->format, &format) == 0 &&
	       read_fields(point->function, format, fields);
}

static bool may_see(struct features *features, const char **ret_tracefs)
{
	return features_have(features, FEATURE_TRACEFS, ret_tracefs, NULL) &&
	       features_have(features, FEATURE_TP_CLASSIC, NULL, NULL);
}

int guests_choose(struct bpf_object *object, struct features *features, bool is_wanted,
		  volatile struct wire_guest_fields *fields)
{
	struct wire_guest_fields found = {};
	bool has[array_count(POINTS)] = {}, has_all = true;
	const char *tracefs = NULL;
	int r = 0;

	is_wanted = is_wanted && may_see(features, &tracefs);
	for (size_t i = 0; i < array_count(POINTS); i++) {
		has[i] = is_wanted && has_point(&POINTS[i], tracefs, &found);
		has_all &= has[i] || POINTS[i].need == MAY;
	}
	for (size_t i = 0; i < array_count(POINTS) && r == 0; i++)
		r = bpf_program__set_autoload(
			bpf_object__find_program_by_name(object, POINTS[i].function),
			has[i] && has_all);
	if (r == 0)
		r = bpf_map__set_autocreate(bpf_object__find_map_by_name(object, "vcpus"),
					    is_wanted && has_all);
	*fields = found;
	return r;
}

static bool is_seen(const struct bpf_object *object, const char *function)
{
	return bpf_program__autoload(bpf_object__find_program_by_name(object, function));
}

int guests_tell(const struct bpf_object *object, const struct event_sink *sink, uint64_t time_ns,
		struct diag *why)
{
	int r;

	if (!is_seen(object, "on_guest_exit"))
		return fact_tell(sink, time_ns, why, "missing.guest_exits",
				 "exits of guests: the kernel has no tracepoints kvm:kvm_exit and "
				 "kvm:kvm_entry, or they cannot be used");
	r = fact_tell(sink, time_ns, why, "facility.guest_exits", "tp_classic");
	if (r == 0 && !is_seen(object, "on_guest_user"))
		r = fact_tell(sink, time_ns, why, "missing.kvm_userspace_exit",
			      "which exits of guests went on to the program");
	if (r == 0 && !is_seen(object, "on_guest_halted"))
		r = fact_tell(
			sink, time_ns, why, "missing.kvm_vcpu_wakeup",
			"how long the kernel slept in exits in which a guest had nothing to do");
	return r;
}

static int tell_last(const struct wire_vcpu *vcpu, uint32_t tid, struct translator *translator,
		     struct diag *why)
{
	struct wire_guest_exit wire = {
		.head = { .time_ns = translator->end_ns, .kind = WIRE_GUEST_EXIT, .tid = tid },
		.start_ns = translator->end_ns,
		.why = { .flags = GUEST_EXIT_INSIDE | GUEST_EXIT_GUEST },
	};

	if (vcpu->left_ns) {
		wire.start_ns = vcpu->left_ns;
		wire.guest_ns = vcpu->guest_ns;
		wire.why = vcpu->why;
		wire.why.flags |= GUEST_EXIT_OPEN_END;
	} else if (vcpu->entered_ns && vcpu->entered_ns < translator->end_ns) {
		wire.guest_ns = translator->end_ns - vcpu->entered_ns;
	} else {
		return 0;
	}
	return translate(translator, &wire.head, sizeof(wire), why);
}

int guests_tell_last(const struct bpf_object *object, struct translator *translator,
		     struct diag *why)
{
	int map = bpf_object__find_map_fd_by_name(object, "vcpus"), r = 0;
	struct wire_vcpu vcpu;
	uint32_t tid, *from = NULL;

	if (map < 0 || !is_seen(object, "on_guest_exit"))
		return 0;
	while (r == 0 && bpf_map_get_next_key(map, from, &tid) == 0) {
		from = &tid;
		if (bpf_map_lookup_elem(map, &tid, &vcpu) == 0)
			r = tell_last(&vcpu, tid, translator, why);
	}
	return r;
}
