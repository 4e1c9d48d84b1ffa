/* What stands before a file's records? What perf's events are, and, behind the records, what it
 * tells of the machine. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "import/perf_state.h"

struct section {
	uint64_t offset;
	uint64_t bytes;
};

/* So many bytes from that place of the file, malloc'ed; NULL when they cannot be had. */
static unsigned char *read_section(const struct perf_data *data, const struct section *section)
{
	unsigned char *bytes;
	size_t done = 0;

	if (section->bytes > PERF_SECTION_BYTES_MAX || section->offset > INT64_MAX - section->bytes)
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
	return r == -ENOMEM ? perf_no_memory(why) : 0;
}

/* Where a feature's bytes are says a table behind the data, in the order of their bits. */
static int take_features(struct perf_data *data, const unsigned char *bits,
			 const struct section *records, struct diag *why)
{
	struct perf_header_rooms rooms = perf_rooms_of(data);
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
	return r < 0 ? perf_no_memory(why) : 0;
}

/* All that stands before the records, so that also a file that comes through a pipe can be read. */
static int read_front(struct perf_data *data, uint64_t count, struct diag *why)
{
	int r;

	if (count < PERF_FILE_HEAD_BYTES || count > PERF_SECTION_BYTES_MAX)
		return diag_set(why, -EBADMSG, "%s is damaged: its header makes no sense",
				data->path);
	data->front = realloc(data->front, (size_t)count);
	if (!data->front)
		return perf_no_memory(why);
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

int perf_file_open(struct perf_data *data, struct diag *why)
{
	static const char MAGIC[] = "PERFILE2", MAGIC_SWAPPED[] = "2ELIFREP";
	uint64_t head_bytes;
	int r;

	data->front = calloc(1, PERF_PIPE_HEAD_BYTES);
	if (!data->front)
		return perf_no_memory(why);
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
