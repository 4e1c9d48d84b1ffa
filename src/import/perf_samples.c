/* What does a sample tell? Its thread and its stacks first, where they are new; then what it
 * counts, and what its tracepoint means. */
#include <errno.h>

#include "import/perf_state.h"

/* How far a counter has come since its last sample. */
static int read_counter(struct perf_data *data, const struct perf_reading *reading,
			uint64_t *ret_period)
{
	uint64_t *last = hash_put(&data->readings, reading->id);

	if (!last)
		return -ENOMEM;
	*ret_period = reading->value - *last;
	*last = reading->value;
	return 0;
}

static int tell_sample(struct perf_data *data, struct perf_attr *attr,
		       const struct event_sample *base, uint64_t period, struct diag *why)
{
	struct event_sample sample = *base;

	sample.period = period;
	sample.weight_ns = perf_attr_is_clock(attr) ? period : 0;
	sample.sampler = (uint32_t)(attr - data->attrs.items.items) + 1;
	attr->samples++;
	return perf_tell(&data->out, &sample, why);
}

/* With the counters' values in it, a sample stands for each counter that has moved. */
static int tell_readings(struct perf_data *data, const struct perf_attr *attr,
			 const struct perf_sample *read, const struct event_sample *base,
			 struct diag *why)
{
	struct perf_bytes bytes = read->read;
	uint64_t count = perf_readings_begin(attr, &bytes);
	int r = 0;

	for (uint64_t i = 0; i < count && r == 0; i++) {
		struct perf_reading reading = perf_readings_next(attr, &bytes);
		struct perf_attr *counter;
		uint64_t period = 0;

		if (!(attr->read_format & PERF_READ_ID))
			reading.id = read->id;
		counter = data->attrs.items.count == 1 ? data->attrs.items.items
						       : perf_attrs_find(&data->attrs, reading.id);
		if (!counter)
			continue;
		if (read_counter(data, &reading, &period) < 0)
			return perf_no_memory(why);
		if (period)
			r = tell_sample(data, counter, base, period, why);
	}
	return r;
}

static int tell_side(struct perf_data *data, const struct perf_chain *chain, enum perf_side side,
		     uint32_t tgid, uint64_t *ret_id, struct diag *why)
{
	struct perf_owner owner = { .side = side, .tgid = tgid };
	int r = 0;

	if (!chain->counts[side])
		return 0;
	/* A user's process 0 would be the kernel. */
	if (tgid || side == PERF_SIDE_KERNEL)
		r = perf_tasks_mappings(&data->tasks, tgid, &data->out, &owner.generation, why);
	return r < 0 ? r : perf_stacks_tell(data->stacks, chain, &owner, &data->out, ret_id, why);
}

static int tell_stacks(struct perf_data *data, const struct perf_chain *chain,
		       const struct perf_sample *sample, struct event_sample *event,
		       struct diag *why)
{
	int r = tell_side(data, chain, PERF_SIDE_KERNEL, 0, &event->stack, why);

	return r < 0 ? r
		     : tell_side(data, chain, PERF_SIDE_USER, sample->pid, &event->user_stack, why);
}

static int take_point(struct perf_data *data, const struct perf_attr *attr,
		      const struct perf_sample *sample, const struct event_sample *event,
		      struct diag *why)
{
	struct perf_moment moment = {
		.format = attr->format,
		.raw = { .at = sample->raw, .left = sample->raw_bytes, .swap = data->swap },
		.time_ns = event->head.time_ns,
		.tid = event->tid,
		.cpu = event->cpu,
		.stack = event->stack,
		.user_stack = event->user_stack,
	};

	int r = perf_guests_take(&data->guests, &moment, &data->out, why);

	if (r < 0)
		return r;
	if (!data->spans && perf_spans_new(&data->tasks, &data->spans) < 0)
		return perf_no_memory(why);
	return perf_spans_take(data->spans, &moment, &data->out, why);
}

static int tell_one(struct perf_data *data, struct perf_attr *attr,
		    const struct perf_sample *sample, const struct event_sample *event,
		    struct diag *why)
{
	if (attr->sample_type & PERF_SAMPLE_HAS_READ)
		return tell_readings(data, attr, sample, event, why);
	return tell_sample(data, attr, event, sample->period, why);
}

int perf_sample_take(struct perf_data *data, const struct perf_record *record, uint64_t time_ns,
		     struct diag *why)
{
	struct perf_bytes body = perf_body_of(data, record);
	struct perf_attr *attr = perf_attrs_of_sample(&data->attrs, body);
	struct event_sample event = { .head = PERF_EVENT_HEAD(event_sample, SAMPLE, time_ns) };
	bool is_late = time_ns && time_ns < data->out.told_ns;
	struct perf_sample sample;
	struct perf_chain chain;
	int r;

	if (!attr || !perf_sample_read(attr, body, &sample)) {
		data->broken++;
		return 0;
	}
	if (perf_attr_is_silent(attr))
		return 0;
	perf_stacks_split(data->stacks, &sample, record->misc, data->swap, &chain);
	r = perf_tasks_seen(&data->tasks, sample.pid, sample.tid, chain.counts[PERF_SIDE_USER] > 0,
			    &data->out, why);
	event.tid = sample.tid;
	event.cpu = sample.cpu;
	if (r == 0)
		r = tell_stacks(data, &chain, &sample, &event, why);
	if (r == 0)
		r = tell_one(data, attr, &sample, &event, why);
	if (r < 0 || is_late || !attr->format || !sample.raw)
		return r;
	return take_point(data, attr, &sample, &event, why);
}
