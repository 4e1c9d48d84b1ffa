/* What is this a recording of? Told as soon as the first records are there. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "import/perf_state.h"

/* The first record that names a process: this one, or, with 0, one that begins a program, as the
 * command does that perf has run. */
static uint32_t find_name(const struct perf_data *data, uint32_t wanted_pid, char name[64])
{
	uint32_t found = 0;
	uint64_t found_ns = UINT64_MAX;

	for (size_t i = 0; i < data->order.entries.count; i++) {
		const struct perf_entry *entry = &data->order.entries.items[i];
		struct perf_record record = perf_record_at(data, entry->record);
		struct perf_bytes body = perf_body_of(data, &record);
		uint32_t pid = perf_u32(&body), tid = perf_u32(&body);
		const char *comm;
		size_t count;

		if (record.type != PERF_REC_COMM || entry->time_ns >= found_ns || pid != tid)
			continue;
		if (wanted_pid ? pid != wanted_pid : !(record.misc & PERF_MISC_COMM_EXEC))
			continue;
		comm = perf_text(&body, &count);
		(void)snprintf(name, 64, "%.*s", (int)(count < 16 ? count : 16), comm);
		found = pid;
		found_ns = entry->time_ns;
	}
	return found;
}

static bool waits_for_exec(const struct perf_data *data)
{
	for (size_t i = 0; i < data->attrs.items.count; i++) {
		if (data->attrs.items.items[i].flags & PERF_FLAG_ENABLE_ON_EXEC)
			return true;
	}
	return false;
}

static int tell_watch(struct perf_data *data, struct diag *why)
{
	struct event_watch watch = {
		.head = PERF_EVENT_HEAD(event_watch, WATCH, data->out.told_ns),
		.target = WATCH_MACHINE,
		.cpus = data->header.cpus ? data->header.cpus : 1,
	};

	if (data->header.is_process && !data->header.is_machine) {
		watch.target = WATCH_PROCESS;
		watch.pid = data->header.pid;
		if (watch.pid)
			(void)find_name(data, watch.pid, watch.name);
	} else if (!data->header.is_machine && waits_for_exec(data)) {
		watch.pid = find_name(data, 0, watch.name);
		watch.target = watch.pid ? WATCH_COMMAND : WATCH_MACHINE;
	}
	data->tasks.all_are_targets = watch.target == WATCH_MACHINE;
	return perf_tell(&data->out, &watch, why);
}

static int tell_sampler(struct perf_data *data, size_t index, struct diag *why)
{
	const struct perf_attr *attr = &data->attrs.items.items[index];
	struct event_sampler sampler = {
		.head = PERF_EVENT_HEAD(event_sampler, SAMPLER, data->out.told_ns),
		.id = (uint32_t)index + 1,
		.unit = perf_attr_is_clock(attr) ? SAMPLER_NS : SAMPLER_COUNT,
	};
	_Static_assert(sizeof(sampler.name) == PERF_NAME_BYTES, "names");

	perf_attr_name(attr, sampler.name);
	return perf_attr_is_silent(attr) ? 0 : perf_tell(&data->out, &sampler, why);
}

static void name_tracepoint(struct perf_data *data, struct perf_attr *attr)
{
	if (attr->type != PERF_ATTR_TRACEPOINT)
		return;
	attr->format = perf_formats_find(&data->formats, attr->config);
	if (attr->format && !attr->name[0])
		(void)snprintf(attr->name, sizeof(attr->name), "%.63s", attr->format->name);
}

/* Spans need the switches of all threads: those of some tell only how they went. */
bool perf_has_switches(const struct perf_data *data)
{
	for (size_t i = 0; i < data->attrs.items.count; i++) {
		const struct perf_format *format = data->attrs.items.items[i].format;

		if (format && format->point == PERF_POINT_SWITCH)
			return data->tasks.all_are_targets;
	}
	return false;
}

/* What is to be known before the samples are believed. */
static int note_limits(struct perf_data *data)
{
	bool has_dumps = false;
	int r = 0;

	for (size_t i = 0; i < data->attrs.items.count; i++)
		has_dumps |=
			(data->attrs.items.items[i].sample_type & PERF_SAMPLE_HAS_STACK_USER) != 0;
	if (has_dumps)
		r = perf_header_note(&data->header, "missing.samples.stacks",
				     "the copies of user stacks (--call-graph dwarf) are ignored: "
				     "user code is told without its callers");
	if (r == 0 && !perf_has_switches(data))
		r = perf_header_note(
			&data->header, "missing.perf.switches",
			"when threads ran and what they waited for: that takes perf record -a "
			"with -e sched:sched_switch and -e sched:sched_waking");
	if (r == 0 && data->is_featureless)
		r = perf_header_note(&data->header, "missing.perf.header",
				     "what perf tells about the machine could not be read");
	if (r == 0)
		r = perf_header_note(&data->header, "clock", "%s",
				     data->attrs.has_times ? "perf's" : "none: nothing has a time");
	return r;
}

/* The first records are there: say what this is. */
int perf_begin(struct perf_data *data, struct diag *why)
{
	uint64_t first_ns = UINT64_MAX;
	int r;

	data->has_begun = true;
	for (size_t i = 0; i < data->order.entries.count; i++) {
		uint64_t time_ns = data->order.entries.items[i].time_ns;

		if (time_ns && time_ns < first_ns)
			first_ns = time_ns;
	}
	data->out.begin_ns = data->out.told_ns = first_ns == UINT64_MAX ? 0 : first_ns;
	for (size_t i = 0; i < data->attrs.items.count; i++)
		name_tracepoint(data, &data->attrs.items.items[i]);
	r = tell_watch(data, why);
	if (r == 0 && note_limits(data) < 0)
		r = perf_no_memory(why);
	if (r == 0)
		r = perf_header_tell(&data->header, &data->out, why);
	for (size_t i = 0; i < data->attrs.items.count && r == 0; i++)
		r = tell_sampler(data, i, why);
	return r;
}

int perf_begin_attr(struct perf_data *data, size_t index, struct diag *why)
{
	name_tracepoint(data, &data->attrs.items.items[index]);
	return tell_sampler(data, index, why);
}
