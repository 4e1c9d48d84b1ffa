/* What is told when all was read? What perf and this reader lost, and how the watch ended. */
#include <inttypes.h>
#include <sys/param.h>

#include "import/perf_state.h"

static int tell_loss(struct perf_data *data, enum loss_what what, uint64_t count, struct diag *why)
{
	struct event_loss loss = {
		.head = PERF_EVENT_HEAD(event_loss, LOSS, data->out.told_ns),
		.what = (uint32_t)what,
		.count = count,
	};

	return count ? perf_tell(&data->out, &loss, why) : 0;
}

/* Where perf recorded switches they are what is missed most. */
static enum loss_what lost_kind(const struct perf_data *data)
{
	return perf_has_switches(data) ? LOSS_SWITCH : LOSS_SAMPLE;
}

int perf_lost_take(struct perf_data *data, const struct perf_record *record, uint64_t time_ns,
		   struct diag *why)
{
	struct perf_bytes body = perf_body_of(data, record);
	uint64_t count;

	if (record->misc & PERF_MISC_LOST_FILTERED)
		return 0;
	if (record->type == PERF_REC_LOST)
		(void)perf_u64(&body); /* the event's id */
	count = perf_u64(&body);
	if (body.is_short || !count)
		return 0;
	/* perf itself sums up at the end what was lost: what the kernel has told is in it. */
	if (record->type == PERF_REC_LOST_SAMPLES && !time_ns) {
		data->summed_losses += count;
		return 0;
	}
	data->told_losses += count;
	if (data->spans)
		perf_spans_gap(data->spans, perf_attrs_cpu(&data->attrs, record, data->swap),
			       MAX(data->out.told_ns, time_ns));
	guest_exits_forget(&data->guests);
	return tell_loss(data, lost_kind(data), count, why);
}

static int tell_end_facts(struct perf_data *data, struct diag *why)
{
	int r = 0;

	if (data->unknown)
		r = perf_header_note(&data->header, "missing.records.unknown",
				     "%" PRIu64
				     " records of kinds that are not known here were skipped",
				     data->unknown);
	if (r == 0 && data->tasks.left_out)
		r = perf_header_note(&data->header, "missing.records.mappings",
				     "%" PRIu64 " mappings found no room", data->tasks.left_out);
	if (r < 0)
		return perf_no_memory(why);
	return perf_header_tell(&data->header, &data->out, why);
}

struct loss {
	enum loss_what what;
	uint64_t count;
};

static int tell_losses(struct perf_data *data, struct diag *why)
{
	const struct loss losses[] = {
		{ LOSS_LATE, data->late },
		{ lost_kind(data), data->summed_losses > data->told_losses
					   ? data->summed_losses - data->told_losses
					   : 0 },
		{ LOSS_SAMPLE, data->broken },
		{ LOSS_TASK, data->tasks.unnamed },
		{ LOSS_REQUEST, data->spans ? perf_spans_lost_requests(data->spans) : 0 },
	};
	int r = 0;

	for (size_t i = 0; i < array_count(losses) && r == 0; i++)
		r = tell_loss(data, losses[i].what, losses[i].count, why);
	return r;
}

int perf_end(struct perf_data *data, struct diag *why)
{
	struct event_watch_end end = {
		.head = PERF_EVENT_HEAD(event_watch_end, WATCH_END, data->out.told_ns),
	};
	int r = 0;

	if (data->spans)
		r = perf_spans_finish(data->spans, data->out.told_ns, &data->out, why);
	if (r == 0)
		r = guest_exits_finish(&data->guests, data->out.told_ns, &data->out, why);
	if (r == 0)
		r = tell_losses(data, why);
	if (r == 0)
		r = tell_end_facts(data, why);
	return r < 0 ? r : perf_tell(&data->out, &end, why);
}
