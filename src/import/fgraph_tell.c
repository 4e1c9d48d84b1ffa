/* What is told of a call that is over? Its duration is cut into its parts. */
#include "import/fgraph_state.h"

static uint32_t level_flag(enum fgraph_level level)
{
	switch (level) {
	case FGRAPH_TASK:
		return 0;
	case FGRAPH_SOFT_IRQ:
		return CALL_SOFT_IRQ;
	case FGRAPH_HARD_IRQ:
		return CALL_HARD_IRQ;
	case FGRAPH_NMI:
		return CALL_NMI;
	}
	return 0;
}

/* What is left of the duration is the call's own. */
static void cut(struct fgraph *graph, const struct fgraph_frame *frame, struct event_call *call)
{
	uint64_t parts = frame->children_ns + frame->irq_ns + frame->unknown_ns + frame->apart_ns;
	uint64_t rest = call->duration_ns > parts ? call->duration_ns - parts : 0;

	graph->odds.overlaps += call->duration_ns < parts && !frame->is_unsure;
	call->unknown_ns = frame->unknown_ns;
	if (frame->is_unsure)
		call->unknown_ns += rest;
	else
		call->self_ns = rest;
	call->self_off_ns = frame->off_ns < call->self_ns ? frame->off_ns : call->self_ns;
	call->off_ns = call->self_off_ns + frame->off_below_ns;
	call->irq_ns = frame->irq_ns + frame->irq_below_ns;
	if (call->irq_ns > call->duration_ns)
		call->irq_ns = call->duration_ns;
}

int fgraph_tell(struct fgraph *graph, const struct fgraph_frame *frame,
		const struct fgraph_end *end, struct diag *why)
{
	const bool has_clock = graph->options.has_clock;
	struct event_call call = {
		.head = PERF_EVENT_HEAD(event_call, CALL, has_clock ? end->time_ns : 0),
		.start_ns = has_clock ? end->start_ns : 0,
		.duration_ns = end->duration_ns,
		.id = frame->id,
		.parent = end->parent,
		.path = frame->path,
		.parent_path = end->parent_path,
		.address = graph->options.has_symbols ? 0 : frame->function,
		.symbol = graph->options.has_symbols ? (uint32_t)frame->function : 0,
		.result = end->result,
		.tid = end->task->tid,
		.cpu = end->cpu,
		.flags = frame->flags | end->flags | level_flag(frame->level),
		.depth = frame->depth > 0 ? (uint32_t)frame->depth : 0,
	};

	cut(graph, frame, &call);
	return perf_tell(graph->out, &call, why);
}
