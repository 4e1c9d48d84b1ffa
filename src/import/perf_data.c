/* What did perf record? The file's frame is read, its records put in order, and each is handed to
 * the part that knows what it means. */
#include "import/perf_data.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <unistd.h>

#include "import/perf_attrs.h"
#include "import/perf_formats.h"
#include "import/perf_header.h"
#include "import/perf_input.h"
#include "import/perf_layout.h"
#include "import/perf_order.h"
#include "import/perf_spans.h"
#include "import/perf_stacks.h"
#include "import/perf_tasks.h"
#include "import/perf_tell.h"

/* Of records held to be put in order. */
#define HELD_BYTES_MAX ((size_t)64 << 20)

#define SECTION_BYTES_MAX ((uint64_t)256 << 20)

struct section {
	uint64_t offset;
	uint64_t bytes;
};

struct perf_data {
	int fd;
	char *path;
	bool swap;
	bool is_pipe;
	bool has_begun;
	bool is_unfinished; /* perf did not come to write how long it is */
	bool is_featureless;
	struct perf_input *input;
	unsigned char *front; /* the bytes of a file before its data */
	size_t front_bytes;
	struct perf_attrs attrs;
	struct perf_formats formats;
	struct perf_header header;
	struct perf_tasks tasks;
	struct perf_stacks *stacks;
	struct perf_spans *spans; /* NULL: no tracepoint so far */
	struct perf_order order;
	struct perf_out out;
	struct perf_kernel kernel;
	struct hash_map readings; /* counter's id → its last value */
	uint64_t unknown;         /* records of kinds that are not known here */
	uint64_t broken;          /* samples that are not as their attr says */
	uint64_t late;
	uint64_t told_losses;
	uint64_t summed_losses; /* as perf tells at the end */
	char damage[512];
};

static int no_memory(struct diag *why)
{
	return diag_set(why, -ENOMEM, "no memory to read a perf.data file");
}

static struct perf_header_rooms rooms_of(struct perf_data *data)
{
	return (struct perf_header_rooms){ .header = &data->header,
					   .attrs = &data->attrs,
					   .formats = &data->formats,
					   .tasks = &data->tasks };
}

/* --- the frame of a file --- */

/* So many bytes from that place of the file, malloc'ed; NULL when they cannot be had. */
static unsigned char *read_section(const struct perf_data *data, const struct section *section)
{
	unsigned char *bytes;
	size_t done = 0;

	if (section->bytes > SECTION_BYTES_MAX || section->offset > INT64_MAX - section->bytes)
		return NULL;
	bytes = malloc((size_t)section->bytes + 1);
	if (!bytes)
		return NULL;
	if (section->offset + section->bytes <= data->front_bytes) {
		memcpy(bytes, data->front + section->offset, (size_t)section->bytes);
		return bytes;
	}
	while (done < section->bytes) {
		ssize_t n = pread(data->fd, bytes + done, (size_t)section->bytes - done,
				  (off_t)(section->offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			free(bytes);
			return NULL;
		}
		done += (size_t)n;
	}
	return bytes;
}

static struct section take_section(struct perf_bytes *bytes)
{
	struct section section = { .offset = perf_u64(bytes) };

	section.bytes = perf_u64(bytes);
	return section;
}

static int take_ids(struct perf_data *data, const struct section *section, size_t index)
{
	owns(own_free) unsigned char *ids = read_section(data, section);
	struct perf_bytes bytes = { .at = ids,
				    .left = ids ? (size_t)section->bytes : 0,
				    .swap = data->swap };
	int r = 0;

	while (bytes.left >= sizeof(uint64_t) && r == 0)
		r = perf_attrs_add_id(&data->attrs, perf_u64(&bytes), index);
	return r;
}

static int take_attrs(struct perf_data *data, const struct section *section, uint64_t attr_bytes,
		      struct diag *why)
{
	owns(own_free) unsigned char *attrs = read_section(data, section);
	struct perf_bytes bytes = { .at = attrs,
				    .left = attrs ? (size_t)section->bytes : 0,
				    .swap = data->swap };
	int r = 0;

	if (attr_bytes < PERF_ATTR_BYTES_MIN + PERF_SECTION_BYTES ||
	    attr_bytes > PERF_ATTR_BYTES_MAX || bytes.left < attr_bytes)
		return diag_set(why, -EBADMSG, "%s is damaged: it does not say what was recorded",
				data->path);
	while (bytes.left >= attr_bytes && r == 0) {
		struct perf_bytes attr = { .at = bytes.at,
					   .left = (size_t)attr_bytes - PERF_SECTION_BYTES,
					   .swap = data->swap };
		struct section ids;
		size_t index;

		(void)perf_take(&bytes, attr.left);
		ids = take_section(&bytes);
		r = perf_attrs_add(&data->attrs, attr, &index);
		if (r == 0)
			r = take_ids(data, &ids, index);
	}
	return r == -ENOMEM ? no_memory(why) : 0;
}

/* Where a feature's bytes are says a table behind the data, in the order of their bits. */
static int take_features(struct perf_data *data, const unsigned char *bits,
			 const struct section *records, struct diag *why)
{
	struct perf_header_rooms rooms = rooms_of(data);
	struct section table = { .offset = records->offset + records->bytes };
	int r = 0;

	for (size_t i = 0; i < PERF_FEATURE_BITS && r == 0; i++) {
		owns(own_free) unsigned char *place = NULL, *bytes = NULL;
		struct perf_bytes cursor = { .left = PERF_SECTION_BYTES, .swap = data->swap };
		struct section section;

		if (!(perf_load_u64(bits + i / 64 * 8, data->swap) >> i % 64 & 1))
			continue;
		table.bytes = PERF_SECTION_BYTES;
		place = read_section(data, &table);
		table.offset += PERF_SECTION_BYTES;
		if (!place) {
			data->is_featureless = true;
			break;
		}
		cursor.at = place;
		section = take_section(&cursor);
		bytes = read_section(data, &section);
		if (bytes)
			r = perf_header_take(&rooms, i,
					     (struct perf_bytes){ .at = bytes,
								  .left = (size_t)section.bytes,
								  .swap = data->swap });
	}
	return r < 0 ? no_memory(why) : 0;
}

/* All that stands before the records, so that also a file that comes through a pipe can be read. */
static int read_front(struct perf_data *data, uint64_t count, struct diag *why)
{
	int r;

	if (count < PERF_FILE_HEAD_BYTES || count > SECTION_BYTES_MAX)
		return diag_set(why, -EBADMSG, "%s is damaged: its header makes no sense",
				data->path);
	data->front = realloc(data->front, (size_t)count);
	if (!data->front)
		return no_memory(why);
	r = perf_input_copy(data->input, data->front + data->front_bytes,
			    (size_t)count - data->front_bytes, why);
	if (r == 0)
		return diag_set(why, -EBADMSG, "%s was cut inside its header: nothing can be read",
				data->path);
	data->front_bytes = (size_t)count;
	return r < 0 ? r : 0;
}

static int open_file(struct perf_data *data, struct diag *why)
{
	struct perf_bytes head = { .swap = data->swap };
	struct section attrs, records;
	uint64_t attr_bytes;
	int r = read_front(data, PERF_FILE_HEAD_BYTES, why);

	if (r < 0)
		return r;
	head.at = data->front + PERF_PIPE_HEAD_BYTES;
	head.left = PERF_FILE_HEAD_BYTES - PERF_PIPE_HEAD_BYTES;
	attr_bytes = perf_u64(&head);
	attrs = take_section(&head);
	records = take_section(&head);
	r = read_front(data, records.offset, why);
	if (r == 0)
		r = take_attrs(data, &attrs, attr_bytes, why);
	if (r == 0 && records.bytes && records.offset + records.bytes > records.offset)
		r = take_features(data, data->front + PERF_FEATURES_AT, &records, why);
	data->is_unfinished = !records.bytes;
	perf_input_begin(data->input, data->swap, records.bytes ? records.bytes : UINT64_MAX);
	return r;
}

static int open_any(struct perf_data *data, struct diag *why)
{
	static const char MAGIC[] = "PERFILE2", MAGIC_SWAPPED[] = "2ELIFREP";
	uint64_t head_bytes;
	int r;

	data->front = calloc(1, PERF_PIPE_HEAD_BYTES);
	if (!data->front)
		return no_memory(why);
	r = perf_input_copy(data->input, data->front, PERF_PIPE_HEAD_BYTES, why);
	if (r < 0)
		return r;
	data->front_bytes = PERF_PIPE_HEAD_BYTES;
	if (r > 0 && memcmp(data->front, MAGIC_SWAPPED, 8) == 0)
		data->swap = true;
	else if (r == 0 || memcmp(data->front, MAGIC, 8) != 0)
		return diag_set(why, -EBADMSG, "%s holds no recording of perf", data->path);
	head_bytes = perf_load_u64(data->front + 8, data->swap);
	data->is_pipe = head_bytes == PERF_PIPE_HEAD_BYTES;
	if (data->is_pipe) {
		perf_input_begin(data->input, data->swap, UINT64_MAX);
		return 0;
	}
	if (head_bytes != PERF_FILE_HEAD_BYTES)
		return diag_set(why, -ENOTSUP,
				"%s has a header of %" PRIu64 " bytes: perf has written none such",
				data->path, head_bytes);
	return open_file(data, why);
}

static int deliver(void *self, const struct perf_entry *entry, struct diag *why);

int perf_data_open(int fd, const char *path, struct perf_data **ret, struct diag *why)
{
	owns(perf_data_free) struct perf_data *data = calloc(1, sizeof(*data));
	int r;

	if (!data)
		return no_memory(why);
	data->fd = fd;
	data->order.deliver = deliver;
	data->order.self = data;
	data->path = strdup(path);
	if (!data->path || perf_input_new(fd, &data->input) < 0 ||
	    perf_stacks_new(&data->stacks) < 0)
		return no_memory(why);
	r = open_any(data, why);
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

/* --- the begin of the watch --- */

static struct perf_record record_at(const struct perf_data *data, const unsigned char *at)
{
	return (struct perf_record){ .bytes = at,
				     .type = perf_load_u32(at, data->swap),
				     .misc = perf_load_u16(at + 4, data->swap),
				     .size = perf_load_u16(at + 6, data->swap) };
}

static struct perf_bytes body_of(const struct perf_data *data, const struct perf_record *record)
{
	return (struct perf_bytes){ .at = record->bytes + PERF_RECORD_HEAD_BYTES,
				    .left = record->size - (size_t)PERF_RECORD_HEAD_BYTES,
				    .swap = data->swap };
}

/* The first record that names a process: this one, or, with 0, one that begins a program, as the
 * command does that perf has run. */
static uint32_t find_name(const struct perf_data *data, uint32_t wanted_pid, char name[64])
{
	uint32_t found = 0;
	uint64_t found_ns = UINT64_MAX;

	for (size_t i = 0; i < data->order.entries.count; i++) {
		const struct perf_entry *entry = &data->order.entries.items[i];
		struct perf_record record = record_at(data, entry->record);
		struct perf_bytes body = body_of(data, &record);
		uint32_t pid = perf_u32(&body), tid = perf_u32(&body);
		const char *comm;
		size_t count;

		if (record.type != PERF_REC_COMM || entry->time_ns >= found_ns || pid != tid)
			continue;
		if (wanted_pid ? pid != wanted_pid : !(record.misc & PERF_MISC_COMM_EXEC))
			continue;
		comm = perf_text(&body, &count);
		(void)snprintf(name, 64, "%.*s", (int)(count < 16 ? count : 16), comm);
		found = pid;
		found_ns = entry->time_ns;
	}
	return found;
}

static bool waits_for_exec(const struct perf_data *data)
{
	for (size_t i = 0; i < data->attrs.items.count; i++) {
		if (data->attrs.items.items[i].flags & PERF_FLAG_ENABLE_ON_EXEC)
			return true;
	}
	return false;
}

static int tell_watch(struct perf_data *data, struct diag *why)
{
	struct event_watch watch = {
		.head = PERF_EVENT_HEAD(event_watch, WATCH, data->out.told_ns),
		.target = WATCH_MACHINE,
		.cpus = data->header.cpus ? data->header.cpus : 1,
	};

	if (data->header.is_process && !data->header.is_machine) {
		watch.target = WATCH_PROCESS;
		watch.pid = data->header.pid;
		if (watch.pid)
			(void)find_name(data, watch.pid, watch.name);
	} else if (!data->header.is_machine && waits_for_exec(data)) {
		watch.pid = find_name(data, 0, watch.name);
		watch.target = watch.pid ? WATCH_COMMAND : WATCH_MACHINE;
	}
	data->tasks.all_are_targets = watch.target == WATCH_MACHINE;
	return perf_tell(&data->out, &watch, why);
}

static int tell_sampler(struct perf_data *data, size_t index, struct diag *why)
{
	const struct perf_attr *attr = &data->attrs.items.items[index];
	struct event_sampler sampler = {
		.head = PERF_EVENT_HEAD(event_sampler, SAMPLER, data->out.told_ns),
		.id = (uint32_t)index + 1,
		.unit = perf_attr_is_clock(attr) ? SAMPLER_NS : SAMPLER_COUNT,
	};
	_Static_assert(sizeof(sampler.name) == PERF_NAME_BYTES, "names");

	perf_attr_name(attr, sampler.name);
	return perf_attr_is_silent(attr) ? 0 : perf_tell(&data->out, &sampler, why);
}

static void name_tracepoint(struct perf_data *data, struct perf_attr *attr)
{
	if (attr->type != PERF_ATTR_TRACEPOINT)
		return;
	attr->format = perf_formats_find(&data->formats, attr->config);
	if (attr->format && !attr->name[0])
		(void)snprintf(attr->name, sizeof(attr->name), "%.63s", attr->format->name);
}

/* Spans need the switches of all threads: those of some tell only how they went. */
static bool has_switches(const struct perf_data *data)
{
	for (size_t i = 0; i < data->attrs.items.count; i++) {
		const struct perf_format *format = data->attrs.items.items[i].format;

		if (format && format->point == PERF_POINT_SWITCH)
			return data->tasks.all_are_targets;
	}
	return false;
}

/* What is to be known before the samples are believed. */
static int note_limits(struct perf_data *data)
{
	bool has_dumps = false;
	int r = 0;

	for (size_t i = 0; i < data->attrs.items.count; i++)
		has_dumps |=
			(data->attrs.items.items[i].sample_type & PERF_SAMPLE_HAS_STACK_USER) != 0;
	if (has_dumps)
		r = perf_header_note(&data->header, "missing.samples.stacks",
				     "the copies of user stacks (--call-graph dwarf) are ignored: "
				     "user code is told without its callers");
	if (r == 0 && !has_switches(data))
		r = perf_header_note(
			&data->header, "missing.perf.switches",
			"when threads ran and what they waited for: that takes perf record -a "
			"with -e sched:sched_switch and -e sched:sched_waking");
	if (r == 0 && data->is_featureless)
		r = perf_header_note(&data->header, "missing.perf.header",
				     "what perf tells about the machine could not be read");
	if (r == 0)
		r = perf_header_note(&data->header, "clock", "%s",
				     data->attrs.has_times ? "perf's" : "none: nothing has a time");
	return r;
}

/* The first records are there: say what this is. */
static int begin(struct perf_data *data, struct diag *why)
{
	uint64_t first_ns = UINT64_MAX;
	int r;

	data->has_begun = true;
	for (size_t i = 0; i < data->order.entries.count; i++) {
		uint64_t time_ns = data->order.entries.items[i].time_ns;

		if (time_ns && time_ns < first_ns)
			first_ns = time_ns;
	}
	data->out.begin_ns = data->out.told_ns = first_ns == UINT64_MAX ? 0 : first_ns;
	for (size_t i = 0; i < data->attrs.items.count; i++)
		name_tracepoint(data, &data->attrs.items.items[i]);
	r = tell_watch(data, why);
	if (r == 0 && note_limits(data) < 0)
		r = no_memory(why);
	if (r == 0)
		r = perf_header_tell(&data->header, &data->out, why);
	for (size_t i = 0; i < data->attrs.items.count && r == 0; i++)
		r = tell_sampler(data, i, why);
	return r;
}

/* --- samples --- */

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
			return no_memory(why);
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

	if (!data->spans && perf_spans_new(&data->tasks, &data->spans) < 0)
		return no_memory(why);
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

static int take_sample(struct perf_data *data, const struct perf_record *record, uint64_t time_ns,
		       struct diag *why)
{
	struct perf_bytes body = body_of(data, record);
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

/* --- the other records --- */

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
	return has_switches(data) ? LOSS_SWITCH : LOSS_SAMPLE;
}

static int take_lost(struct perf_data *data, const struct perf_record *record, uint64_t time_ns,
		     struct diag *why)
{
	struct perf_bytes body = body_of(data, record);
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
	return tell_loss(data, lost_kind(data), count, why);
}

static int dispatch(struct perf_data *data, const struct perf_record *record, uint64_t time_ns,
		    struct diag *why)
{
	struct perf_bytes body = body_of(data, record);

	if (record->type == PERF_REC_SAMPLE)
		return take_sample(data, record, time_ns, why);
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
		return take_lost(data, record, time_ns, why);
	default:
		return 0;
	}
}

static int deliver(void *self, const struct perf_entry *entry, struct diag *why)
{
	struct perf_data *data = self;
	struct perf_record record = record_at(data, entry->record);
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
	struct perf_bytes body = body_of(data, record), attr = body;
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
	if (r == 0 && data->has_begun) {
		name_tracepoint(data, &data->attrs.items.items[index]);
		return tell_sampler(data, index, why);
	}
	return r == -ENOMEM ? no_memory(why) : 0;
}

/* Only names are of use: kind 2. */
static void take_update(struct perf_data *data, const struct perf_record *record)
{
	struct perf_bytes body = body_of(data, record);
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
	struct perf_bytes body = body_of(data, record);
	struct perf_header_rooms rooms = rooms_of(data);
	uint64_t feature = perf_u64(&body);

	return perf_header_take(&rooms, feature, body) < 0 ? no_memory(why) : 0;
}

/* The formats follow the record, as many bytes as it says. */
static int take_formats(struct perf_data *data, const struct perf_record *record, struct diag *why)
{
	struct perf_bytes body = body_of(data, record);
	struct perf_header_rooms rooms = rooms_of(data);
	owns(own_free) unsigned char *bytes = NULL;
	uint32_t count = perf_u32(&body);
	int r;

	if (count > SECTION_BYTES_MAX)
		count = 0;
	bytes = malloc((size_t)count + 1);
	if (!bytes)
		return no_memory(why);
	r = perf_input_copy(data->input, bytes, count, why);
	if (r == 0)
		perf_input_end_early(data->input, "cut inside the formats of tracepoints");
	if (r <= 0)
		return r;
	body = (struct perf_bytes){ .at = bytes, .left = count, .swap = data->swap };
	return perf_header_take(&rooms, PERF_FEAT_TRACING_DATA, body) < 0 ? no_memory(why) : 0;
}

/* A processor's own trace: its bytes follow the record. */
static int skip_trace(struct perf_data *data, const struct perf_record *record, struct diag *why)
{
	struct perf_bytes body = body_of(data, record);
	int r = perf_input_skip(data->input, perf_u64(&body), why);

	if (r == 0)
		perf_input_end_early(data->input, "cut inside a processor's trace");
	return r < 0 ? r : 0;
}

static int begin_if_due(struct perf_data *data, bool is_due, struct diag *why)
{
	if (data->has_begun || (!is_due && data->attrs.has_times && !data->order.newest_ns))
		return 0;
	return begin(data, why);
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
		return no_memory(why);
	perf_input_hold(record->bytes);
	return perf_input_bytes(data->input) >= HELD_BYTES_MAX ? relieve(data, why) : 0;
}

static int take_record(struct perf_data *data, const struct perf_record *record, struct diag *why)
{
	struct perf_bytes body = body_of(data, record);

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
		return perf_tasks_build_id(&data->tasks, body, record->misc) < 0 ? no_memory(why)
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
		return no_memory(why);
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

static int tell_end(struct perf_data *data, struct diag *why)
{
	struct event_watch_end end = {
		.head = PERF_EVENT_HEAD(event_watch_end, WATCH_END, data->out.told_ns),
	};
	int r = 0;

	if (data->spans)
		r = perf_spans_finish(data->spans, data->out.told_ns, &data->out, why);
	if (r == 0)
		r = tell_losses(data, why);
	if (r == 0)
		r = tell_end_facts(data, why);
	return r < 0 ? r : perf_tell(&data->out, &end, why);
}

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
	return r < 0 ? r : tell_end(data, why);
}

const char *perf_data_damage(const struct perf_data *data)
{
	return data->damage[0] ? data->damage : NULL;
}
