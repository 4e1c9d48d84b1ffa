/* What do zpool and zfs print for programs, what are the modules' parameters, and how much did
 * threads run? */
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "import/zfs_reading.h"

static bool is_heading(struct zfs_piece word)
{
	return zfs_is(word, "NAME");
}

/* NAME PROPERTY VALUE SOURCE; of pools or of datasets. */
int zfs_read_properties(struct zfs_reading *reading)
{
	const char *source = strcmp(reading->text->file, zfs_file_name(ZFS_FILE_ZPOOL_GET)) == 0
				     ? "zpool"
				     : "zfs";
	struct zfs_piece line, columns[8];
	int r = 0;

	while (r == 0 && zfs_next_line(reading, &line)) {
		size_t count = zfs_columns(line, columns, array_count(columns));

		if (!count || is_heading(columns[0]))
			continue;
		if (count < 3 || !columns[0].bytes || !columns[1].bytes)
			r = zfs_bad(reading, "expected a name, a property, a value and its source");
		else
			r = zfs_tell(reading, source, columns[0], columns[1], columns[2]);
	}
	return r;
}

/* "/sys/module/icp/parameters/icp_aes_impl:cycle [fastest] generic", as grep prints it. */
int zfs_read_params(struct zfs_reading *reading)
{
	static const char BEFORE[] = "/sys/module/", BETWEEN[] = "/parameters/";
	struct zfs_piece line;
	int r = 0;

	while (r == 0 && zfs_next_line(reading, &line)) {
		struct zfs_piece module = {}, name = {}, value = {};
		const char *end = line.text + line.bytes, *at, *colon;

		if (!zfs_trimmed(line).bytes)
			continue;
		at = memmem(line.text, line.bytes, BETWEEN, strlen(BETWEEN));
		colon = at ? memchr(at, ':', (size_t)(end - at)) : NULL;
		if (!colon || line.bytes <= strlen(BEFORE) ||
		    memcmp(line.text, BEFORE, strlen(BEFORE)) != 0 ||
		    at < line.text + strlen(BEFORE)) {
			r = zfs_bad(reading, "expected /sys/module/MODULE/parameters/NAME:VALUE");
			continue;
		}
		module = (struct zfs_piece){ line.text + strlen(BEFORE),
					     (size_t)(at - line.text) - strlen(BEFORE) };
		name = (struct zfs_piece){ at + strlen(BETWEEN),
					   (size_t)(colon - at) - strlen(BETWEEN) };
		value = (struct zfs_piece){ colon + 1, (size_t)(end - colon - 1) };
		r = zfs_tell(reading, "param", module, name, zfs_trimmed(value));
	}
	return r;
}

/* A thread's name, its number and its CPU time in ns, with tabs between them. */
int zfs_read_threads(struct zfs_reading *reading)
{
	struct zfs_piece line, columns[4];
	int r = 0;

	while (r == 0 && zfs_next_line(reading, &line)) {
		size_t count = zfs_columns(line, columns, array_count(columns));

		if (!count)
			continue;
		if (count < 3 || !zfs_is_number(columns[1]) || !zfs_is_number(columns[2]))
			r = zfs_bad(reading, "expected a thread's name, number and CPU time in ns");
		else
			r = zfs_tell(reading, "thread", columns[0], columns[1], columns[2]);
	}
	return r;
}

/* "Nov 21 2026 04:51:41.123456789<tab>ereport.fs.zfs.delay" */
int zfs_read_events(struct zfs_reading *reading)
{
	struct {
		char name[64];
		uint64_t count;
	} classes[64] = {};
	struct zfs_piece line, words[6];
	uint64_t all = 0;
	size_t known = 0;
	int r = 0;

	while (zfs_next_line(reading, &line)) {
		size_t count = zfs_words(line, words, array_count(words)), i = 0;
		struct zfs_piece class = count ? words[count - 1] : (struct zfs_piece){};

		if (!count || zfs_is(words[0], "TIME"))
			continue;
		if (count < 2 || !zfs_has(class, ".") || class.bytes >= sizeof(classes[0].name)) {
			(void)zfs_bad(reading, "expected a time and an event's class");
			continue;
		}
		while (i < known && !zfs_is(class, classes[i].name))
			i++;
		if (i == array_count(classes)) {
			(void)zfs_bad(reading, "too many classes of events");
			continue;
		}
		if (i == known)
			memcpy(classes[known++].name, class.text, class.bytes);
		classes[i].count++;
		all++;
	}
	for (size_t i = 0; r == 0 && i < known; i++)
		r = zfs_tell_number(reading, "event", zfs_piece_of(classes[i].name),
				    zfs_piece_of("count"), classes[i].count);
	/* Also when there are none: that is known then. */
	if (r < 0 || (!all && reading->bad_lines))
		return r;
	return zfs_tell_number(reading, "events", zfs_piece_of(""), zfs_piece_of("count"), all);
}

/* --- zpool iostat --- */

/* cmd/zpool/zpool_main.c, print_iostat(): the columns of -l and -q; those with * came with 2.2. */
static const char *const WITHOUT_REBUILD[] = {
	"name",
	"alloc",
	"free",
	"read_ops",
	"write_ops",
	"read_bytes",
	"write_bytes",
	"total_read",
	"total_write",
	"disk_read",
	"disk_write",
	"syncq_read",
	"syncq_write",
	"asyncq_read",
	"asyncq_write",
	"scrub",
	"trim",
	"syncq_read_pend",
	"syncq_read_active",
	"syncq_write_pend",
	"syncq_write_active",
	"asyncq_read_pend",
	"asyncq_read_active",
	"asyncq_write_pend",
	"asyncq_write_active",
	"scrubq_pend",
	"scrubq_active",
	"trimq_pend",
	"trimq_active",
};

enum {
	COLUMNS_OLD = array_count(WITHOUT_REBUILD),
	COLUMNS_NEW = COLUMNS_OLD + 3, /* rebuild; rebuildq pend and active */
	REBUILD_AT = 17,
	ROWS_MAX = 1000,
};

/* The rows of a table, or its tables, are numbered; where the first comes again, another sample
 * begins. */
struct places {
	struct zfs_piece first;
	unsigned int next;
	char text[8]; /* the last */
};

static bool take_place(struct places *places, struct zfs_piece name)
{
	if (places->first.bytes && places->first.bytes == name.bytes &&
	    memcmp(places->first.text, name.text, name.bytes) == 0)
		places->next = 0;
	if (!places->first.bytes)
		places->first = name;
	(void)snprintf(places->text, sizeof(places->text), "%03u", places->next % ROWS_MAX);
	return places->next++ < ROWS_MAX;
}

/* Of what did not happen the time is "-". */
static int tell_iostat(struct zfs_reading *reading, struct zfs_piece place,
		       const struct zfs_piece *columns, size_t count)
{
	int r = zfs_tell(reading, "iostat", place, zfs_piece_of("name"), columns[0]);

	for (size_t i = 1, at = 1; r == 0 && i < count && at < COLUMNS_OLD; i++) {
		if (count == COLUMNS_NEW && i == REBUILD_AT)
			continue;
		r = zfs_tell(reading, "iostat", place, zfs_piece_of(WITHOUT_REBUILD[at++]),
			     columns[i]);
	}
	return r;
}

static bool are_amounts(const struct zfs_piece *columns, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		if (!zfs_is_number(columns[i]) && !zfs_is(columns[i], "-"))
			return false;
	}
	return true;
}

int zfs_read_iostat(struct zfs_reading *reading)
{
	struct zfs_piece line, columns[ZFS_WORDS_MAX];
	struct places places = {};
	int r = 0;

	while (r == 0 && zfs_next_line(reading, &line)) {
		size_t count = zfs_columns(line, columns, array_count(columns));

		if (!count || !columns[0].bytes)
			continue;
		if (count != COLUMNS_OLD && count != COLUMNS_NEW)
			r = zfs_bad(reading,
				    "expected the 29 or 32 columns of zpool iostat -lqvHp");
		else if (!are_amounts(columns, count))
			r = zfs_bad(reading, "expected numbers or - behind the name");
		else if (!take_place(&places, columns[0]))
			r = zfs_bad(reading, "more than 1000 vdevs");
		else
			r = tell_iostat(reading, zfs_piece_of(places.text), columns, count);
	}
	return r;
}

/* --- zpool iostat -w --- */

static int tell_latencies(struct zfs_reading *reading, struct zfs_piece place,
			  const struct zfs_piece *columns, size_t count)
{
	static const char *const NAMES[] = {
		"",           "total_read",  "total_write", "disk_read",    "disk_write",
		"syncq_read", "syncq_write", "asyncq_read", "asyncq_write",
	};
	int r = 0;

	for (size_t i = 1; r == 0 && i < count && i < array_count(NAMES); i++) {
		char name[64];

		if (zfs_is(columns[i], "0"))
			continue;
		(void)snprintf(name, sizeof(name), "%.*s.%s",
			       (int)(columns[0].bytes < 20 ? columns[0].bytes : 20),
			       columns[0].text, NAMES[i]);
		r = zfs_tell(reading, "latency", place, zfs_piece_of(name), columns[i]);
	}
	return r;
}

int zfs_read_latency(struct zfs_reading *reading)
{
	struct zfs_piece line, columns[ZFS_WORDS_MAX];
	struct places places = {};
	bool has_table = false;
	int r = 0;

	while (r == 0 && zfs_next_line(reading, &line)) {
		size_t count = zfs_columns(line, columns, array_count(columns));

		if (!count || !columns[0].bytes || columns[0].text[0] == '-')
			continue;
		if (count == 1) {
			has_table = take_place(&places, columns[0]);
			if (has_table)
				r = zfs_tell(reading, "latency", zfs_piece_of(places.text),
					     zfs_piece_of("name"), columns[0]);
			else
				r = zfs_bad(reading, "more than 1000 vdevs");
		} else if (!has_table || count < 11 || !zfs_is_number(columns[0]) ||
			   !are_amounts(columns, count)) {
			r = zfs_bad(reading,
				    "expected a vdev's name, or the columns of zpool iostat -wvHp");
		} else {
			r = tell_latencies(reading, zfs_piece_of(places.text), columns, count);
		}
	}
	return r;
}

/* --- zpool status --- */

struct status {
	struct zfs_piece pool;
	char class[16]; /* of the vdevs that come: "data", "logs", … */
	bool in_config;
	unsigned int next;
};

static bool is_class(struct zfs_piece word)
{
	static const char *const CLASSES[] = { "logs", "cache", "spares", "special", "dedup" };

	for (size_t i = 0; i < array_count(CLASSES); i++) {
		if (zfs_is(word, CLASSES[i]))
			return true;
	}
	return false;
}

static size_t depth_of(struct zfs_piece line)
{
	size_t depth = 0;

	while (depth < line.bytes && (line.text[depth] == '\t' || line.text[depth] == ' '))
		depth++;
	return depth;
}

static int tell_vdev(struct zfs_reading *reading, struct status *status, struct zfs_piece line)
{
	static const char *const NAMES[] = { "name", "state", "read", "write", "cksum", "slow" };
	struct zfs_piece words[array_count(NAMES)];
	size_t count = zfs_words(line, words, array_count(NAMES));
	char place[8];
	int r = 0;

	if (count == 1 && is_class(words[0])) {
		(void)snprintf(status->class, sizeof(status->class), "%.*s", (int)words[0].bytes,
			       words[0].text);
		return 0;
	}
	if (count < 2 || status->next >= ROWS_MAX)
		return zfs_bad(reading, "expected a vdev's name, its state and its errors");
	(void)snprintf(place, sizeof(place), "%03u", status->next++ % ROWS_MAX);
	r = zfs_tell(reading, "vdev", zfs_piece_of(place), zfs_piece_of("pool"), status->pool);
	if (r == 0)
		r = zfs_tell(reading, "vdev", zfs_piece_of(place), zfs_piece_of("class"),
			     zfs_piece_of(status->class));
	if (r == 0)
		r = zfs_tell_number(reading, "vdev", zfs_piece_of(place), zfs_piece_of("depth"),
				    depth_of(line));
	for (size_t i = 0; r == 0 && i < count; i++)
		r = zfs_tell(reading, "vdev", zfs_piece_of(place), zfs_piece_of(NAMES[i]),
			     words[i]);
	return r;
}

/* "  pool: tank"; false: it is no such line. */
static bool read_field(struct zfs_piece line, struct zfs_piece *ret_name,
		       struct zfs_piece *ret_value)
{
	struct zfs_piece trimmed = zfs_trimmed(line);
	const char *colon = memchr(trimmed.text, ':', trimmed.bytes);

	if (!colon || line.text[0] == '\t')
		return false;
	*ret_name = (struct zfs_piece){ trimmed.text, (size_t)(colon - trimmed.text) };
	*ret_value =
		zfs_trimmed((struct zfs_piece){ colon + 1, trimmed.bytes - ret_name->bytes - 1 });
	return !memchr(ret_name->text, ' ', ret_name->bytes);
}

static int read_status_line(struct zfs_reading *reading, struct status *status,
			    struct zfs_piece line)
{
	struct zfs_piece name, value, words[1];

	if (read_field(line, &name, &value)) {
		status->in_config = zfs_is(name, "config");
		(void)strcpy(status->class, "data");
		if (zfs_is(name, "pool"))
			status->pool = value;
		else if (!status->pool.bytes)
			return zfs_bad(reading, "expected \"pool: NAME\" first");
		return status->in_config || zfs_is(name, "pool")
			       ? 0
			       : zfs_tell(reading, "status", status->pool, name, value);
	}
	if (!status->in_config || !zfs_words(line, words, 1) || is_heading(words[0]))
		return 0;
	return tell_vdev(reading, status, line);
}

int zfs_read_status(struct zfs_reading *reading)
{
	struct status status = {};
	struct zfs_piece line;
	int r = 0;

	while (r == 0 && zfs_next_line(reading, &line)) {
		if (zfs_trimmed(line).bytes)
			r = read_status_line(reading, &status, line);
	}
	if (r == 0 && !status.pool.bytes && reading->line_number)
		r = zfs_bad(reading, "there is no pool in it");
	return r;
}
