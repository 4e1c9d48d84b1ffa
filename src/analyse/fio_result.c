/* What did fio measure? Its JSON, field by field; what is missing or odd is a failure, not a zero.
 */
#include "analyse/fio_result.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum {
	BINS_MAX = 1 << 14, /* fio has fewer than 2,000 */
};

static void drop(json_t **value)
{
	json_decref(*value);
	*value = NULL;
}

/* The line on which the JSON begins; NULL: none. */
static const char *find_json(const char *text, size_t bytes)
{
	for (const char *line = text, *end = text + bytes; line < end;) {
		const char *next = memchr(line, '\n', (size_t)(end - line));

		if (*line == '{')
			return line;
		if (!next)
			break;
		line = next + 1;
	}
	return NULL;
}

/* --- numbers --- */

static int read_count(const json_t *object, const char *key, uint64_t *ret)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return -EBADMSG;
	*ret = (uint64_t)json_integer_value(value);
	return 0;
}

/* "51456": a bucket's name is its time. */
static int read_digits(const char *text, uint64_t *ret)
{
	uint64_t value = 0;

	if (!*text)
		return -EBADMSG;
	for (; *text; text++) {
		if (*text < '0' || *text > '9' || __builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*text - '0'), &value))
			return -EBADMSG;
	}
	*ret = value;
	return 0;
}

static int compare_bins(const void *left, const void *right)
{
	const struct fio_bin *a = left, *b = right;

	return (a->ns > b->ns) - (a->ns < b->ns);
}

static int read_bins(json_t *bins, struct fio_flow *flow)
{
	const char *key;
	json_t *value;

	if (json_object_size(bins) > BINS_MAX)
		return -EBADMSG;
	json_object_foreach(bins, key, value)
	{
		struct fio_bin *bin = array_push(&flow->bins);

		if (!bin)
			return -ENOMEM;
		if (!json_is_integer(value) || json_integer_value(value) < 0 ||
		    read_digits(key, &bin->ns) < 0)
			return -EBADMSG;
		bin->count = (uint64_t)json_integer_value(value);
	}
	if (flow->bins.count)
		qsort(flow->bins.items, flow->bins.count, sizeof(*flow->bins.items), compare_bins);
	return 0;
}

/* Which of its times have buckets is a matter of the job's options. */
static json_t *find_times(const json_t *way)
{
	json_t *times = json_object_get(way, "clat_ns");

	if (json_object_get(times, "bins"))
		return times;
	return json_object_get(json_object_get(way, "lat_ns"), "bins")
		       ? json_object_get(way, "lat_ns")
		       : times;
}

static int read_times(const json_t *way, struct fio_flow *flow)
{
	json_t *times = find_times(way);
	int r = read_count(times, "N", &flow->timed);

	if (r == 0)
		r = read_count(times, "min", &flow->min_ns);
	if (r == 0)
		r = read_count(times, "max", &flow->max_ns);
	if (r == 0 && !json_is_number(json_object_get(times, "mean")))
		r = -EBADMSG;
	if (r < 0)
		return r;
	flow->mean_ns = json_number_value(json_object_get(times, "mean"));
	return read_bins(json_object_get(times, "bins"), flow);
}

static int read_way(const json_t *job, const char *name, struct fio_flow *flow, uint64_t *ret_ms)
{
	const json_t *way = json_object_get(job, name);
	int r = read_count(way, "io_bytes", &flow->bytes);

	if (r == 0)
		r = read_count(way, "total_ios", &flow->ops);
	if (r == 0)
		r = read_count(way, "runtime", ret_ms);
	/* Without an operation its other fields mean nothing. */
	return r == 0 && flow->ops ? read_times(way, flow) : r;
}

/* --- the whole --- */

static int read_job(const json_t *job, struct fio_result *result)
{
	uint64_t ms[BENCH_WAYS] = {}, error = 0, most;
	int r = read_count(job, "error", &error);

	for (enum bench_way way = BENCH_READ; way < BENCH_WAYS && r == 0; way++)
		r = read_way(job, bench_way_name(way), &result->flows[way], &ms[way]);
	if (r < 0)
		return r;
	result->error = error < 4096 ? (int)error : EIO;
	most = ms[BENCH_READ] > ms[BENCH_WRITE] ? ms[BENCH_READ] : ms[BENCH_WRITE];
	return __builtin_mul_overflow(most, 1000000, &result->jobs_ns) ? -EBADMSG : 0;
}

static int read_root(const json_t *root, struct fio_result *result, struct diag *why)
{
	const json_t *jobs = json_object_get(root, "jobs");
	const char *version = json_string_value(json_object_get(root, "fio version"));
	int r;

	if (!version || !json_is_array(jobs) || !json_array_size(jobs))
		return diag_set(why, -EBADMSG, "fio's result is not what fio writes");
	if (json_array_size(jobs) > 1)
		return diag_set(
			why, -ENOTSUP,
			"the job file has %zu groups of jobs (stonewall, new_group), whose times "
			"cannot be put together: make a job file of each",
			json_array_size(jobs));
	(void)snprintf(result->version, sizeof(result->version), "%s", version);
	r = read_job(json_array_get(jobs, 0), result);
	return r < 0 ? diag_set(why, r,
				r == -ENOMEM ? "out of memory"
					     : "fio's result is not what fio writes")
		     : 0;
}

int fio_result_read(const char *text, size_t bytes, struct fio_result *ret, struct diag *why)
{
	owns(fio_result_end) struct fio_result result = {};
	const char *begin = find_json(text, bytes);
	owns(drop) json_t *root = NULL;
	json_error_t error;
	int r;

	if (!begin)
		return diag_set(why, -EBADMSG, "fio wrote no result");
	/* It may say something behind it as well. */
	root = json_loadb(begin, bytes - (size_t)(begin - text),
			  JSON_DISABLE_EOF_CHECK | JSON_REJECT_DUPLICATES, &error);
	if (!root)
		return diag_set(why, -EBADMSG, "fio's result is cut or damaged at its line %d",
				error.line);
	r = read_root(root, &result, why);
	if (r < 0)
		return r;
	*ret = result;
	result = (struct fio_result){};
	return 0;
}

void fio_result_end(struct fio_result *result)
{
	for (enum bench_way way = BENCH_READ; way < BENCH_WAYS; way++)
		array_free(&result->flows[way].bins);
}

void fio_result_trouble(const char *text, size_t bytes, char *room, size_t room_bytes)
{
	const char *json = find_json(text, bytes);
	const char *end = json ? json : text + bytes;
	size_t length = 0;

	while (text < end && (*text == '\n' || *text == ' '))
		text++;
	if (end - text >= 5 && memcmp(text, "fio: ", 5) == 0)
		text += 5;
	while (text + length < end && text[length] != '\n' && length + 1 < room_bytes)
		length++;
	memcpy(room, text, length);
	room[length] = '\0';
}

/* --- adding up --- */

static uint64_t add_bounded(uint64_t one, uint64_t other)
{
	uint64_t sum;

	return __builtin_add_overflow(one, other, &sum) ? UINT64_MAX : sum;
}

static int add_bin(struct fio_flow *flow, const struct fio_bin *bin)
{
	struct fio_bin *last = flow->bins.count ? &flow->bins.items[flow->bins.count - 1] : NULL;

	if (last && last->ns == bin->ns) {
		last->count = add_bounded(last->count, bin->count);
		return 0;
	}
	last = array_push(&flow->bins);
	if (!last)
		return -ENOMEM;
	*last = *bin;
	return 0;
}

/* Both are sorted, and so is what comes of them. */
static int merge_bins(const struct fio_flow *flow, const struct fio_flow *other,
		      struct fio_flow *merged)
{
	size_t i = 0, j = 0;
	int r = 0;

	while (r == 0 && (i < flow->bins.count || j < other->bins.count)) {
		bool is_first =
			j == other->bins.count ||
			(i < flow->bins.count && flow->bins.items[i].ns <= other->bins.items[j].ns);

		r = add_bin(merged, is_first ? &flow->bins.items[i] : &other->bins.items[j]);
		i += is_first;
		j += !is_first;
	}
	return r;
}

int fio_flow_merge(struct fio_flow *flow, const struct fio_flow *other)
{
	struct fio_flow merged = *flow;
	int r;

	memset(&merged.bins, 0, sizeof(merged.bins));
	r = merge_bins(flow, other, &merged);
	if (r < 0) {
		array_free(&merged.bins);
		return r;
	}
	if (other->timed) {
		double all = (double)flow->timed + (double)other->timed;

		merged.min_ns =
			flow->timed && flow->min_ns < other->min_ns ? flow->min_ns : other->min_ns;
		merged.max_ns = flow->max_ns > other->max_ns ? flow->max_ns : other->max_ns;
		merged.mean_ns = (flow->mean_ns * (double)flow->timed +
				  other->mean_ns * (double)other->timed) /
				 all;
	}
	merged.bytes = add_bounded(flow->bytes, other->bytes);
	merged.ops = add_bounded(flow->ops, other->ops);
	merged.timed = add_bounded(flow->timed, other->timed);
	array_free(&flow->bins);
	*flow = merged;
	return 0;
}

/* The time that this part of the operations did not exceed; 0: there are none. */
static uint64_t quantile_of(const struct fio_flow *flow, uint64_t counted, double part)
{
	double wanted = (double)counted * part, seen = 0;

	for (size_t i = 0; i < flow->bins.count; i++) {
		uint64_t ns = flow->bins.items[i].ns;

		seen += (double)flow->bins.items[i].count;
		if (seen < wanted)
			continue;
		/* A bucket's time stands for all in it. */
		if (ns < flow->min_ns)
			return flow->min_ns;
		return ns > flow->max_ns ? flow->max_ns : ns;
	}
	return 0;
}

/* A number too large for it is the largest. */
static uint64_t whole(double ns)
{
	if (!(ns > 0))
		return 0;
	return ns < (double)INT64_MAX ? (uint64_t)ns : INT64_MAX;
}

void fio_flow_tell(const struct fio_flow *flow, struct latency *ret)
{
	uint64_t counted = 0;

	*ret = (struct latency){ .count = flow->timed };
	if (!flow->timed)
		return;
	for (size_t i = 0; i < flow->bins.count; i++)
		counted = add_bounded(counted, flow->bins.items[i].count);
	ret->bytes = flow->bytes;
	ret->min_ns = flow->min_ns;
	ret->max_ns = flow->max_ns;
	ret->total_ns = whole(flow->mean_ns * (double)flow->timed);
	ret->p50_ns = quantile_of(flow, counted, 0.5);
	ret->p90_ns = quantile_of(flow, counted, 0.9);
	ret->p99_ns = quantile_of(flow, counted, 0.99);
	ret->p999_ns = quantile_of(flow, counted, 0.999);
}
