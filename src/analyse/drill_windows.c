/* What happened in a call? The pieces of its thread's time that lie in it; what is left was on a
 * CPU, and samples say where. */
#include <errno.h>
#include <string.h>

#include "analyse/drill_state.h"

static int find_root(struct drill *drill, uint32_t name, uint32_t *ret)
{
	uint64_t *place = hash_put(&drill->by_root, name);

	if (!place)
		return -ENOMEM;
	if (!*place) {
		struct drill_root *root = array_push(&drill->roots);

		if (!root)
			return -ENOMEM;
		root->name = name;
		*place = drill->roots.count;
	}
	*ret = (uint32_t)(*place - 1);
	return 0;
}

static int find_cause(struct drill *drill, const struct drill_piece *piece, uint32_t *ret)
{
	uint64_t key = hash_pair((uint64_t)piece->class_id << 8 | piece->waker_kind,
				 (uint64_t)piece->waker << 32 | piece->device);
	bool is_full = drill->causes.count >= DRILL_CAUSES_MAX && !hash_find(&drill->by_cause, key);
	/* The rest has a key that no pair of names makes by more than chance. */
	uint64_t *place = hash_put(&drill->by_cause, is_full ? UINT64_MAX : key);
	struct drill_cause_sum *cause;

	if (!place)
		return -ENOMEM;
	if (!*place) {
		cause = array_push(&drill->causes);
		if (!cause)
			return -ENOMEM;
		cause->class_id = piece->class_id;
		cause->waker_kind = is_full ? WAKER_REST : piece->waker_kind;
		cause->waker = is_full ? 0 : piece->waker;
		cause->device = is_full ? 0 : piece->device;
		cause->is_rest = is_full;
		*place = drill->causes.count;
	}
	*ret = (uint32_t)*place;
	return 0;
}

/* One part more; what has no room is in the tree all the same. */
static int add_share(struct drill *drill, uint32_t window, const struct drill_share *share)
{
	const struct aggregate amount = {
		.comm = drill->roots.items[drill->windows.items[window].root].name,
		.kernel = share->content,
		.samples = 1,
		.weight = share->ns,
	};
	struct drill_share *place;

	if (drill->shares.count < DRILL_PARTS_MAX) {
		place = array_push(&drill->shares);
		if (!place)
			return -ENOMEM;
		*place = *share;
		place->window = window;
	} else {
		drill->crowded++;
	}
	/* Of samples only the end tells what they stand for. */
	return share->kind == PIECE_SAMPLE
		       ? 0
		       : aggregates_add(&drill->profiler->wall.aggregates, &amount);
}

static int add_span(struct drill *drill, uint32_t place, const struct drill_piece *piece,
		    uint64_t ns)
{
	struct drill_window *window = &drill->windows.items[place];
	struct drill_share share = { .kind = piece->kind, .ns = ns };
	int r;

	if (piece->kind == PIECE_QUEUE) {
		window->runnable_ns += ns;
	} else {
		window->blocked_ns += ns;
		drill->waits++;
		drill->stackless += !piece->kernel;
		r = find_cause(drill, piece, &share.cause);
		if (r < 0)
			return r;
		drill->causes.items[share.cause - 1].count++;
		drill->causes.items[share.cause - 1].ns += ns;
	}
	r = drill_path(drill, piece, &share.content);
	return r < 0 ? r : add_share(drill, place, &share);
}

static int add_sample(struct drill *drill, uint32_t place, const struct drill_piece *piece)
{
	struct drill_share share = { .kind = PIECE_SAMPLE, .ns = piece->weight };
	int r = drill_path(drill, piece, &share.content);

	if (r < 0)
		return r;
	drill->samples++;
	return add_share(drill, place, &share);
}

/* A stay in the queue behind a wait is one in the same stack. */
static void inherit_stack(struct drill_piece *piece, const struct drill_piece *last)
{
	if (piece->kind == PIECE_QUEUE && last && last->kind == PIECE_WAIT &&
	    last->end_ns == piece->start_ns) {
		piece->kernel = last->kernel;
		piece->user = last->user;
	}
}

/* The pieces of a thread come in order of their ends and do not overlap; where they do for want of
 * exact clocks, the first has the time. */
static int add_pieces(struct drill *drill, const struct drill_thread *thread, uint32_t place)
{
	const struct drill_window window = drill->windows.items[place];
	const struct drill_piece *last = NULL;
	uint64_t cursor_ns = window.start_ns + window.unknown_ns;
	int r = 0;

	for (size_t i = 0; i < thread->pieces.count && r == 0; i++) {
		struct drill_piece piece = thread->pieces.items[i];
		uint64_t from_ns = piece.start_ns > cursor_ns ? piece.start_ns : cursor_ns;
		uint64_t to_ns = piece.end_ns < window.end_ns ? piece.end_ns : window.end_ns;

		inherit_stack(&piece, last);
		if (piece.kind == PIECE_SAMPLE) {
			if (piece.end_ns >= window.start_ns && piece.end_ns <= window.end_ns)
				r = add_sample(drill, place, &piece);
			continue;
		}
		last = &thread->pieces.items[i];
		if (to_ns <= from_ns)
			continue;
		r = add_span(drill, place, &piece, to_ns - from_ns);
		cursor_ns = to_ns;
	}
	return r;
}

static int new_window(struct drill *drill, const struct drill_thread *thread,
		      const struct drill_call_span *call, uint32_t *ret)
{
	const struct task *task = threads_find(&drill->profiler->threads, call->tid);
	struct drill_window *window;
	uint32_t root;
	int r = find_root(drill, call->root, &root);

	if (r < 0)
		return r;
	window = array_push(&drill->windows);
	if (!window)
		return -ENOMEM;
	window->root = root;
	window->tid = call->tid;
	window->comm = task ? task->comm : 0;
	window->flags = call->flags;
	window->start_ns = call->start_ns;
	window->end_ns = call->end_ns;
	if (thread && thread->gone_ns > call->start_ns)
		window->unknown_ns =
			(thread->gone_ns < call->end_ns ? thread->gone_ns : call->end_ns) -
			call->start_ns;
	*ret = (uint32_t)(drill->windows.count - 1);
	return 0;
}

int drill_add_call(struct drill *drill, const struct drill_thread *thread,
		   const struct drill_call_span *call)
{
	uint64_t ns = call->end_ns > call->start_ns ? call->end_ns - call->start_ns : 0;
	uint32_t place;
	int r;

	if (ns < drill->options.over_ns || !ns) {
		drill->short_calls++;
		return 0;
	}
	if (drill->windows.count >= DRILL_WINDOWS_MAX || ns > DRILL_CALL_NS_MAX) {
		drill->left_over++;
		return 0;
	}
	r = new_window(drill, thread, call, &place);
	if (r == 0 && thread)
		r = add_pieces(drill, thread, place);
	if (r < 0)
		return r;
	histogram_add(drill->histogram, ns);
	drill->roots.items[drill->windows.items[place].root].on_cpu_ns +=
		drill_on_cpu(&drill->windows.items[place]);
	return 0;
}

/* --- at the end --- */

/* A sample's part of what its function's calls were on a CPU; rounded so that all parts sum to it.
 */
static int spread_sample(struct drill *drill, const struct drill_share *share)
{
	struct drill_root *root = &drill->roots.items[drill->windows.items[share->window].root];
	struct aggregate amount = { .comm = root->name, .kernel = share->content, .samples = 1 };
	uint64_t upto_ns;

	root->seen += share->ns;
	upto_ns =
		root->weight
			? (uint64_t)((unsigned __int128)root->on_cpu_ns * root->seen / root->weight)
			: 0;
	amount.weight = upto_ns - root->given_ns;
	root->given_ns = upto_ns;
	return aggregates_add(&drill->profiler->wall.aggregates, &amount);
}

static int spread(struct drill *drill)
{
	int r = 0;

	for (size_t i = 0; i < drill->shares.count && r == 0; i++) {
		if (drill->shares.items[i].kind == PIECE_SAMPLE)
			r = spread_sample(drill, &drill->shares.items[i]);
	}
	/* What no sample is of is the function's own. */
	for (size_t i = 0; i < drill->roots.count && r == 0; i++) {
		const struct drill_root *root = &drill->roots.items[i];
		const struct aggregate amount = { .comm = root->name,
						  .weight = root->on_cpu_ns - root->given_ns };

		if (amount.weight)
			r = aggregates_add(&drill->profiler->wall.aggregates, &amount);
	}
	return r;
}

static int add_unknown(struct drill *drill)
{
	int r = 0;

	for (size_t i = 0; i < drill->windows.count && r == 0; i++) {
		const struct drill_window *window = &drill->windows.items[i];
		const struct aggregate amount = { .comm = drill->roots.items[window->root].name,
						  .weight = window->unknown_ns };

		if (amount.weight)
			r = aggregates_add(&drill->profiler->wall.aggregates, &amount);
	}
	return r;
}

int drill_settle(struct drill *drill)
{
	int r;

	if (drill->is_settled)
		return 0;
	drill->is_settled = true;
	for (size_t i = 0; i < drill->shares.count; i++) {
		const struct drill_share *share = &drill->shares.items[i];

		if (share->kind == PIECE_SAMPLE)
			drill->roots.items[drill->windows.items[share->window].root].weight +=
				share->ns;
	}
	r = add_unknown(drill);
	return r < 0 ? r : spread(drill);
}
