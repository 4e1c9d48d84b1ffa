/* When are operations begun, and how many at once? The begins come in order; what ended in between
 * is played back, so that the time at each depth is exact. */
#include <errno.h>
#include <stdlib.h>

#include "analyse/workload_state.h"

/* --- how values scatter (Welford) --- */

void scatter_add(struct scatter *scatter, double value)
{
	double before = value - scatter->mean;

	scatter->count++;
	scatter->mean += before / (double)scatter->count;
	scatter->squares += before * (value - scatter->mean);
}

void scatter_merge(struct scatter *into, const struct scatter *from)
{
	double apart = from->mean - into->mean;
	double count = (double)into->count + (double)from->count;

	if (!from->count)
		return;
	into->squares +=
		from->squares + apart * apart * (double)into->count * (double)from->count / count;
	into->mean += apart * (double)from->count / count;
	into->count += from->count;
}

/* The square root by Newton: the library's is of no use for this alone. */
static double root(double value)
{
	double guess = value > 1 ? value : 1;

	if (!(value > 0))
		return 0;
	for (int i = 0; i < 600; i++) {
		double better = (guess + value / guess) / 2;

		if (better >= guess)
			break;
		guess = better;
	}
	return guess;
}

double scatter_ratio(const struct scatter *scatter)
{
	if (scatter->count < 2 || scatter->mean == 0)
		return 0;
	return root(scatter->squares / (double)scatter->count) / scatter->mean;
}

/* --- what is in flight: a heap by the time of completion --- */

static void swap(struct flight *a, struct flight *b)
{
	struct flight old = *a;

	*a = *b;
	*b = old;
}

static int flights_push(struct pace *pace, const struct flight *flight)
{
	struct flight *items, *place = array_push(&pace->flights);
	size_t i;

	if (!place)
		return -ENOMEM;
	*place = *flight;
	items = pace->flights.items;
	for (i = pace->flights.count - 1; i; i = (i - 1) / 2) {
		if (items[(i - 1) / 2].done_ns <= items[i].done_ns)
			break;
		swap(&items[i], &items[(i - 1) / 2]);
	}
	return 0;
}

static void flights_pop(struct pace *pace)
{
	struct flight *items = pace->flights.items;
	size_t count = --pace->flights.count;

	items[0] = items[count];
	for (size_t i = 0, least = 0;; i = least) {
		for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < count; child++) {
			if (items[child].done_ns < items[least].done_ns)
				least = child;
		}
		if (least == i)
			return;
		swap(&items[i], &items[least]);
	}
}

/* --- time at each depth --- */

static uint32_t depth_of(const struct pace *pace)
{
	return pace->flights.count < DEPTHS_MAX ? (uint32_t)pace->flights.count : DEPTHS_MAX;
}

static void pass(struct pace *pace, uint64_t now_ns)
{
	if (now_ns <= pace->cursor_ns)
		return;
	if (pace->cursor_ns)
		pace->sums.at_depth[depth_of(pace)] += now_ns - pace->cursor_ns;
	pace->cursor_ns = now_ns;
}

/* The program has it back. The depth still counts it. */
static int finish(struct modeller *modeller, struct pace *pace, const struct flight *flight)
{
	pass(pace, flight->done_ns);
	if (pace->is_rising)
		pace->sums.peaks[depth_of(pace)]++;
	pace->is_rising = false;
	pace->has_taken = true;
	pace->sums.taken++;
	return visits_finish(modeller, flight);
}

/* Play back what the program had back by then. */
static int play(struct modeller *modeller, struct pace *pace, uint64_t until_ns)
{
	while (pace->flights.count && pace->flights.items[0].done_ns <= until_ns) {
		struct flight flight = pace->flights.items[0];
		int r = finish(modeller, pace, &flight);

		flights_pop(pace);
		if (r < 0)
			return r;
		if (!pace->flights.count)
			pace->idle_ns = flight.done_ns;
	}
	return 0;
}

/* --- pauses and arrivals --- */

static int see_gap(struct pace *pace, uint64_t submit_ns)
{
	uint64_t gap_ns = submit_ns > pace->idle_ns ? submit_ns - pace->idle_ns : 0;
	struct pace_sums *sums = &pace->sums;

	if (gap_ns < PAUSE_MIN_NS)
		return 0;
	sums->pauses++;
	sums->pause_ns += gap_ns;
	scatter_add(&sums->pause_apart, (double)pace->since_pause);
	pace->since_pause = 0;
	return histograms_add(&pace->pauses, gap_ns);
}

/* One that is far longer than most must not speak for all. */
static void see_interval(struct pace *pace, double interval_ns)
{
	struct pace_sums *sums = &pace->sums;
	double apart;

	if (pace->median_ns == 0)
		pace->median_ns = interval_ns;
	else
		pace->median_ns *= interval_ns > pace->median_ns ? 1.02 : 0.98;
	apart = interval_ns < 2 * pace->median_ns ? interval_ns - pace->median_ns : pace->median_ns;
	sums->intervals++;
	sums->interval_squares += apart * apart;
	sums->interval_pairs += apart * pace->last_apart;
	pace->last_apart = apart;
}

static int see_call(struct pace *pace, uint64_t submit_ns)
{
	struct pace_sums *sums = &pace->sums;
	uint64_t interval_ns = submit_ns - pace->submit_ns;
	bool is_later = pace->submit_ns && submit_ns > pace->submit_ns;

	if (is_later)
		see_interval(pace, (double)interval_ns);
	sums->calls++;
	sums->rounds += pace->has_taken;
	pace->has_taken = false;
	pace->batch = 0;
	pace->submit_ns = submit_ns;
	return is_later ? histograms_add(&pace->intervals, interval_ns) : 0;
}

/* The call that hands it over begins. */
static int begin(struct modeller *modeller, struct pace *pace, const struct held *held)
{
	int r;

	if (pace->submit_ns == held->submit_ns && pace->submit_ns)
		return 0;
	r = play(modeller, pace, held->submit_ns);
	if (r < 0)
		return r;
	if (held->submit_ns < pace->cursor_ns)
		pace->sums.late++;
	pass(pace, held->submit_ns);
	r = pace->idle_ns ? see_gap(pace, held->submit_ns) : 0;
	pace->idle_ns = 0;
	return r < 0 ? r : see_call(pace, held->submit_ns);
}

static uint16_t side_of(const struct held *held)
{
	if (held->operation == IO_READ)
		return WORKLOAD_READ;
	return held->operation == IO_WRITE ? WORKLOAD_WRITE : SIDE_SYNC;
}

int pace_take(struct modeller *modeller, struct actor *actor, const struct held *held)
{
	struct pace *pace = &actor->pace;
	struct flight flight = {
		.submit_ns = held->submit_ns,
		.from_ns = held->handed_ns ? held->handed_ns : held->start_ns,
		.done_ns = held->done_ns,
		.visit = held->visit,
		.side = side_of(held),
	};
	int r = begin(modeller, pace, held);

	if (r == 0 && pace->flights.count >= FLIGHTS_MAX)
		r = play(modeller, pace, pace->flights.items[0].done_ns);
	if (r == 0)
		r = flights_push(pace, &flight);
	if (r < 0)
		return r;
	pace->sums.submitted++;
	pace->since_pause++;
	pace->is_rising = true;
	if (++pace->batch > pace->sums.batch_max)
		pace->sums.batch_max = pace->batch;
	if (pace->flights.count > pace->sums.depth_max)
		pace->sums.depth_max = (uint32_t)pace->flights.count;
	return 0;
}

int pace_end(struct modeller *modeller, struct actor *actor)
{
	struct pace *pace = &actor->pace;
	int r = play(modeller, pace, UINT64_MAX);

	pace->sums.rounds += pace->has_taken;
	pace->has_taken = false;
	return r;
}

void pace_free(struct pace *pace)
{
	array_free(&pace->flights);
	free(pace->pauses);
	free(pace->intervals);
	pace->pauses = pace->intervals = NULL;
}
