/* How is a text of ZFS taken apart? What its readers share: lines, words, facts, damage. */
#ifndef IMPORT_ZFS_READING_H
#define IMPORT_ZFS_READING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "import/zfs.h"

enum {
	ZFS_WORDS_MAX = 48,
	ZFS_PART_BYTES_MAX = 511, /* of a key, and of a value: what is longer is cut */
};

struct zfs_piece {
	const char *text;
	size_t bytes;
};

struct zfs_reading {
	const struct zfs_text *text;
	const struct event_sink *sink;
	struct diag *why;
	uint64_t time_ns;
	const char *rest; /* the lines not yet read */
	const char *end;
	uint64_t line_number; /* of the last */
	uint64_t bad_lines;
	uint64_t first_bad;
	const char *first_what;
};

/* The next line, without its end; false behind the last. */
bool zfs_next_line(struct zfs_reading *reading, struct zfs_piece *ret);

/* Words between blanks; those that find no room are not told apart: returns at most max. */
size_t zfs_words(struct zfs_piece line, struct zfs_piece *words, size_t max);
/* Columns with a tab between them; where the line has no tab, with two blanks or more. */
size_t zfs_columns(struct zfs_piece line, struct zfs_piece *columns, size_t max);

struct zfs_piece zfs_piece_of(const char *text);
struct zfs_piece zfs_trimmed(struct zfs_piece piece);
bool zfs_is(struct zfs_piece piece, const char *text);
bool zfs_has(struct zfs_piece piece, const char *text);
/* Only decimal digits, and at least one. */
bool zfs_is_number(struct zfs_piece piece);

/* Tell a fact. 0 or what the sink returned. */
must_check int zfs_tell(struct zfs_reading *reading, const char *source, struct zfs_piece subject,
			struct zfs_piece name, struct zfs_piece value);
must_check int zfs_tell_number(struct zfs_reading *reading, const char *source,
			       struct zfs_piece subject, struct zfs_piece name, uint64_t value);

/* This line cannot be read. what says what was expected there. Returns 0. */
int zfs_bad(struct zfs_reading *reading, const char *what);

/* The readers: each reads all lines. 0 or what the sink returned. */
int zfs_read_kstat(struct zfs_reading *reading);
int zfs_read_txgs(struct zfs_reading *reading);
int zfs_read_bench(struct zfs_reading *reading);
int zfs_read_dbgmsg(struct zfs_reading *reading);
int zfs_read_taskq(struct zfs_reading *reading);
int zfs_read_state(struct zfs_reading *reading);
int zfs_read_params(struct zfs_reading *reading);
int zfs_read_threads(struct zfs_reading *reading);
int zfs_read_properties(struct zfs_reading *reading);
int zfs_read_status(struct zfs_reading *reading);
int zfs_read_iostat(struct zfs_reading *reading);
int zfs_read_latency(struct zfs_reading *reading);
int zfs_read_events(struct zfs_reading *reading);

#endif
