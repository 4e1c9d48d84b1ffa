/* How does a test make a trace.dat file, byte by byte? Of both versions, packed or not, in either
 * byte order. */
#ifndef TESTS_UNIT_IMPORT_TRACE_IMAGE_H
#define TESTS_UNIT_IMPORT_TRACE_IMAGE_H

#include <stdio.h>
#include <zlib.h>
#include <zstd.h>

#include "unit/import/guest_formats.h"
#include "unit/import/image.h"
#include "unit/import/story.h"

enum {
	TRACE_PAGE = 4096,
	TRACE_PAGE_HEAD_BYTES = 16,
	TRACE_ID_EXIT = 10,
	TRACE_ID_ENTRY = 11,
	TRACE_ID_SWITCH = 319,
};

struct trace_image {
	unsigned int version;
	const char *packing; /* of version 7: "none", "zstd", "zlib" */
	bool swap;
	const struct bytes *pages; /* of each CPU */
	size_t cpus;
};

#define TRACE_COMMON                                                           \
	"format:\n"                                                            \
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n" \
	"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n" \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"

static const char TRACE_HEADER_PAGE[] = "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n"
					"\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;\n"
					"\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;\n"
					"\tfield: char data;\toffset:16;\tsize:4080;\tsigned:1;\n";

static const char TRACE_EXIT_FORMAT[] =
	"name: funcgraph_exit\nID: 10\n" TRACE_COMMON
	"\tfield:unsigned long func;\toffset:8;\tsize:8;\tsigned:0;\n"
	"\tfield:int depth;\toffset:16;\tsize:4;\tsigned:1;\n"
	"\tfield:unsigned long long calltime;\toffset:24;\tsize:8;\tsigned:0;\n"
	"\tfield:unsigned long long rettime;\toffset:32;\tsize:8;\tsigned:0;\n";

static const char TRACE_ENTRY_FORMAT[] =
	"name: funcgraph_entry\nID: 11\n" TRACE_COMMON
	"\tfield:unsigned long func;\toffset:8;\tsize:8;\tsigned:0;\n"
	"\tfield:int depth;\toffset:16;\tsize:4;\tsigned:1;\n";

static const char TRACE_SWITCH_FORMAT[] =
	"name: sched_switch\nID: 319\n" TRACE_COMMON
	"\tfield:char prev_comm[16];\toffset:8;\tsize:16;\tsigned:0;\n"
	"\tfield:pid_t prev_pid;\toffset:24;\tsize:4;\tsigned:1;\n"
	"\tfield:char next_comm[16];\toffset:28;\tsize:16;\tsigned:0;\n"
	"\tfield:pid_t next_pid;\toffset:44;\tsize:4;\tsigned:1;\n";

/* --- pages --- */

static inline uint64_t image_u64(const struct bytes *bytes, uint64_t value)
{
	return bytes->swap ? __builtin_bswap64(value) : value;
}

static inline uint32_t image_u32(const struct bytes *bytes, uint32_t value)
{
	return bytes->swap ? __builtin_bswap32(value) : value;
}

/* A page that is being written, at the end of the bytes. */
struct trace_page {
	struct bytes *bytes;
	size_t begin;
	uint64_t time_ns;
	bool is_open;
};

static inline void page_close(struct trace_page *page)
{
	static const char ZEROS[TRACE_PAGE] = {};
	uint64_t commit;

	if (!page->is_open)
		return;
	memcpy(&commit, page->bytes->at + page->begin + 8, sizeof(commit));
	commit = image_u64(page->bytes,
			   image_u64(page->bytes, commit) |
				   (page->bytes->count - page->begin - TRACE_PAGE_HEAD_BYTES));
	memcpy(page->bytes->at + page->begin + 8, &commit, sizeof(commit));
	add(page->bytes, ZEROS, TRACE_PAGE - (page->bytes->count - page->begin));
	page->is_open = false;
}

static inline void page_open(struct trace_page *page, uint64_t time_ns, bool is_after_loss)
{
	page_close(page);
	page->begin = page->bytes->count;
	page->time_ns = time_ns;
	page->is_open = true;
	add_u64(page->bytes, time_ns);
	add_u64(page->bytes, is_after_loss ? UINT64_C(1) << 31 : 0);
}

static inline void page_event_head(struct trace_page *page, uint32_t type, uint32_t delta)
{
	/* The writer's compiler puts bits from its own end. */
	bool is_big = page->bytes->swap != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);

	add_u32(page->bytes, is_big ? type << 27 | delta : delta << 5 | type);
}

/* Data of whole words, up to 112 bytes. */
static inline void page_add(struct trace_page *page, uint64_t time_ns, const struct bytes *data)
{
	uint64_t delta = time_ns - page->time_ns;

	if (page->bytes->count - page->begin + data->count + 16 > TRACE_PAGE) {
		page_open(page, time_ns, false);
		delta = 0;
	}
	if (delta >= UINT64_C(1) << 27) {
		page_event_head(page, 30, (uint32_t)(delta & ((1u << 27) - 1)));
		add_u32(page->bytes, (uint32_t)(delta >> 27));
		delta = 0;
	}
	page->time_ns = time_ns;
	page_event_head(page, (uint32_t)(data->count / 4), (uint32_t)delta);
	add(page->bytes, data->at, data->count);
}

static inline void add_common(struct bytes *bytes, uint16_t id, enum fgraph_level level,
			      uint32_t tid)
{
	static const unsigned char FLAGS[] = { 0, 0x10, 0x08, 0x40 };
	unsigned char bits[2] = { FLAGS[level], 0 };

	add_u16(bytes, id);
	add(bytes, bits, sizeof(bits));
	add_u32(bytes, tid);
}

static inline void add_comm16(struct bytes *bytes, uint32_t tid)
{
	char comm[16] = "";

	(void)snprintf(comm, sizeof(comm), "task%u", tid);
	add(bytes, comm, sizeof(comm));
}

static inline void trace_record(struct bytes *bytes, const struct story_record *record)
{
	switch (record->kind) {
	case STORY_ENTRY:
	case STORY_EXIT:
		add_common(bytes, record->kind == STORY_EXIT ? TRACE_ID_EXIT : TRACE_ID_ENTRY,
			   record->level, record->tid);
		add_u64(bytes, STORY_ADDRESS(record->function));
		add_u32(bytes, (uint32_t)record->depth);
		add_u32(bytes, 0);
		if (record->kind == STORY_EXIT) {
			add_u64(bytes, record->start_ns);
			add_u64(bytes, record->end_ns);
		}
		break;
	case STORY_SWITCH:
		add_common(bytes, TRACE_ID_SWITCH, FGRAPH_TASK, record->tid);
		add_comm16(bytes, record->tid);
		add_u32(bytes, record->tid);
		add_comm16(bytes, record->next_tid);
		add_u32(bytes, record->next_tid);
		break;
	}
}

/* The pages of one CPU: what is lost is not in them. */
static inline void trace_pages_of(struct bytes *bytes, const struct story *story, uint32_t cpu)
{
	struct trace_page page = { .bytes = bytes };
	bool is_after_loss = false;

	for (size_t i = 0; i < story->records.count; i++) {
		const struct story_record *record = &story->records.items[i];
		struct bytes data = { .swap = bytes->swap };

		if (record->cpu != cpu)
			continue;
		if (record->is_lost) {
			is_after_loss = true;
			continue;
		}
		if (!page.is_open || is_after_loss)
			page_open(&page, record->time_ns, is_after_loss);
		is_after_loss = false;
		trace_record(&data, record);
		page_add(&page, record->time_ns, &data);
		bytes_free(&data);
	}
	page_close(&page);
}

/* --- what stands before them --- */

static inline void add_sized(struct bytes *bytes, const char *text, bool is_long)
{
	if (is_long)
		add_u64(bytes, strlen(text));
	else
		add_u32(bytes, (uint32_t)strlen(text));
	add(bytes, text, strlen(text));
}

static inline void make_page_head(struct bytes *bytes)
{
	add(bytes, "header_page", 12);
	add_sized(bytes, TRACE_HEADER_PAGE, true);
	add(bytes, "header_event", 13);
	add_sized(bytes, "# compressed entry header\n", true);
}

static inline void make_ftrace_formats(struct bytes *bytes)
{
	add_u32(bytes, 2);
	add_sized(bytes, TRACE_EXIT_FORMAT, true);
	add_sized(bytes, TRACE_ENTRY_FORMAT, true);
}

static inline void make_systems(struct bytes *bytes)
{
	add_u32(bytes, 2);
	add(bytes, "sched", 6);
	add_u32(bytes, 1);
	add_sized(bytes, TRACE_SWITCH_FORMAT, true);
	add_guest_formats(bytes);
}

static inline void make_names(struct bytes *kallsyms, struct bytes *commands)
{
	char text[2048] = "", line[64];

	for (unsigned int i = 1; i <= STORY_FUNCTIONS + 1; i++) {
		(void)snprintf(line, sizeof(line), "%016llx T function_%u\n",
			       (unsigned long long)STORY_ADDRESS(i), i);
		strcat(text, line);
	}
	add_sized(kallsyms, text, false);
	text[0] = '\0';
	for (unsigned int i = 0; i < STORY_TASKS; i++) {
		(void)snprintf(line, sizeof(line), "%u named%u\n", STORY_TID + i, i);
		strcat(text, line);
	}
	add_sized(commands, text, true);
}

static inline void pad_page(struct bytes *file)
{
	static const char ZEROS[TRACE_PAGE] = {};

	add(file, ZEROS, (TRACE_PAGE - file->count % TRACE_PAGE) % TRACE_PAGE);
}

static inline void add_option(struct bytes *bytes, uint16_t id, const struct bytes *data)
{
	add_u16(bytes, id);
	add_u32(bytes, (uint32_t)data->count);
	add(bytes, data->at, data->count);
}

static inline void add_text_option(struct bytes *bytes, uint16_t id, const char *text)
{
	struct bytes data = {};

	add(&data, text, strlen(text) + 1);
	add_option(bytes, id, &data);
	bytes_free(&data);
}

static inline void make_sixth(struct bytes *file, const struct trace_image *image)
{
	struct bytes commands = { .swap = file->swap };
	size_t table;

	make_page_head(file);
	make_ftrace_formats(file);
	make_systems(file);
	make_names(file, &commands);
	add_u32(file, 0); /* formats of trace_printk() */
	add(file, commands.at, commands.count);
	add_u32(file, (uint32_t)image->cpus);
	add(file, "options  ", 10);
	add_text_option(file, 4, "[local] global mono\n");
	add_text_option(file, 5, "Linux box 6.1 x86_64");
	add_text_option(file, 2, "CPU: 1\nentries: 7\noverrun: 0\n");
	add_u16(file, 0);
	add(file, "flyrecord", 10);
	table = file->count;
	for (size_t i = 0; i < 2 * image->cpus; i++)
		add_u64(file, 0);
	for (size_t i = 0; i < image->cpus; i++) {
		uint64_t place[2];

		pad_page(file);
		place[0] = image_u64(file, file->count);
		place[1] = image_u64(file, image->pages[i].count);
		memcpy(file->at + table + 16 * i, place, sizeof(place));
		add(file, image->pages[i].at, image->pages[i].count);
	}
	bytes_free(&commands);
}

/* --- version 7 --- */

static inline size_t pack_image(const char *packing, const struct bytes *from, unsigned char *to,
				size_t room)
{
	uLongf packed = room;

	if (strcmp(packing, "zstd") == 0)
		return ZSTD_compress(to, room, from->at, from->count, 1);
	return compress(to, &packed, from->at, from->count) == Z_OK ? packed : 0;
}

/* Before packed bytes stand both lengths. */
static inline void add_packed_block(struct bytes *to, const char *packing, const struct bytes *from)
{
	size_t room = from->count * 2 + 1024;
	unsigned char *packed = malloc(room);
	size_t count = packed ? pack_image(packing, from, packed, room) : 0;

	add_u32(to, (uint32_t)count);
	add_u32(to, (uint32_t)from->count);
	add(to, packed, count);
	free(packed);
}

/* Yields where its head stands. */
static inline uint64_t add_image_section(struct bytes *file, uint16_t id, const char *packing,
					 const struct bytes *content)
{
	uint64_t begin = file->count;
	bool is_packed = strcmp(packing, "none") != 0;
	struct bytes body = { .swap = file->swap };

	if (is_packed)
		add_packed_block(&body, packing, content);
	else
		add(&body, content->at, content->count);
	add_u16(file, id);
	add_u16(file, is_packed);
	add_u32(file, 0);
	add_u64(file, body.count);
	add(file, body.at, body.count);
	bytes_free(&body);
	return begin;
}

static inline void add_place_option(struct bytes *options, uint16_t id, uint64_t place)
{
	struct bytes data = { .swap = options->swap };

	add_u64(&data, place);
	add_option(options, id, &data);
	bytes_free(&data);
}

static inline void add_cpu_blocks(struct bytes *file, const char *packing,
				  const struct bytes *pages)
{
	size_t block = 3 * TRACE_PAGE, blocks = (pages->count + block - 1) / block;

	add_u32(file, (uint32_t)blocks);
	for (size_t at = 0; at < pages->count; at += block) {
		const struct bytes piece = { .at = pages->at + at,
					     .count = pages->count - at < block ? pages->count - at
										: block };

		add_packed_block(file, packing, &piece);
	}
}

static inline uint64_t add_buffer(struct bytes *file, const struct trace_image *image,
				  struct bytes *option)
{
	bool is_packed = strcmp(image->packing, "none") != 0;
	uint64_t begin = file->count;

	add_u16(file, 3);
	add_u16(file, is_packed);
	add_u32(file, 0);
	add_u64(file, 0); /* its length: nobody needs it */
	add_u64(option, begin);
	add(option, "", 1);
	add(option, "local", 6);
	add_u32(option, TRACE_PAGE);
	add_u32(option, (uint32_t)image->cpus);
	for (size_t i = 0; i < image->cpus; i++) {
		uint64_t at;

		pad_page(file);
		at = file->count;
		if (is_packed)
			add_cpu_blocks(file, image->packing, &image->pages[i]);
		else
			add(file, image->pages[i].at, image->pages[i].count);
		add_u32(option, (uint32_t)i);
		add_u64(option, at);
		add_u64(option, file->count - at);
	}
	return begin;
}

static inline void make_seventh(struct bytes *file, const struct trace_image *image)
{
	struct bytes parts[5], options = { .swap = file->swap }, buffer = { .swap = file->swap };
	static const uint16_t IDS[5] = { 16, 17, 18, 19, 21 };
	uint64_t first;
	size_t place;

	add(file, image->packing, strlen(image->packing) + 1);
	add(file, "1", 2);
	place = file->count;
	add_u64(file, 0);
	for (size_t i = 0; i < 5; i++)
		parts[i] = (struct bytes){ .swap = file->swap };
	make_page_head(&parts[0]);
	make_ftrace_formats(&parts[1]);
	make_systems(&parts[2]);
	make_names(&parts[3], &parts[4]);
	for (size_t i = 0; i < 5; i++)
		add_place_option(&options, IDS[i],
				 add_image_section(file, IDS[i], image->packing, &parts[i]));
	(void)add_buffer(file, image, &buffer);
	add_option(&options, 3, &buffer);
	add_text_option(&options, 5, "Linux box 6.1 x86_64");
	add_place_option(&options, 0, 0);
	first = image_u64(file, add_image_section(file, 0, "none", &options));
	memcpy(file->at + place, &first, sizeof(first));
	for (size_t i = 0; i < 5; i++)
		bytes_free(&parts[i]);
	bytes_free(&options);
	bytes_free(&buffer);
}

static inline void trace_image_make(struct bytes *file, const struct trace_image *image)
{
	unsigned char bits[2] = { image->swap != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__), 8 };

	file->swap = image->swap;
	add(file, "\x17\x08\x44tracing", 10);
	add(file, image->version == 6 ? "6" : "7", 2);
	add(file, bits, sizeof(bits));
	add_u32(file, TRACE_PAGE);
	if (image->version == 6)
		make_sixth(file, image);
	else
		make_seventh(file, image);
}

#endif
