/* What do KVM's tracepoints in a trace.dat file tell? Each record says whose it is by its number,
 * and which thread made it. */
#include "import/trace_guests.h"

#include "import/perf_guests.h"

static bool is_of_guests(enum perf_point point)
{
	return point == PERF_POINT_GUEST_EXIT || point == PERF_POINT_GUEST_ENTRY ||
	       point == PERF_POINT_GUEST_USER || point == PERF_POINT_GUEST_HALTED;
}

bool trace_guests_find(struct trace_guests *guests, const struct perf_formats *formats)
{
	bool has_exits = false;

	for (size_t i = 0; i < formats->items.count; i++) {
		const struct perf_format *format = &formats->items.items[i];

		if (!is_of_guests(format->point) || guests->format_count >= TRACE_GUEST_FORMATS)
			continue;
		guests->formats[guests->format_count++] = format;
		has_exits |= format->point == PERF_POINT_GUEST_EXIT;
	}
	return has_exits;
}

int trace_guests_take(struct trace_guests *guests, struct perf_bytes raw, uint64_t time_ns,
		      struct perf_out *out, struct diag *why)
{
	for (size_t i = 0; i < guests->format_count; i++) {
		const struct perf_format *format = guests->formats[i];
		const struct perf_moment moment = {
			.format = format,
			.raw = raw,
			.time_ns = time_ns,
			.tid = (uint32_t)perf_field_number(format, PERF_FIELD_TASK, raw),
		};

		if (perf_field_number(format, PERF_FIELD_TYPE, raw) != format->id)
			continue;
		guests->records++;
		return perf_guests_take(&guests->exits, &moment, out, why);
	}
	return 0;
}

void trace_guests_clear(struct trace_guests *guests)
{
	guest_exits_free(&guests->exits);
}
