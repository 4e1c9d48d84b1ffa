/* What has the kernel counted of its locks? Line by line: a heading that names the columns, a row
 * for each class, and below it where its locks were waited for and held. */
#include "import/lock_stat.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"

enum {
	COLUMNS_MAX = 16,
	NAME_BYTES_MAX =
		256, /* the kernel cuts the names of classes at 38, those of functions at 511 */
	NS_PER_HUNDREDTH = 10, /* times are told in hundredths of a microsecond */
};

/* Where a number goes: kernel/locking/lockdep_proc.c, seq_header(). */
struct column {
	const char *name;
	size_t offset; /* in struct event_lock_class */
	bool is_time;
	uint32_t flag; /* enum lock_class_flags that it brings */
};

#define COLUMN(name, field, is_time, flag)                                    \
	{                                                                     \
		name, offsetof(struct event_lock_class, field), is_time, flag \
	}
static const struct column COLUMNS[] = {
	COLUMN("con-bounces", contended_bounces, false, LOCK_CLASS_BOUNCES),
	COLUMN("contentions", contentions, false, 0),
	COLUMN("waittime-min", wait_min_ns, true, 0),
	COLUMN("waittime-max", wait_max_ns, true, 0),
	COLUMN("waittime-total", wait_ns, true, 0),
	COLUMN("acq-bounces", acquired_bounces, false, LOCK_CLASS_BOUNCES),
	COLUMN("acquisitions", acquisitions, false, 0),
	COLUMN("holdtime-min", hold_min_ns, true, 0),
	COLUMN("holdtime-max", hold_max_ns, true, 0),
	COLUMN("holdtime-total", hold_ns, true, 0),
};
#undef COLUMN

struct piece {
	const char *text;
	size_t bytes;
};

struct reading {
	const struct event_sink *sink;
	struct diag *why;
	uint64_t time_ns;
	uint32_t look;
	uint32_t class_id;        /* of the last row */
	unsigned int rules;       /* lines of dashes since */
	size_t column_count;      /* 0: no heading yet */
	int columns[COLUMNS_MAX]; /* indices of COLUMNS; -1: of no use here, as the averages */
	uint64_t line_number;
	uint64_t bad_lines;
	uint64_t first_bad;
};

/* --- pieces of text --- */

static struct piece trimmed(struct piece piece)
{
	while (piece.bytes && isspace((unsigned char)piece.text[0])) {
		piece.text++;
		piece.bytes--;
	}
	while (piece.bytes && isspace((unsigned char)piece.text[piece.bytes - 1]))
		piece.bytes--;
	return piece;
}

/* The next word; false at the end. *rest moves behind it. */
static bool take_word(struct piece *rest, struct piece *ret)
{
	struct piece piece = trimmed(*rest);
	size_t bytes = 0;

	while (bytes < piece.bytes && !isspace((unsigned char)piece.text[bytes]))
		bytes++;
	*ret = (struct piece){ piece.text, bytes };
	*rest = (struct piece){ piece.text + bytes, piece.bytes - bytes };
	return bytes;
}

static const char *find_text(struct piece piece, const char *wanted)
{
	return memmem(piece.text, piece.bytes, wanted, strlen(wanted));
}

static bool is_made_of(struct piece piece, char letter)
{
	for (size_t i = 0; i < piece.bytes; i++) {
		if (piece.text[i] != letter)
			return false;
	}
	return piece.bytes;
}

/* Decimal digits; with hundredths they are hundredths. False: something else, or too many. */
static bool read_number(struct piece word, bool has_hundredths, uint64_t *ret)
{
	size_t point = has_hundredths && word.bytes > 3 ? word.bytes - 3 : word.bytes;
	uint64_t value = 0;

	if (!word.bytes || (has_hundredths && word.text[point] != '.'))
		return false;
	for (size_t i = 0; i < word.bytes; i++) {
		if (i == point)
			continue;
		if (!isdigit((unsigned char)word.text[i]) ||
		    __builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(word.text[i] - '0'), &value))
			return false;
	}
	*ret = value;
	return true;
}

/* --- what is told --- */

static int tell_fact(const struct reading *reading, const char *key, struct piece value)
{
	union {
		struct event_fact fact;
		char bytes[sizeof(struct event_fact) + 64 + NAME_BYTES_MAX];
	} event = {};
	size_t key_bytes = strlen(key);
	size_t value_bytes = value.bytes < NAME_BYTES_MAX ? value.bytes : NAME_BYTES_MAX;

	memcpy(event.bytes + sizeof(event.fact), key, key_bytes);
	memcpy(event.bytes + sizeof(event.fact) + key_bytes, value.text, value_bytes);
	event.fact.head = (struct event){
		.bytes =
			(uint32_t)((sizeof(event.fact) + key_bytes + value_bytes + 7) & ~(size_t)7),
		.kind = EVENT_FACT,
		.time_ns = reading->time_ns,
	};
	event.fact.key_bytes = (uint16_t)key_bytes;
	event.fact.value_bytes = (uint16_t)value_bytes;
	return event_sink_take(reading->sink, &event.fact.head, reading->why);
}

static int tell_class(struct reading *reading, struct event_lock_class *class, struct piece name)
{
	union {
		struct event_lock_class class;
		char bytes[sizeof(struct event_lock_class) + NAME_BYTES_MAX];
	} event = {};
	size_t bytes = name.bytes < NAME_BYTES_MAX ? name.bytes : NAME_BYTES_MAX;

	class->head = (struct event){
		.bytes = (uint32_t)((sizeof(*class) + bytes + 7) & ~(size_t)7),
		.kind = EVENT_LOCK_CLASS,
		.time_ns = reading->time_ns,
	};
	class->id = ++reading->class_id;
	class->look = reading->look;
	class->name_bytes = (uint16_t)bytes;
	event.class = *class;
	memcpy(event.bytes + sizeof(*class), name.text, bytes);
	return event_sink_take(reading->sink, &event.class.head, reading->why);
}

static int tell_site(const struct reading *reading, uint64_t count, struct piece name)
{
	union {
		struct event_lock_site site;
		char bytes[sizeof(struct event_lock_site) + NAME_BYTES_MAX];
	} event = {};
	size_t bytes = name.bytes < NAME_BYTES_MAX ? name.bytes : NAME_BYTES_MAX;

	event.site = (struct event_lock_site){
		.head = { .bytes = (uint32_t)((sizeof(event.site) + bytes + 7) & ~(size_t)7),
			  .kind = EVENT_LOCK_SITE,
			  .time_ns = reading->time_ns },
		.class_id = reading->class_id,
		.look = reading->look,
		.flags = reading->rules > 1 ? LOCK_SITE_HOLDER : 0,
		.name_bytes = (uint16_t)bytes,
		.count = count,
	};
	memcpy(event.bytes + sizeof(event.site), name.text, bytes);
	return event_sink_take(reading->sink, &event.site.head, reading->why);
}

/* --- lines --- */

static int find_column(struct piece word)
{
	for (size_t i = 0; i < array_count(COLUMNS); i++) {
		if (strlen(COLUMNS[i].name) == word.bytes &&
		    memcmp(COLUMNS[i].name, word.text, word.bytes) == 0)
			return (int)i;
	}
	return -1;
}

static void read_heading(struct reading *reading, const char *names, struct piece line)
{
	struct piece rest = { names, line.bytes - (size_t)(names - line.text) }, word;

	reading->column_count = 0;
	while (reading->column_count < COLUMNS_MAX && take_word(&rest, &word))
		reading->columns[reading->column_count++] = find_column(word);
}

static bool ends_with(struct piece piece, const char *end)
{
	size_t bytes = strlen(end);

	return piece.bytes > bytes && memcmp(piece.text + piece.bytes - bytes, end, bytes) == 0;
}

/* Readers and writers of one class have rows of their own when both took it. */
static uint32_t take_mode(struct piece *name)
{
	uint32_t mode = ends_with(*name, "-R")   ? LOCK_CLASS_READ
			: ends_with(*name, "-W") ? LOCK_CLASS_WRITE
						 : 0;

	if (mode)
		name->bytes -= 2;
	return mode;
}

/* The numbers of a row; false: they are not what the heading says. */
static bool read_row(const struct reading *reading, struct piece rest,
		     struct event_lock_class *class)
{
	struct piece word;
	uint64_t value;

	for (size_t i = 0; i < reading->column_count; i++) {
		const struct column *column;

		if (!take_word(&rest, &word))
			return false;
		if (reading->columns[i] < 0)
			continue;
		column = &COLUMNS[reading->columns[i]];
		if (!read_number(word, column->is_time, &value) ||
		    (column->is_time && __builtin_mul_overflow(value, NS_PER_HUNDREDTH, &value)))
			return false;
		memcpy((char *)class + column->offset, &value, sizeof(value));
		class->flags |= column->flag;
	}
	return !take_word(&rest, &word);
}

/* A name may hold colons itself: the numbers begin behind the last one. */
static bool take_row(struct reading *reading, struct piece line, int *ret)
{
	const char *colon = memrchr(line.text, ':', line.bytes);
	struct event_lock_class class = {};
	struct piece name, rest;

	if (!colon || !reading->column_count)
		return false;
	name = trimmed((struct piece){ line.text, (size_t)(colon - line.text) });
	rest = (struct piece){ colon + 1, line.bytes - (size_t)(colon + 1 - line.text) };
	if (!name.bytes || !read_row(reading, rest, &class))
		return false;
	class.flags |= take_mode(&name);
	reading->rules = 0;
	*ret = tell_class(reading, &class, name);
	return true;
}

/* "the class's name  count  [<address>] function+0x1/0x2 [module]": the name may hold spaces. */
static bool take_site(struct reading *reading, struct piece line, int *ret)
{
	const char *address = find_text(line, "[<");
	const char *end =
		address ? find_text((struct piece){ address,
						    line.bytes - (size_t)(address - line.text) },
				    ">]")
			: NULL;
	struct piece before, word, name;
	uint64_t count;

	if (!end || !reading->class_id || !reading->rules)
		return false;
	before = trimmed((struct piece){ line.text, (size_t)(address - line.text) });
	/* The count is the last word before the address. */
	word = (struct piece){ before.text + before.bytes, 0 };
	while (word.text > before.text && !isspace((unsigned char)word.text[-1])) {
		word.text--;
		word.bytes++;
	}
	name = trimmed((struct piece){ end + 2, line.bytes - (size_t)(end + 2 - line.text) });
	if (!name.bytes || !read_number(word, false, &count))
		return false;
	*ret = tell_site(reading, count, name);
	return true;
}

static int take_line(struct reading *reading, struct piece line)
{
	static const char VERSION[] = "lock_stat version ";
	struct piece words = trimmed(line);
	const char *names = find_text(words, "class name");
	int r = 0;

	if (!words.bytes || is_made_of(words, '.'))
		return 0;
	if (is_made_of(words, '-')) {
		reading->rules++;
		return 0;
	}
	if (words.bytes > sizeof(VERSION) - 1 &&
	    memcmp(words.text, VERSION, sizeof(VERSION) - 1) == 0)
		return tell_fact(reading, "lock_stat.version",
				 (struct piece){ words.text + sizeof(VERSION) - 1,
						 words.bytes - (sizeof(VERSION) - 1) });
	if (find_text(words, "*WARNING*") == words.text)
		return tell_fact(reading, "lock_stat.warning", words);
	if (names == words.text) {
		read_heading(reading, names + strlen("class name"), words);
		return 0;
	}
	if (take_row(reading, words, &r) || take_site(reading, words, &r))
		return r;
	if (!reading->bad_lines++)
		reading->first_bad = reading->line_number;
	return 0;
}

static int tell_damage(const struct reading *reading, bool is_cut)
{
	char words[NAME_BYTES_MAX];
	int bytes, r = 0;

	if (is_cut) {
		bytes = snprintf(words, sizeof(words),
				 "it was cut: what stands after line %" PRIu64 " is not read",
				 reading->line_number);
		r = tell_fact(reading, "lock_stat.damage", (struct piece){ words, (size_t)bytes });
	}
	if (r == 0 && reading->bad_lines) {
		bytes = snprintf(words, sizeof(words),
				 "%" PRIu64
				 " lines are of no known form, the first is line %" PRIu64,
				 reading->bad_lines, reading->first_bad);
		r = tell_fact(reading, "lock_stat.damage", (struct piece){ words, (size_t)bytes });
	}
	return r;
}

int lock_stat_read(const char *text, size_t bytes, uint32_t look, uint64_t time_ns,
		   const struct event_sink *sink, struct diag *why)
{
	struct reading reading = { .sink = sink, .why = why, .look = look, .time_ns = time_ns };
	const char *end;
	int r = 0;

	while (r == 0 && (end = memchr(text, '\n', bytes))) {
		reading.line_number++;
		r = take_line(&reading, (struct piece){ text, (size_t)(end - text) });
		bytes -= (size_t)(end + 1 - text);
		text = end + 1;
	}
	if (r == 0 && !reading.column_count)
		return diag_set(why, -EBADMSG, "it does not say which columns it has");
	return r < 0 ? r : tell_damage(&reading, bytes);
}
