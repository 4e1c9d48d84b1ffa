/* How does a test tell a story of samples? In events, to profiles that add up. */
#include "profiled.h"

#include <stdlib.h>
#include <string.h>

#include "harness/test.h"

static uint64_t at(double ms)
{
	return (uint64_t)((double)BEGIN_NS + ms * 1e6 + 0.5);
}

void stream_sampler(struct stream *stream, uint32_t id, enum sampler_unit unit, const char *name)
{
	struct event_sampler sampler = { .id = id, .unit = unit };

	memcpy(sampler.name, name, strlen(name));
	stream_add(stream, EVENT_SAMPLER, &sampler, sizeof(sampler));
}

void stream_period(struct stream *stream, uint32_t sampler, uint32_t tid, uint64_t stack,
		   uint64_t period)
{
	struct event_sample sample = {
		.sampler = sampler, .tid = tid, .stack = stack, .period = period
	};

	stream_add(stream, EVENT_SAMPLE, &sample, sizeof(sample));
}

void stream_usage(struct stream *stream, uint32_t tid, double ms, double run_ms, double kernel_ms)
{
	struct event_usage usage = {
		.head.time_ns = at(ms),
		.tid = tid,
		.run_ns = (uint64_t)(run_ms * 1e6),
		.user_ns = (uint64_t)((run_ms - kernel_ms) * 1e6),
		.kernel_ns = (uint64_t)(kernel_ms * 1e6),
	};

	stream_add(stream, EVENT_USAGE, &usage, sizeof(usage));
}

void stream_call(struct stream *stream, uint32_t tid, int32_t number, const double ms[2],
		 uint64_t user_stack)
{
	struct event_syscall call = {
		.head.time_ns = at(ms[1]),
		.start_ns = at(ms[0]),
		.tid = tid,
		.number = number,
		.user_stack = user_stack,
		.fd = -1,
	};

	stream_add(stream, EVENT_SYSCALL, &call, sizeof(call));
}

static int compare_items(const void *left, const void *right)
{
	const struct stream_item *a = left, *b = right;

	if (a->event->time_ns != b->event->time_ns)
		return a->event->time_ns < b->event->time_ns ? -1 : 1;
	return a->place < b->place ? -1 : 1;
}

static void check_rows(const struct profile *profile)
{
	uint64_t self = 0, samples = 0;

	for (size_t i = 0; i < profile->rows.count; i++) {
		const struct profile_row *row = &profile->rows.items[i];

		self += row->self;
		samples += row->self_samples;
		assert_true(row->total <= profile->amount && row->self <= row->total);
		assert_true(row->total_samples <= profile->samples);
		if (i)
			assert_true(row->self <= profile->rows.items[i - 1].self);
	}
	if (profile->min_share > 0)
		return;
	assert_int_equal(self, profile->amount);
	assert_int_equal(samples, profile->samples);
}

/* Each node's total is its own part and its children's, which stand by falling total. */
static void check_node(const struct profile *profile, size_t index)
{
	const struct profile_node *nodes = profile->nodes.items, *node = &nodes[index];
	uint64_t total = node->self, last = UINT64_MAX;
	size_t child = index + 1;

	if (child == profile->nodes.count || nodes[child].depth <= node->depth)
		child = 0;
	for (; child; child = nodes[child].next) {
		assert_int_equal(nodes[child].depth, node->depth + 1);
		assert_true(nodes[child].total <= last);
		last = nodes[child].total;
		total += last;
	}
	assert_int_equal(total, node->total);
}

static void check_tree(const struct profile *profile)
{
	uint64_t self = 0, samples = 0;

	for (size_t i = 0; i < profile->nodes.count; i++) {
		self += profile->nodes.items[i].self;
		samples += profile->nodes.items[i].self_samples;
		check_node(profile, i);
	}
	assert_int_equal(self, profile->amount);
	assert_int_equal(samples, profile->samples);
	assert_int_equal(profile->nodes.items[0].total, profile->amount);
}

struct profiles stream_profile(struct stream *stream, const char *by, double min_share,
			       bool is_wall)
{
	struct profiler_options options = { .min_share = min_share, .is_wall = is_wall };
	struct profiler *profiler = NULL;
	struct profiles profiles = {};
	struct diag why = {};

	assert_int_equal(profile_keys_read(by, &options.keys), 0);
	qsort(stream->items.items, stream->items.count, sizeof(*stream->items.items),
	      compare_items);
	assert_int_equal(profiler_new(&options, &profiler), 0);
	for (size_t i = 0; i < stream->items.count; i++)
		assert_int_equal(profiler_take(profiler, stream->items.items[i].event, &why), 0);
	assert_int_equal(profiler_profiles(profiler, &profiles, &why), 0);
	profiler_free(&profiler);
	for (size_t i = 0; i < profiles.items.count; i++) {
		check_rows(profiles.items.items[i]);
		check_tree(profiles.items.items[i]);
	}
	return profiles;
}

const struct profile_row *profile_row(const struct profile *profile, const char *threads,
				      const char *function)
{
	for (size_t i = 0; i < profile->rows.count; i++) {
		const struct profile_row *row = &profile->rows.items[i];

		if (function && strcmp(profile->frames.items[row->frame].name, function) != 0)
			continue;
		if (!threads || strcmp(profile->frames.items[row->threads].name, threads) == 0)
			return row;
	}
	return NULL;
}

static size_t find_child(const struct profile *profile, size_t node, const char *name)
{
	const struct profile_node *nodes = profile->nodes.items;
	size_t child = node + 1;

	if (child == profile->nodes.count || nodes[child].depth <= nodes[node].depth)
		return 0;
	while (child && strcmp(profile->frames.items[nodes[child].frame].name, name) != 0)
		child = nodes[child].next;
	return child;
}

const struct profile_node *profile_path(const struct profile *profile, const char *name, ...)
{
	size_t node = 0;
	va_list args;

	va_start(args, name);
	for (; name; name = va_arg(args, const char *)) {
		node = find_child(profile, node, name);
		if (!node)
			break;
	}
	va_end(args);
	return node ? &profile->nodes.items[node] : NULL;
}

const struct profile_pool *profile_pool(const struct profile *profile, const char *name)
{
	for (size_t i = 0; i < profile->pools.count; i++) {
		if (strcmp(profile->pools.items[i].name, name) == 0)
			return &profile->pools.items[i];
	}
	return NULL;
}

bool profile_tells(const struct profile *profile, const char *words)
{
	for (size_t i = 0; i < profile->notes.count; i++) {
		if (strstr(profile->notes.items[i].words, words))
			return true;
	}
	return false;
}
