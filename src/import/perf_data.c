/* What did perf record? The file's frame is read, its records put in order, and each is handed to
 * the part that knows what it means. */
#include "import/perf_data.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import/perf_state.h"

/* Of records held to be put in order. */
#define HELD_BYTES_MAX ((size_t)64 << 20)

static int deliver(void *self, const struct perf_entry *entry, struct diag *why);

int perf_data_open(int fd, const char *path, struct perf_data **ret, struct diag *why)
{
	owns(perf_data_free) struct perf_data *data = calloc(1, sizeof(*data));
	int r;

	if (!data)
		return perf_no_memory(why);
	data->fd = fd;
	data->order.deliver = deliver;
	data->order.self = data;
	data->path = strdup(path);
	if (!data->path || perf_input_new(fd, &data->input) < 0 ||
	    perf_stacks_new(&data->stacks) < 0)
		return perf_no_memory(why);
	r = perf_file_open(data, why);
	if (r < 0)
		return r;
	*ret = give(data);
	return 0;
}

void perf_data_free(struct perf_data **data)
{
	struct perf_data *old = give(*data);

	if (!old)
		return;
	for (size_t i = 0; i < old->order.entries.count; i++)
		perf_input_drop(old->input, old->order.entries.items[i].record);
	perf_order_free(&old->order);
	perf_input_free(&old->input);
	perf_spans_free(&old->spans);
	guest_exits_free(&old->guests);
	perf_stacks_free(&old->stacks);
	perf_tasks_free(&old->tasks);
	perf_header_free(&old->header);
	perf_formats_free(&old->formats);
	perf_attrs_free(&old->attrs);
	hash_free(&old->readings);
	free(old->front);
	free(old->path);
	free(old);
}

const struct perf_kernel *perf_data_kernel(const struct perf_data *data)
{
	return &data->kernel;
}

bool perf_data_is_from(const struct perf_data *data, const char *host, const char *release)
{
	const struct perf_header *header = &data->header;

	return header->host[0] && header->release[0] && strcmp(header->host, host) == 0 &&
	       strcmp(header->release, release) == 0;
}

/* --- records in their order --- */

static int dispatch(struct perf_data *data, const struct perf_record *record, uint64_t time_ns,
		    struct diag *why)
{
	struct perf_bytes body = perf_body_of(data, record);

	if (record->type == PERF_REC_SAMPLE)
		return perf_sample_take(data, record, time_ns, why);
	body.left -= perf_attrs_trailer_bytes(&data->attrs, record, data->swap);
	switch (record->type) {
	case PERF_REC_COMM:
		return perf_tasks_comm(&data->tasks, body, record->misc, time_ns, &data->out, why);
	case PERF_REC_FORK:
		return perf_tasks_fork(&data->tasks, body, time_ns, &data->out, why);
	case PERF_REC_EXIT:
		return perf_tasks_exit(&data->tasks, body, time_ns, &data->out, why);
	case PERF_REC_MMAP:
	case PERF_REC_MMAP2:
		return perf_tasks_map(&data->tasks, record, body, &data->kernel, why);
	case PERF_REC_LOST:
	case PERF_REC_LOST_SAMPLES:
		return perf_lost_take(data, record, time_ns, why);
	default:
		return 0;
	}
}

static int deliver(void *self, const struct perf_entry *entry, struct diag *why)
{
	struct perf_data *data = self;
	struct perf_record record = perf_record_at(data, entry->record);
	int r;

	if (entry->time_ns && entry->time_ns < data->out.told_ns)
		data->late++;
	r = dispatch(data, &record, entry->time_ns, why);
	perf_input_drop(data->input, entry->record);
	return r;
}

/* --- records that are taken at once --- */

static int take_attr_record(struct perf_data *data, const struct perf_record *record,
			    struct diag *why)
{
	struct perf_bytes body = perf_body_of(data, record), attr = body;
	uint32_t attr_bytes;
	size_t index;
	int r;

	(void)perf_u32(&attr);
	attr_bytes = perf_u32(&attr);
	if (attr_bytes < PERF_ATTR_BYTES_MIN)
		attr_bytes = PERF_ATTR_BYTES_MIN;
	attr = body;
	if (!perf_take(&body, attr_bytes))
		return 0;
	attr.left = attr_bytes;
	r = perf_attrs_add(&data->attrs, attr, &index);
	while (r == 0 && body.left >= sizeof(uint64_t))
		r = perf_attrs_add_id(&data->attrs, perf_u64(&body), index);
	if (r == 0 && data->has_begun)
		return perf_begin_attr(data, index, why);
	return r == -ENOMEM ? perf_no_memory(why) : 0;
}

/* Only names are of use: kind 2. */
static void take_update(struct perf_data *data, const struct perf_record *record)
{
	struct perf_bytes body = perf_body_of(data, record);
	uint64_t kind = perf_u64(&body), id = perf_u64(&body);
	struct perf_attr *attr = perf_attrs_find(&data->attrs, id);
	const char *name;
	size_t count;

	name = perf_text(&body, &count);
	if (kind == 2 && attr && count && !body.is_short)
		(void)snprintf(attr->name, sizeof(attr->name), "%.*s",
			       (int)(count < sizeof(attr->name) ? count : sizeof(attr->name)),
			       name);
}

static int take_feature_record(struct perf_data *data, const struct perf_record *record,
			       struct diag *why)
{
	struct perf_bytes body = perf_body_of(data, record);
	struct perf_header_rooms rooms = perf_rooms_of(data);
	uint64_t feature = perf_u64(&body);

	return perf_header_take(&rooms, feature, body) < 0 ? perf_no_memory(why) : 0;
}

/* The formats follow the record, as many bytes as it says. */
static int take_formats(struct perf_data *data, const struct perf_record *record, struct diag *why)
{
	struct perf_bytes body = perf_body_of(data, record);
	struct perf_header_rooms rooms = perf_rooms_of(data);
	owns(own_free) unsigned char *bytes = NULL;
	uint32_t count = perf_u32(&body);
	int r;

	if (count > PERF_SECTION_BYTES_MAX)
		count = 0;
	bytes = malloc((size_t)count + 1);
	if (!bytes)
		return perf_no_memory(why);
	r = perf_input_copy(data->input, bytes, count, why);
	if (r == 0)
		perf_input_end_early(data->input, "cut inside the formats of tracepoints");
	if (r <= 0)
		return r;
	body = (struct perf_bytes){ .at = bytes, .left = count, .swap = data->swap };
	return perf_header_take(&rooms, PERF_FEAT_TRACING_DATA, body) < 0 ? perf_no_memory(why) : 0;
}

/* A processor's own trace: its bytes follow the record. */
static int skip_trace(struct perf_data *data, const struct perf_record *record, struct diag *why)
{
	struct perf_bytes body = perf_body_of(data, record);
	int r = perf_input_skip(data->input, perf_u64(&body), why);

	if (r == 0)
		perf_input_end_early(data->input, "cut inside a processor's trace");
	return r < 0 ? r : 0;
}

static int begin_if_due(struct perf_data *data, bool is_due, struct diag *why)
{
	if (data->has_begun || (!is_due && data->attrs.has_times && !data->order.newest_ns))
		return 0;
	return perf_begin(data, why);
}

static int end_round(struct perf_data *data, struct diag *why)
{
	int r = begin_if_due(data, false, why);

	return r < 0 || !data->has_begun ? r : perf_order_round(&data->order, why);
}

/* Too much is held: the oldest goes, even if something older may come. */
static int relieve(struct perf_data *data, struct diag *why)
{
	int r = begin_if_due(data, true, why);

	while (r == 0 && data->order.entries.count > 0 &&
	       perf_input_bytes(data->input) >= HELD_BYTES_MAX)
		r = perf_order_relieve(&data->order, why);
	return r;
}

static int put_in_order(struct perf_data *data, const struct perf_record *record, struct diag *why)
{
	uint64_t time_ns = perf_attrs_time(&data->attrs, record, data->swap);

	if (perf_order_put(&data->order, time_ns, record->bytes) < 0)
		return perf_no_memory(why);
	perf_input_hold(record->bytes);
	return perf_input_bytes(data->input) >= HELD_BYTES_MAX ? relieve(data, why) : 0;
}

static int take_record(struct perf_data *data, const struct perf_record *record, struct diag *why)
{
	struct perf_bytes body = perf_body_of(data, record);

	switch (record->type) {
	case PERF_REC_SAMPLE:
	case PERF_REC_COMM:
	case PERF_REC_FORK:
	case PERF_REC_EXIT:
	case PERF_REC_MMAP:
	case PERF_REC_MMAP2:
	case PERF_REC_LOST:
	case PERF_REC_LOST_SAMPLES:
		return put_in_order(data, record, why);
	case PERF_REC_FINISHED_ROUND:
		return end_round(data, why);
	case PERF_REC_ATTR:
		/* A file has them in its header already. */
		return data->is_pipe ? take_attr_record(data, record, why) : 0;
	case PERF_REC_TRACING_DATA:
		return take_formats(data, record, why);
	case PERF_REC_BUILD_ID:
		return perf_tasks_build_id(&data->tasks, body, record->misc) < 0
			       ? perf_no_memory(why)
			       : 0;
	case PERF_REC_EVENT_UPDATE:
		take_update(data, record);
		return 0;
	case PERF_REC_FEATURE:
		return take_feature_record(data, record, why);
	case PERF_REC_AUXTRACE:
		return skip_trace(data, record, why);
	default:
		data->unknown +=
			record->type > PERF_REC_USER_LAST ||
			(record->type > PERF_REC_KERNEL_LAST && record->type < PERF_REC_USER_FIRST);
		return 0;
	}
}

/* --- the end --- */

static void note_damage(struct perf_data *data)
{
	const char *damage = perf_input_damage(data->input);

	if (!damage && data->is_unfinished)
		damage = "not finished by perf: what it tells of the machine is missing";
	if (damage)
		(void)snprintf(data->damage, sizeof(data->damage), "%s was %s", data->path, damage);
}

int perf_data_read(struct perf_data *data, const struct event_sink *sink, struct diag *why)
{
	struct perf_record record;
	int r;

	data->out.sink = *sink;
	while ((r = perf_input_next(data->input, &record, why)) > 0) {
		r = take_record(data, &record, why);
		if (r < 0)
			return r;
	}
	note_damage(data);
	if (r == 0)
		r = begin_if_due(data, true, why);
	if (r == 0)
		r = perf_order_finish(&data->order, why);
	return r < 0 ? r : perf_end(data, why);
}

const char *perf_data_damage(const struct perf_data *data)
{
	return data->damage[0] ? data->damage : NULL;
}
