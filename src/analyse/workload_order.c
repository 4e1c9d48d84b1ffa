/* In which order are the places of a file visited? Each operation goes on from one of a few
 * streams, or begins another. */
#include "analyse/workload_state.h"

static void end_run(struct order *order, struct order_stream *stream)
{
	order->sums.runs += stream->run > 0;
	order->sums.run_sum += stream->run;
	order->sums.run_squares += (double)stream->run * (double)stream->run;
	*stream = (struct order_stream){};
}

static void go_on(struct order *order, struct order_stream *stream, uint64_t offset, uint64_t bytes)
{
	if (stream->turn)
		order->sums.apart += order->sums.turns - stream->turn;
	stream->last = offset;
	stream->next = offset + bytes;
	stream->turn = order->sums.turns;
	stream->run++;
}

/* Boyer and Moore's vote: the step that more than half went on by wins. */
static void vote(struct order_sums *sums, int64_t step, uint64_t votes)
{
	if (sums->stride == step) {
		sums->votes += votes;
	} else if (sums->votes < votes) {
		sums->stride = step;
		sums->votes = votes - sums->votes;
	} else {
		sums->votes -= votes;
	}
}

static struct order_stream *newest(struct order *order)
{
	struct order_stream *best = &order->streams[0];

	for (size_t i = 1; i < STREAMS_MAX; i++) {
		if (order->streams[i].turn > best->turn)
			best = &order->streams[i];
	}
	return best;
}

static struct order_stream *oldest(struct order *order)
{
	struct order_stream *best = &order->streams[0];

	for (size_t i = 1; i < STREAMS_MAX; i++) {
		if (order->streams[i].turn < best->turn)
			best = &order->streams[i];
	}
	return best;
}

/* Whoever comes to the end of what was visited and begins again goes on. */
static bool is_around(struct order *order, uint64_t offset)
{
	return order->sums.turns > 1 && offset == order->begin && newest(order)->next == order->end;
}

static bool follow(struct order *order, uint64_t offset, uint64_t bytes)
{
	struct order_stream *stream = NULL;

	for (size_t i = 0; i < STREAMS_MAX && !stream; i++) {
		if (order->streams[i].turn && order->streams[i].next == offset)
			stream = &order->streams[i];
	}
	if (!stream && is_around(order, offset))
		stream = newest(order);
	if (!stream)
		return false;
	order->sums.follows++;
	go_on(order, stream, offset, bytes);
	return true;
}

/* Goes on in a stream of its own: the one before may still be gone on from where it ended. */
static bool stride(struct order *order, uint64_t offset, uint64_t bytes)
{
	for (size_t i = 0; i < STREAMS_MAX; i++) {
		struct order_stream *stream = &order->streams[i], *place = oldest(order);
		struct order_stream before = *stream;

		if (!before.step || before.last + (uint64_t)before.step != offset)
			continue;
		order->sums.strides++;
		vote(&order->sums, before.step, 1);
		stream->step = 0;
		stream->run = 0;
		end_run(order, place);
		*place = before;
		go_on(order, place, offset, bytes);
		return true;
	}
	return false;
}

/* The step by which two of the last places led here, one from the other; 0: there is none. */
static int64_t find_step(const struct order *order, uint64_t offset)
{
	size_t known =
		order->sums.turns - 1 < RECENT_MAX ? (size_t)(order->sums.turns - 1) : RECENT_MAX;

	for (size_t i = 0; i < known; i++) {
		uint64_t step = offset - order->recent[i];

		for (size_t k = 0; k < known && step; k++) {
			if (k != i && order->recent[i] - order->recent[k] == step)
				return (int64_t)step;
		}
	}
	return 0;
}

static void begin_stream(struct order *order, uint64_t offset, uint64_t bytes)
{
	int64_t step = find_step(order, offset);
	struct order_stream *stream = oldest(order);

	end_run(order, stream);
	go_on(order, stream, offset, bytes);
	stream->step = step;
}

void order_take(struct order *order, uint64_t offset, uint64_t bytes)
{
	order->sums.turns++;
	if (order->sums.turns == 1) {
		order->begin = offset;
		order->sums.firsts = 1;
		order->sums.whole = offset == 0;
	}
	if (!follow(order, offset, bytes) && !stride(order, offset, bytes))
		begin_stream(order, offset, bytes);
	order->recent[(order->sums.turns - 1) % RECENT_MAX] = offset;
	if (offset < order->begin)
		order->begin = offset;
	if (offset + bytes > order->end)
		order->end = offset + bytes;
}

void order_end(struct order *order)
{
	for (size_t i = 0; i < STREAMS_MAX; i++)
		end_run(order, &order->streams[i]);
}

void order_sums_merge(struct order_sums *into, const struct order_sums *from)
{
	into->turns += from->turns;
	into->firsts += from->firsts;
	into->whole += from->whole;
	into->follows += from->follows;
	into->strides += from->strides;
	into->apart += from->apart;
	into->runs += from->runs;
	into->run_sum += from->run_sum;
	into->run_squares += from->run_squares;
	if (from->votes)
		vote(into, from->stride, from->votes);
}
