/* Where in a trace.dat does what stand? Version 6 has one thing behind the other, version 7 has
 * sections that its options point to. */
#include "import/trace_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#define PART_BYTES_MAX   (256u << 20)
#define OPTION_BYTES_MAX (1u << 20)
#define CPUS_MAX         8192u
#define OPTIONS_MAX      65536u

enum section_id {
	SECTION_OPTIONS = 0,
};

/* Options of both versions, and from 16 on those of the seventh. */
enum option_id {
	OPTION_DONE = 0,
	OPTION_CPUSTAT = 2,
	OPTION_BUFFER = 3,
	OPTION_CLOCK = 4,
	OPTION_UNAME = 5,
	OPTION_CPUCOUNT = 8,
	OPTION_TSC = 14,
	OPTION_PAGE_HEAD = 16,
	OPTION_FTRACE_FORMATS = 17,
	OPTION_FORMATS = 18,
	OPTION_KALLSYMS = 19,
	OPTION_COMMANDS = 21,
};

/* Goes through the file from an offset on. */
struct cursor {
	const struct trace_file *file;
	uint64_t at;
	int failure; /* the first one: then all is answered with zeros */
	uint64_t window_at;
	size_t window_bytes;
	unsigned char window[4096];
};

int trace_file_copy(const struct trace_file *file, uint64_t offset, void *to, size_t bytes)
{
	size_t done = 0;

	if (offset > file->bytes || bytes > file->bytes - offset)
		return -EBADMSG;
	while (done < bytes) {
		ssize_t n =
			pread(file->fd, (char *)to + done, bytes - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EBADMSG;
		done += (size_t)n;
	}
	return 0;
}

static int damaged(const struct trace_file *file, struct diag *why, const char *what)
{
	return diag_set(why, -EBADMSG, "%s is damaged: %s", file->path, what);
}

/* --- steps through the file --- */

static void refill(struct cursor *cursor)
{
	uint64_t left = cursor->at < cursor->file->bytes ? cursor->file->bytes - cursor->at : 0;
	size_t bytes = left < sizeof(cursor->window) ? (size_t)left : sizeof(cursor->window);

	cursor->window_at = cursor->at;
	cursor->window_bytes = 0;
	if (trace_file_copy(cursor->file, cursor->at, cursor->window, bytes) == 0)
		cursor->window_bytes = bytes;
}

/* Up to 256 bytes that stay until the next step. */
static const unsigned char *step(struct cursor *cursor, size_t bytes)
{
	static const unsigned char ZEROS[256];
	const unsigned char *place;

	if (cursor->at < cursor->window_at ||
	    cursor->at + bytes > cursor->window_at + cursor->window_bytes)
		refill(cursor);
	if (cursor->failure || bytes > cursor->window_bytes - (cursor->at - cursor->window_at)) {
		cursor->failure = cursor->failure ?: -EBADMSG;
		return ZEROS;
	}
	place = cursor->window + (cursor->at - cursor->window_at);
	cursor->at += bytes;
	return place;
}

static void skip(struct cursor *cursor, uint64_t bytes)
{
	if (__builtin_add_overflow(cursor->at, bytes, &cursor->at) ||
	    cursor->at > cursor->file->bytes)
		cursor->failure = -EBADMSG;
}

static uint16_t step_u16(struct cursor *cursor)
{
	return perf_load_u16(step(cursor, sizeof(uint16_t)), cursor->file->swap);
}

static uint32_t step_u32(struct cursor *cursor)
{
	return perf_load_u32(step(cursor, sizeof(uint32_t)), cursor->file->swap);
}

static uint64_t step_u64(struct cursor *cursor)
{
	return perf_load_u64(step(cursor, sizeof(uint64_t)), cursor->file->swap);
}

/* A text with its NUL, of up to 255 bytes. */
static void step_text(struct cursor *cursor, char text[256])
{
	for (size_t i = 0; i < 256; i++) {
		text[i] = (char)*step(cursor, 1);
		if (!text[i])
			return;
	}
	text[255] = '\0';
	cursor->failure = -EBADMSG;
}

/* Something with its length before it. */
static struct trace_place step_over(struct cursor *cursor, bool is_long)
{
	struct trace_place place = { .offset = cursor->at };

	skip(cursor, is_long ? step_u64(cursor) : step_u32(cursor));
	place.bytes = cursor->at - place.offset;
	return place;
}

/* --- what both versions tell in options --- */

static void take_clock(struct trace_file *file, struct perf_bytes data)
{
	size_t count, bytes = sizeof(file->clock) - 1;
	const char *text = perf_text(&data, &count);
	const char *begin = memchr(text, '[', count);
	const char *end = begin ? memchr(begin, ']', count - (size_t)(begin - text)) : NULL;

	if (!end)
		return;
	if ((size_t)(end - begin - 1) < bytes)
		bytes = (size_t)(end - begin - 1);
	memcpy(file->clock, begin + 1, bytes);
	file->clock[bytes] = '\0';
}

/* "CPU: 3\nentries: …\noverrun: 57178\n…": of the top buffer. */
static void take_statistics(struct trace_file *file, struct perf_bytes data)
{
	char text[512];
	size_t count;
	const char *bytes = perf_text(&data, &count);
	const char *overrun;
	unsigned long cpu;

	(void)snprintf(text, sizeof(text), "%.*s", (int)(count < 511 ? count : 511), bytes);
	overrun = strstr(text, "\noverrun: ");
	if (strncmp(text, "CPU: ", 5) != 0 || !overrun)
		return;
	cpu = strtoul(text + 5, NULL, 10);
	for (size_t i = 0; i < file->cpus.count; i++) {
		if (file->cpus.items[i].cpu == cpu)
			file->cpus.items[i].overrun =
				strtoull(overrun + strlen("\noverrun: "), NULL, 10);
	}
}

static void take_option(struct trace_file *file, unsigned int id, struct perf_bytes data)
{
	size_t count;
	const char *text;

	switch (id) {
	case OPTION_CLOCK:
		take_clock(file, data);
		break;
	case OPTION_UNAME:
		text = perf_text(&data, &count);
		(void)snprintf(file->system, sizeof(file->system), "%.*s",
			       (int)(count < 127 ? count : 127), text);
		break;
	case OPTION_CPUCOUNT:
		file->cpu_count = perf_u32(&data);
		break;
	case OPTION_CPUSTAT:
		take_statistics(file, data);
		break;
	case OPTION_TSC:
		file->tsc_factor = perf_u32(&data);
		file->tsc_shift = perf_u32(&data);
		file->tsc_offset = perf_u64(&data);
		file->has_tsc = !data.is_short && file->tsc_factor && file->tsc_shift < 64;
		break;
	default:
		break;
	}
}

/* A buffer has data: the first one is read. -ENOMEM. */
static int add_cpu(struct trace_file *file, uint32_t cpu, struct trace_place place)
{
	struct trace_cpu_place *kept;

	if (cpu >= CPUS_MAX || file->cpus.count >= CPUS_MAX)
		return 0;
	if (place.offset > file->bytes || place.bytes > file->bytes - place.offset) {
		file->is_cut = true;
		if (place.offset > file->bytes)
			place.offset = file->bytes;
		place.bytes = file->bytes - place.offset;
	}
	kept = array_push(&file->cpus);
	if (!kept)
		return -ENOMEM;
	*kept = (struct trace_cpu_place){ .cpu = cpu, .place = place };
	return 0;
}

static bool has_data(const struct trace_file *file)
{
	for (size_t i = 0; i < file->cpus.count; i++) {
		if (file->cpus.items[i].place.bytes)
			return true;
	}
	return false;
}

/* --- version 6 --- */

static struct trace_place walk_formats(struct cursor *cursor, bool has_systems)
{
	struct trace_place place = { .offset = cursor->at };
	uint32_t systems = has_systems ? step_u32(cursor) : 1;

	for (uint32_t i = 0; i < systems && !cursor->failure; i++) {
		uint32_t events;
		char name[256];

		if (has_systems)
			step_text(cursor, name);
		events = step_u32(cursor);
		for (uint32_t n = 0; n < events && !cursor->failure; n++)
			skip(cursor, step_u64(cursor));
	}
	place.bytes = cursor->at - place.offset;
	return place;
}

static void walk_front(struct trace_file *file, struct cursor *cursor)
{
	uint64_t begin = cursor->at;
	char name[256];

	for (int i = 0; i < 2; i++) {
		step_text(cursor, name);
		skip(cursor, step_u64(cursor));
	}
	file->parts[TRACE_PAGE_HEAD] =
		(struct trace_place){ .offset = begin, .bytes = cursor->at - begin };
	file->parts[TRACE_FTRACE_FORMATS] = walk_formats(cursor, false);
	file->parts[TRACE_FORMATS] = walk_formats(cursor, true);
	file->parts[TRACE_KALLSYMS] = step_over(cursor, false);
	(void)step_over(cursor, false); /* formats of trace_printk() */
	file->parts[TRACE_COMMANDS] = step_over(cursor, true);
	file->cpu_count = step_u32(cursor);
}

/* -ENOMEM; what does not fit is in the cursor. */
static int walk_cpus(struct trace_file *file, struct cursor *cursor)
{
	int r = 0;

	for (uint32_t i = 0; i < file->cpu_count && r == 0 && !cursor->failure; i++) {
		struct trace_place place = { .offset = step_u64(cursor) };

		place.bytes = step_u64(cursor);
		if (!cursor->failure)
			r = add_cpu(file, i, place);
	}
	return r;
}

/* A buffer of its own instance: an offset, where a frame like the file's own last one stands. */
static int walk_instance(struct trace_file *file, struct perf_bytes data)
{
	struct cursor cursor = { .file = file, .at = perf_u64(&data) };
	char kind[256];

	if (data.is_short)
		return 0;
	step_text(&cursor, kind);
	if (cursor.failure || strcmp(kind, "flyrecord") != 0)
		return 0;
	file->cpus.count = 0;
	return walk_cpus(file, &cursor);
}

/* Options are gone through twice: statistics are of CPUs that are told behind them. */
static int walk_options(struct trace_file *file, struct cursor *cursor, bool with_instances)
{
	unsigned int id = 0;
	int r = 0;

	for (size_t n = 0; n < OPTIONS_MAX && r == 0 && (id = step_u16(cursor)); n++) {
		uint32_t bytes = step_u32(cursor);
		owns(own_free) unsigned char *data = NULL;
		struct perf_bytes cut = { .left = bytes, .swap = file->swap };

		if (cursor->failure || bytes > OPTION_BYTES_MAX) {
			cursor->failure = -EBADMSG;
			return 0;
		}
		data = malloc((size_t)bytes + 1);
		if (!data)
			return -ENOMEM;
		cursor->failure = trace_file_copy(file, cursor->at, data, bytes);
		skip(cursor, bytes);
		if (cursor->failure)
			return 0;
		cut.at = data;
		if (id != OPTION_BUFFER)
			take_option(file, id, cut);
		else if (with_instances && !has_data(file))
			r = walk_instance(file, cut);
		else if (with_instances)
			file->instances++;
	}
	return r;
}

static int open_sixth(struct trace_file *file, struct cursor *cursor, struct diag *why)
{
	uint64_t options_at = 0;
	char kind[256];
	int r = 0;

	walk_front(file, cursor);
	step_text(cursor, kind);
	if (!cursor->failure && strcmp(kind, "options  ") == 0) {
		options_at = cursor->at;
		r = walk_options(file, cursor, false);
		step_text(cursor, kind);
	}
	if (r == 0 && !cursor->failure && strcmp(kind, "latency  ") == 0)
		return diag_set(why, -ENOTSUP,
				"%s has a text in it: read the text of 'trace-cmd report' instead",
				file->path);
	if (r == 0 && strcmp(kind, "flyrecord") != 0)
		cursor->failure = cursor->failure ?: -EBADMSG;
	if (r == 0)
		r = walk_cpus(file, cursor);
	if (r == 0 && !cursor->failure && options_at) {
		cursor->at = options_at;
		r = walk_options(file, cursor, true);
	}
	if (r < 0)
		return diag_set(why, r, "out of memory");
	return cursor->failure ? damaged(file, why, "it breaks off before its data") : 0;
}

/* --- version 7 --- */

struct section {
	struct trace_place place; /* behind its head */
	unsigned int id;
};

static int open_section(const struct trace_file *file, uint64_t offset, struct section *ret)
{
	struct cursor cursor = { .file = file, .at = offset };
	uint64_t bytes;

	ret->id = step_u16(&cursor);
	ret->place.is_packed = step_u16(&cursor) & 1;
	(void)step_u32(&cursor); /* its description */
	bytes = step_u64(&cursor);
	ret->place.offset = cursor.at;
	ret->place.bytes = bytes;
	if (cursor.failure || bytes > file->bytes - cursor.at)
		return -EBADMSG;
	return 0;
}

static void take_part(struct trace_file *file, enum trace_part part, struct perf_bytes data)
{
	struct section section;
	uint64_t offset = perf_u64(&data);

	if (!data.is_short && open_section(file, offset, &section) == 0)
		file->parts[part] = section.place;
}

static int take_buffer(struct trace_file *file, struct perf_bytes data)
{
	struct section section = {};
	uint64_t offset = perf_u64(&data);
	size_t count, name_bytes;
	uint32_t page_bytes, cpus;
	const char *clock;
	int r = 0;

	(void)perf_text(&data, &name_bytes);
	clock = perf_text(&data, &count);
	page_bytes = perf_u32(&data);
	cpus = perf_u32(&data);
	if (data.is_short || open_section(file, offset, &section) < 0)
		return 0;
	if (has_data(file)) {
		file->instances++;
		return 0;
	}
	file->cpus.count = 0;
	file->page_bytes = page_bytes;
	(void)snprintf(file->clock, sizeof(file->clock), "%.*s", (int)(count < 31 ? count : 31),
		       clock);
	for (uint32_t i = 0; i < cpus && r == 0; i++) {
		struct trace_place place = { .is_packed = section.place.is_packed };
		uint32_t cpu = perf_u32(&data);

		place.offset = perf_u64(&data);
		place.bytes = perf_u64(&data);
		if (data.is_short)
			break;
		r = add_cpu(file, cpu, place);
	}
	return r;
}

static int take_seventh_option(struct trace_file *file, unsigned int id, struct perf_bytes data)
{
	static const struct {
		unsigned int option;
		enum trace_part part;
	} PARTS[] = {
		{ OPTION_PAGE_HEAD, TRACE_PAGE_HEAD },
		{ OPTION_FTRACE_FORMATS, TRACE_FTRACE_FORMATS },
		{ OPTION_FORMATS, TRACE_FORMATS },
		{ OPTION_KALLSYMS, TRACE_KALLSYMS },
		{ OPTION_COMMANDS, TRACE_COMMANDS },
	};

	if (id == OPTION_BUFFER)
		return take_buffer(file, data);
	for (size_t i = 0; i < array_count(PARTS); i++) {
		if (PARTS[i].option == id)
			take_part(file, PARTS[i].part, data);
	}
	take_option(file, id, data);
	return 0;
}

/* Pass 0 finds the buffers, pass 1 what is told of their CPUs. *ret_next: where more options are.
 */
static int take_section(struct trace_file *file, const struct trace_place *place, int pass,
			uint64_t *ret_next);

static int walk_sections(struct trace_file *file, uint64_t offset, int pass)
{
	for (size_t n = 0; n < 64 && offset; n++) {
		struct section section;
		uint64_t next = 0;
		int r = open_section(file, offset, &section);

		if (r == 0 && section.id != SECTION_OPTIONS)
			r = -EBADMSG;
		if (r == 0)
			r = take_section(file, &section.place, pass, &next);
		if (r < 0)
			return r;
		offset = next;
	}
	return 0;
}

static int unpack_place(const struct trace_file *file, const struct trace_place *place,
			unsigned char **ret, size_t *ret_bytes);

static int take_section(struct trace_file *file, const struct trace_place *place, int pass,
			uint64_t *ret_next)
{
	owns(own_free) unsigned char *bytes = NULL;
	struct perf_bytes data = { .swap = file->swap };
	int r = unpack_place(file, place, &bytes, &data.left);

	data.at = bytes;
	while (r == 0 && data.left) {
		unsigned int id = perf_u16(&data);
		struct perf_bytes option = { .left = perf_u32(&data), .swap = file->swap };

		option.at = perf_take(&data, option.left);
		if (!option.at)
			break;
		if (id == OPTION_DONE) {
			*ret_next = perf_u64(&option);
			break;
		}
		if (pass == 0)
			r = take_seventh_option(file, id, option);
		else if (id == OPTION_CPUSTAT)
			take_option(file, id, option);
	}
	return r;
}

static int open_seventh(struct trace_file *file, struct cursor *cursor, struct diag *why)
{
	char name[256], version[256];
	uint64_t options_at;
	int r;

	step_text(cursor, name);
	step_text(cursor, version);
	options_at = step_u64(cursor);
	if (cursor->failure)
		return damaged(file, why, "it breaks off before its data");
	if (strcmp(name, "zstd") == 0)
		file->packing = TRACE_ZSTD;
	else if (strcmp(name, "zlib") == 0)
		file->packing = TRACE_ZLIB;
	else if (strcmp(name, "none") != 0)
		return diag_set(why, -ENOTSUP,
				"%s is packed by a method that is not known here: %.32s",
				file->path, name);
	r = walk_sections(file, options_at, 0);
	if (r == 0)
		r = walk_sections(file, options_at, 1);
	if (r == -EBADMSG)
		return damaged(file, why, "its options cannot be read: was it written to its end?");
	return r < 0 ? diag_set(why, r, "cannot read %s: %s", file->path, strerror(-r)) : 0;
}

/* --- whole files, and their parts --- */

static int open_front(struct trace_file *file, struct cursor *cursor, struct diag *why)
{
	static const char MAGIC[] = "\x17\x08\x44tracing";
	char version[256];

	if (memcmp(step(cursor, sizeof(MAGIC) - 1), MAGIC, sizeof(MAGIC) - 1) != 0)
		return diag_set(why, -EBADMSG, "%s is not a trace.dat file", file->path);
	step_text(cursor, version);
	file->version = (unsigned int)strtoul(version, NULL, 10);
	file->swap = *step(cursor, 1) != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
	(void)step(cursor, 1); /* bytes of a long of the recording program */
	file->page_bytes = step_u32(cursor);
	if (cursor->failure)
		return damaged(file, why, "it breaks off before its data");
	if (file->version < 6 || file->version > 7)
		return diag_set(
			why, -ENOTSUP,
			"%s is of version %.16s: only versions 6 and 7 are known here, to which 'trace-cmd convert' leads",
			file->path, version);
	return 0;
}

int trace_file_open(int fd, const char *path, struct trace_file *ret, struct diag *why)
{
	owns(trace_file_clear) struct trace_file file = { .fd = fd, .path = path };
	struct cursor cursor = { .file = &file };
	struct stat status;
	int r;

	if (fstat(fd, &status) < 0)
		return diag_set(why, -errno, "cannot read %s: %s", path, strerror(errno));
	if (!S_ISREG(status.st_mode))
		return diag_set(why, -ENOTSUP,
				"%s is no regular file: a trace.dat is read here and there", path);
	file.bytes = (uint64_t)status.st_size;
	r = open_front(&file, &cursor, why);
	if (r == 0)
		r = file.version == 6 ? open_sixth(&file, &cursor, why)
				      : open_seventh(&file, &cursor, why);
	if (r < 0)
		return r;
	if (!has_data(&file))
		return diag_set(why, -EBADMSG, "%s has no records: was it written to its end?",
				path);
	*ret = file;
	file = (struct trace_file){};
	return 0;
}

void trace_file_clear(struct trace_file *file)
{
	array_free(&file->cpus);
}

int trace_unpack(enum trace_packing packing, const void *from, size_t bytes, void *to,
		 size_t to_bytes)
{
	uLongf unpacked = to_bytes;

	switch (packing) {
	case TRACE_PLAIN:
		break;
	case TRACE_ZSTD:
		return ZSTD_decompress(to, to_bytes, from, bytes) == to_bytes ? 0 : -EBADMSG;
	case TRACE_ZLIB:
		return uncompress(to, &unpacked, from, bytes) == Z_OK && unpacked == to_bytes
			       ? 0
			       : -EBADMSG;
	}
	return -EBADMSG;
}

/* Before packed bytes stand how many they are, and how many they become. */
static int unpack_place(const struct trace_file *file, const struct trace_place *place,
			unsigned char **ret, size_t *ret_bytes)
{
	owns(own_free) unsigned char *bytes = NULL, *packed = NULL;
	uint32_t head[2] = {};
	uint64_t count = place->bytes;
	int r;

	if (place->is_packed) {
		r = trace_file_copy(file, place->offset, head, sizeof(head));
		if (r < 0)
			return r;
		head[0] = perf_load_u32(&head[0], file->swap);
		count = perf_load_u32(&head[1], file->swap);
	}
	if (count > PART_BYTES_MAX || head[0] > file->bytes)
		return -EBADMSG;
	bytes = malloc((size_t)count + 1);
	packed = malloc((size_t)head[0] + 1);
	if (!bytes || !packed)
		return -ENOMEM;
	if (place->is_packed) {
		r = trace_file_copy(file, place->offset + sizeof(head), packed, head[0]);
		if (r == 0)
			r = trace_unpack(file->packing, packed, head[0], bytes, (size_t)count);
	} else {
		r = trace_file_copy(file, place->offset, bytes, (size_t)count);
	}
	if (r < 0)
		return r;
	*ret = give(bytes);
	*ret_bytes = (size_t)count;
	return 0;
}

int trace_file_part(const struct trace_file *file, enum trace_part part, unsigned char **ret,
		    size_t *ret_bytes, struct diag *why)
{
	int r;

	*ret_bytes = 0;
	if (!file->parts[part].bytes)
		return 0;
	r = unpack_place(file, &file->parts[part], ret, ret_bytes);
	if (r == -EBADMSG)
		return damaged(file, why, "a part of it cannot be read");
	return r < 0 ? diag_set(why, r, "cannot read %s: %s", file->path, strerror(-r)) : 0;
}
