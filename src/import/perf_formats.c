/* Where are the fields of a tracepoint's record? A reader of the lines "field:TYPE NAME;
 * offset:N; size:N; signed:N;". */
#include "import/perf_formats.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import/perf_layout.h"

#define FORMATS_MAX      16384u
#define FORMAT_BYTES_MAX (1u << 20)

struct point {
	const char *system;
	const char *name; /* the first words of it, for PERF_POINT_SYS_… */
	bool is_prefix;
	enum perf_point point;
};

static const struct point POINTS[] = {
	{ "sched", "sched_switch", false, PERF_POINT_SWITCH },
	{ "sched", "sched_waking", false, PERF_POINT_WAKING },
	{ "sched", "sched_wakeup", false, PERF_POINT_WAKEUP },
	{ "sched", "sched_wakeup_new", false, PERF_POINT_NEWBORN },
	{ "sched", "sched_process_fork", false, PERF_POINT_FORK },
	{ "sched", "sched_process_exec", false, PERF_POINT_EXEC },
	{ "sched", "sched_process_exit", false, PERF_POINT_EXIT },
	{ "block", "block_rq_insert", false, PERF_POINT_RQ_INSERT },
	{ "block", "block_rq_issue", false, PERF_POINT_RQ_ISSUE },
	{ "block", "block_rq_complete", false, PERF_POINT_RQ_COMPLETE },
	{ "block", "block_io_start", false, PERF_POINT_IO_START },
	{ "block", "block_io_done", false, PERF_POINT_IO_DONE },
	{ "raw_syscalls", "sys_enter", false, PERF_POINT_RAW_ENTER },
	{ "raw_syscalls", "sys_exit", false, PERF_POINT_RAW_EXIT },
	{ "syscalls", "sys_enter_", true, PERF_POINT_SYS_ENTER },
	{ "syscalls", "sys_exit_", true, PERF_POINT_SYS_EXIT },
	{ "lock", "contention_begin", false, PERF_POINT_CONTENTION_BEGIN },
	{ "lock", "contention_end", false, PERF_POINT_CONTENTION_END },
	{ "kvm", "kvm_exit", false, PERF_POINT_GUEST_EXIT },
	{ "kvm", "kvm_entry", false, PERF_POINT_GUEST_ENTRY },
	{ "kvm", "kvm_userspace_exit", false, PERF_POINT_GUEST_USER },
	{ "kvm", "kvm_vcpu_wakeup", false, PERF_POINT_GUEST_HALTED },
	{ "ftrace", "funcgraph_entry", false, PERF_POINT_GRAPH_ENTRY },
	{ "ftrace", "fgraph_retaddr_entry", false, PERF_POINT_GRAPH_ENTRY },
	{ "ftrace", "funcgraph_exit", false, PERF_POINT_GRAPH_EXIT },
};

static const char *const FIELDS[PERF_FIELDS] = {
	[PERF_FIELD_FLAGS] = "common_flags",
	[PERF_FIELD_PREV_PID] = "prev_pid",
	[PERF_FIELD_PREV_COMM] = "prev_comm",
	[PERF_FIELD_PREV_STATE] = "prev_state",
	[PERF_FIELD_NEXT_PID] = "next_pid",
	[PERF_FIELD_NEXT_COMM] = "next_comm",
	[PERF_FIELD_PID] = "pid",
	[PERF_FIELD_COMM] = "comm",
	[PERF_FIELD_CHILD_PID] = "child_pid",
	[PERF_FIELD_DEV] = "dev",
	[PERF_FIELD_SECTOR] = "sector",
	[PERF_FIELD_NR_SECTOR] = "nr_sector",
	[PERF_FIELD_BYTES] = "bytes",
	[PERF_FIELD_RWBS] = "rwbs",
	[PERF_FIELD_ERROR] = "error",
	[PERF_FIELD_ERRORS] = "errors",
	[PERF_FIELD_ID] = "id",
	[PERF_FIELD_RET] = "ret",
	[PERF_FIELD_SYSCALL_NR] = "__syscall_nr",
	[PERF_FIELD_NR] = "nr",
	[PERF_FIELD_LOCK_ADDR] = "lock_addr",
	[PERF_FIELD_LOCK_FLAGS] = "flags",
	[PERF_FIELD_TYPE] = "common_type",
	[PERF_FIELD_TASK] = "common_pid",
	[PERF_FIELD_FUNC] = "func",
	[PERF_FIELD_DEPTH] = "depth",
	[PERF_FIELD_CALLTIME] = "calltime",
	[PERF_FIELD_RETTIME] = "rettime",
	[PERF_FIELD_RETVAL] = "retval",
	[PERF_FIELD_EXIT_REASON] = "exit_reason",
	[PERF_FIELD_ISA] = "isa",
	[PERF_FIELD_VCPU_ID] = "vcpu_id",
	[PERF_FIELD_REASON] = "reason",
	[PERF_FIELD_NS] = "ns",
	[PERF_FIELD_ERRNO] = "errno",
};

/* --- one format's text --- */

static enum perf_point find_point(const char *system, const char *name)
{
	for (size_t i = 0; i < array_count(POINTS); i++) {
		const struct point *point = &POINTS[i];
		size_t count = strlen(point->name) + !point->is_prefix;

		if (strcmp(point->system, system) == 0 && strncmp(point->name, name, count) == 0)
			return point->point;
	}
	return PERF_POINT_NONE;
}

/* The number behind "key:" in a line, or -1. */
static long number_of(const char *line, const char *key)
{
	const char *at = strstr(line, key);
	char *end;
	long number;

	if (!at)
		return -1;
	number = strtol(at + strlen(key), &end, 10);
	return end == at + strlen(key) || number < 0 || number > PERF_RECORD_BYTES_MAX ? -1
										       : number;
}

/* The name at the end of a declaration: "char prev_comm[16]", "unsigned long args[6]". */
static size_t name_in(const char *declaration, size_t count, const char **ret)
{
	size_t end = count, begin;

	for (size_t i = 0; i < count; i++) {
		if (declaration[i] == '[' && i + 1 < count && isdigit(declaration[i + 1])) {
			end = i;
			break;
		}
	}
	while (end > 0 && declaration[end - 1] == ' ')
		end--;
	begin = end;
	while (begin > 0 && (isalnum(declaration[begin - 1]) || declaration[begin - 1] == '_'))
		begin--;
	*ret = declaration + begin;
	return end - begin;
}

/* The field that a line tells, and its name; false: it tells none. */
static bool cut_field(const char *line, struct perf_field *ret, const char **ret_name,
		      size_t *ret_count)
{
	static const char FIELD[] = "field:";
	const char *declaration = strstr(line, FIELD), *end;
	long offset = number_of(line, "offset:"), size = number_of(line, "size:");

	if (!declaration || offset < 0 || size <= 0)
		return false;
	declaration += sizeof(FIELD) - 1;
	end = strchr(declaration, ';');
	if (!end)
		return false;
	*ret_count = name_in(declaration, (size_t)(end - declaration), ret_name);
	*ret = (struct perf_field){ .offset = (uint32_t)offset,
				    .size = (uint32_t)size,
				    .is_signed = number_of(line, "signed:") > 0,
				    .is_elsewhere = strncmp(declaration, "__data_loc ", 11) == 0 };
	return true;
}

static bool is_name(const char *wanted, const char *name, size_t count)
{
	return strlen(wanted) == count && memcmp(wanted, name, count) == 0;
}

static void read_field(struct perf_format *format, const char *line)
{
	struct perf_field field;
	const char *name;
	size_t count;

	if (!cut_field(line, &field, &name, &count))
		return;
	for (size_t i = 0; i < PERF_FIELDS; i++) {
		if (is_name(FIELDS[i], name, count))
			format->fields[i] = field;
	}
}

/* The text is cut into its lines. */
static int read_format(struct perf_formats *formats, const char *system, char *text)
{
	struct perf_format format = {}, *kept;
	char name[64] = "", *rest = text, *line;

	while ((line = strsep(&rest, "\n"))) {
		if (strncmp(line, "name: ", 6) == 0)
			(void)snprintf(name, sizeof(name), "%s", line + 6);
		else if (strncmp(line, "ID: ", 4) == 0)
			format.id = strtoul(line + 4, NULL, 10);
		else
			read_field(&format, line);
	}
	if (!name[0] || formats->items.count >= FORMATS_MAX)
		return 0;
	format.point = find_point(system, name);
	(void)snprintf(format.name, sizeof(format.name), "%.31s:%.31s", system, name);
	kept = array_push(&formats->items);
	if (!kept)
		return -ENOMEM;
	*kept = format;
	return 0;
}

/* --- the file of them all --- */

/* A text of its own, with its length before it. */
static int take_text(struct perf_bytes *bytes, char **ret)
{
	uint64_t count = perf_u64(bytes);
	const unsigned char *at = perf_take(bytes, count);
	char *text;

	if (!at || bytes->is_short || count > FORMAT_BYTES_MAX)
		return -EBADMSG;
	text = calloc(1, (size_t)count + 1);
	if (!text)
		return -ENOMEM;
	memcpy(text, at, (size_t)count);
	*ret = text;
	return 0;
}

static int take_format(struct perf_formats *formats, const char *system, struct perf_bytes *bytes)
{
	owns(own_free) char *text = NULL;
	int r = take_text(bytes, &text);

	return r < 0 ? r : read_format(formats, system, text);
}

static int take_system(struct perf_formats *formats, struct perf_bytes *bytes)
{
	char system[64] = "";
	size_t count;
	const char *name = perf_text(bytes, &count);
	uint32_t events = perf_u32(bytes);
	int r = 0;

	if (bytes->is_short)
		return -EBADMSG;
	(void)snprintf(system, sizeof(system), "%.*s", (int)(count < 63 ? count : 63), name);
	for (uint32_t i = 0; i < events && r == 0; i++)
		r = take_format(formats, system, bytes);
	return r;
}

/* "header_page" and "header_event": how ftrace's own buffers look, not perf's. */
static bool skip_page_headers(struct perf_bytes *bytes)
{
	for (int i = 0; i < 2; i++) {
		size_t count;

		(void)perf_text(bytes, &count);
		(void)perf_take(bytes, perf_u64(bytes));
	}
	return !bytes->is_short;
}

int perf_formats_read_page(struct perf_bytes *bytes, struct perf_page_head *ret)
{
	owns(own_free) char *text = NULL;
	struct perf_page_head head = {};
	struct perf_field field;
	const char *name;
	char *rest, *line;
	size_t count;
	int r;

	(void)perf_text(bytes, &count); /* "header_page" */
	r = take_text(bytes, &text);
	if (r < 0)
		return r;
	rest = text;
	while ((line = strsep(&rest, "\n"))) {
		if (!cut_field(line, &field, &name, &count))
			continue;
		if (is_name("commit", name, count))
			head.commit = field;
		if (is_name("data", name, count))
			head.data = field;
	}
	if ((head.commit.size != 4 && head.commit.size != 8) || !head.data.size ||
	    head.data.offset < head.commit.offset + head.commit.size)
		return -EBADMSG;
	*ret = head;
	return 0;
}

int perf_formats_read_ftrace(struct perf_formats *formats, struct perf_bytes *bytes)
{
	uint32_t count = perf_u32(bytes);
	int r = 0;

	for (uint32_t i = 0; i < count && r == 0; i++)
		r = take_format(formats, "ftrace", bytes);
	return r;
}

int perf_formats_read_systems(struct perf_formats *formats, struct perf_bytes *bytes)
{
	uint32_t count = perf_u32(bytes);
	int r = 0;

	if (bytes->is_short)
		return -EBADMSG;
	for (uint32_t i = 0; i < count && r == 0; i++)
		r = take_system(formats, bytes);
	return r;
}

int perf_formats_read(struct perf_formats *formats, struct perf_bytes bytes)
{
	static const char MAGIC[] = "\x17\x08\x44tracing";
	const unsigned char *at = perf_take(&bytes, sizeof(MAGIC) - 1);
	size_t length;
	int r;

	if (!at || memcmp(at, MAGIC, sizeof(MAGIC) - 1) != 0)
		return -EBADMSG;
	(void)perf_text(&bytes, &length); /* the version */
	at = perf_take(&bytes, 6);        /* byte order, bytes of a long, bytes of a page */
	if (!at)
		return -EBADMSG;
	bytes.swap = at[0] != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
	if (!skip_page_headers(&bytes))
		return -EBADMSG;

	r = perf_formats_read_ftrace(formats, &bytes);
	return r < 0 ? r : perf_formats_read_systems(formats, &bytes);
}

const struct perf_format *perf_formats_find(const struct perf_formats *formats, uint64_t id)
{
	for (size_t i = 0; i < formats->items.count; i++) {
		if (formats->items.items[i].id == id)
			return &formats->items.items[i];
	}
	return NULL;
}

void perf_formats_free(struct perf_formats *formats)
{
	array_free(&formats->items);
}

/* --- a record --- */

bool perf_field_is_there(const struct perf_format *format, enum perf_field_id id)
{
	return format->fields[id].size > 0;
}

/* The field's bytes, or NULL. */
static const unsigned char *field_in(const struct perf_field *field, struct perf_bytes raw)
{
	(void)perf_take(&raw, field->offset);
	return field->size ? perf_take(&raw, field->size) : NULL;
}

uint64_t perf_field_number(const struct perf_format *format, enum perf_field_id id,
			   struct perf_bytes raw)
{
	const struct perf_field *field = &format->fields[id];
	const unsigned char *at = field_in(field, raw);

	if (!at)
		return 0;
	switch (field->size) {
	case 1:
		return field->is_signed ? (uint64_t)(int8_t)at[0] : at[0];
	case 2: {
		uint16_t value = perf_load_u16(at, raw.swap);

		return field->is_signed ? (uint64_t)(int16_t)value : value;
	}
	case 4: {
		uint32_t value = perf_load_u32(at, raw.swap);

		return field->is_signed ? (uint64_t)(int32_t)value : value;
	}
	default:
		return field->size >= 8 ? perf_load_u64(at, raw.swap) : 0;
	}
}

void perf_field_text(const struct perf_format *format, enum perf_field_id id, struct perf_bytes raw,
		     char *ret, size_t bytes)
{
	struct perf_field field = format->fields[id];
	const unsigned char *at;
	size_t count;

	memset(ret, 0, bytes);
	if (field.is_elsewhere && field.size == sizeof(uint32_t)) {
		uint64_t place = perf_field_number(format, id, raw);

		field.offset = place & 0xffff;
		field.size = place >> 16 & 0xffff;
	}
	at = field_in(&field, raw);
	count = at ? strnlen((const char *)at, field.size) : 0;
	if (at)
		memcpy(ret, at, count < bytes ? count : bytes - 1);
}
