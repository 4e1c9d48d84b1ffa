/* What do ZFS's kstats say? /proc/spl/kstat: tables of names, of transaction groups, of task
 * queues, and ZFS's own log. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "import/zfs_reading.h"

/* module/os/linux/spl/spl-kstat.c: "%-31s %-4d " and the value. */
enum {
	KSTAT_NAME_COLUMNS = 31,
	KSTAT_VALUE_AT = 37,
	KSTAT_TYPE_TEXT = '7',
	MESSAGES_MAX = 64,
};

/* "kstat/zfs/tank/iostats" → "tank/iostats" */
static struct zfs_piece subject_of(const struct zfs_reading *reading)
{
	return zfs_piece_of(reading->text->file + strlen("kstat/zfs/"));
}

/* The pool of a kstat that is one pool's; empty when there is none. */
static struct zfs_piece pool_of(const struct zfs_reading *reading)
{
	const char *file = reading->text->file, *slash;
	const char *begin = strncmp(file, "kstat/zfs/", 10) == 0 ? file + 10 : file;

	slash = strchr(begin, '/');
	return (struct zfs_piece){ begin, slash ? (size_t)(slash - begin) : 0 };
}

struct row {
	struct zfs_piece name;
	struct zfs_piece type;
	struct zfs_piece value;
};

/* Names of histograms and values that are text have blanks in them: the columns are fixed, unless
 * the name is longer than its own. */
static bool read_row(struct zfs_piece line, struct row *ret)
{
	struct zfs_piece words[3];

	if (line.bytes >= KSTAT_VALUE_AT && line.text[KSTAT_NAME_COLUMNS] == ' ') {
		ret->name = zfs_trimmed((struct zfs_piece){ line.text, KSTAT_NAME_COLUMNS });
		ret->type = zfs_trimmed((struct zfs_piece){ line.text + KSTAT_NAME_COLUMNS,
							    KSTAT_VALUE_AT - KSTAT_NAME_COLUMNS });
		ret->value = zfs_trimmed((struct zfs_piece){ line.text + KSTAT_VALUE_AT,
							     line.bytes - KSTAT_VALUE_AT });
	} else {
		if (zfs_words(line, words, 3) < 3)
			return false;
		*ret = (struct row){ words[0], words[1], words[2] };
	}
	return ret->name.bytes && ret->type.bytes == 1 && zfs_is_number(ret->type) &&
	       (ret->type.text[0] == KSTAT_TYPE_TEXT ||
		zfs_is_number(
			ret->value.bytes && ret->value.text[0] == '-'
				? (struct zfs_piece){ ret->value.text + 1, ret->value.bytes - 1 }
				: ret->value));
}

/* Is this the line of numbers that the kernel begins a kstat with? */
static bool is_preamble(const struct zfs_piece *words, size_t count)
{
	return count >= 5 && zfs_is_number(words[0]) && words[2].bytes > 2 &&
	       words[2].text[0] == '0' && words[2].text[1] == 'x';
}

/* "12 1 0x01 123 33456 4144507381 244518260825": the last are when it was made and when it was
 * taken. */
static int tell_time(struct zfs_reading *reading, const struct zfs_piece *words, size_t count)
{
	return count < 7 ? 0
			 : zfs_tell(reading, "kstat", subject_of(reading), zfs_piece_of("snaptime"),
				    words[6]);
}

int zfs_read_kstat(struct zfs_reading *reading)
{
	struct zfs_piece line, words[8];
	int r = 0;

	while (r == 0 && zfs_next_line(reading, &line)) {
		size_t count = zfs_words(line, words, array_count(words));
		struct row row;

		if (reading->line_number == 1 && is_preamble(words, count)) {
			r = tell_time(reading, words, count);
			continue;
		}
		if (!count || (zfs_is(words[0], "name") && count >= 2 && zfs_is(words[1], "type")))
			continue;
		if (!read_row(line, &row))
			r = zfs_bad(reading, "expected a name, a type and a number");
		else
			r = zfs_tell(reading, "kstat", subject_of(reading), row.name, row.value);
	}
	return r;
}

int zfs_read_state(struct zfs_reading *reading)
{
	struct zfs_piece line, words[2];
	int r = 0;

	while (r == 0 && zfs_next_line(reading, &line)) {
		size_t count = zfs_words(line, words, 2);

		if (count == 1)
			r = zfs_tell(reading, "status", pool_of(reading), zfs_piece_of("kernel"),
				     words[0]);
		else if (count)
			r = zfs_bad(reading, "expected the state of a pool, one word");
	}
	return r;
}

/* --- transaction groups --- */

static int tell_txg(struct zfs_reading *reading, const struct zfs_piece *heads,
		    const struct zfs_piece *words, size_t count)
{
	int r = 0;

	for (size_t i = 0; i < count; i++) {
		if (!zfs_is_number(words[i]) && !zfs_is(heads[i], "state"))
			return zfs_bad(reading, "expected numbers in all columns but the state");
	}
	for (size_t i = 1; r == 0 && i < count; i++) {
		char name[64];

		(void)snprintf(name, sizeof(name), "%.*s.%.*s",
			       (int)(words[0].bytes < 20 ? words[0].bytes : 20), words[0].text,
			       (int)(heads[i].bytes < 20 ? heads[i].bytes : 20), heads[i].text);
		r = zfs_tell(reading, "txgs", pool_of(reading), zfs_piece_of(name), words[i]);
	}
	return r;
}

int zfs_read_txgs(struct zfs_reading *reading)
{
	struct zfs_piece line, heads[16], words[17];
	size_t head_count = 0;
	int r = 0;

	while (r == 0 && zfs_next_line(reading, &line)) {
		size_t count = zfs_words(line, words, array_count(words));

		if (!count || (reading->line_number == 1 && is_preamble(words, count)))
			continue;
		if (!head_count && zfs_is(words[0], "txg") && count <= array_count(heads)) {
			head_count = count;
			memcpy(heads, words, count * sizeof(*heads));
		} else if (!head_count) {
			r = zfs_bad(reading, "expected the heading \"txg birth state …\"");
		} else if (count != head_count) {
			r = zfs_bad(reading, "expected as many columns as the heading has");
		} else {
			r = tell_txg(reading, heads, words, count);
		}
	}
	return r;
}

/* --- what was measured when the module was loaded --- */

int zfs_read_bench(struct zfs_reading *reading)
{
	const char *slash = strrchr(reading->text->file, '/');
	struct zfs_piece line, words[3], subject = zfs_piece_of(slash ? slash + 1 : "");
	int r = 0;

	if (subject.bytes > 6)
		subject.bytes -= strlen("_bench");
	while (r == 0 && zfs_next_line(reading, &line)) {
		if (zfs_words(line, words, 3) >= 2 && zfs_is(words[0], "fastest"))
			r = zfs_tell(reading, "impl", subject, words[0], words[1]);
	}
	return r;
}

/* --- task queues --- */

/* "taskq name", then "[act idl]" and the like: the heading has brackets and bars, the rows have
 * not (module/os/linux/spl/spl-taskq.c, taskq_kstats). */
static size_t clean_words(struct zfs_piece line, struct zfs_piece *words, size_t max)
{
	size_t count = zfs_words(line, words, max), kept = 0;

	for (size_t i = 0; i < count; i++) {
		struct zfs_piece word = words[i];

		while (word.bytes && strchr("[]|", word.text[0])) {
			word.text++;
			word.bytes--;
		}
		while (word.bytes && strchr("[]|", word.text[word.bytes - 1]))
			word.bytes--;
		if (word.bytes)
			words[kept++] = word;
	}
	return kept;
}

/* A row: the queue's name, then numbers: tot act idl max, pend norm high dly. */
static int tell_taskq(struct zfs_reading *reading, const struct zfs_piece *words, size_t count)
{
	static const char *const NAMES[] = { "tot",  "act",  "idl",  "max",
					     "pend", "norm", "high", "dly" };
	int r = 0;

	if (count < 1 + array_count(NAMES))
		return zfs_bad(reading, "expected a queue's name and eight numbers");
	for (size_t i = 0; i < array_count(NAMES); i++) {
		if (!zfs_is_number(words[i + 1]))
			return zfs_bad(reading, "expected a queue's name and eight numbers");
	}
	for (size_t i = 0; r == 0 && i < array_count(NAMES); i++)
		r = zfs_tell(reading, "taskq", words[0], zfs_piece_of(NAMES[i]), words[i + 1]);
	return r;
}

int zfs_read_taskq(struct zfs_reading *reading)
{
	struct zfs_piece line, words[ZFS_WORDS_MAX];
	int r = 0;

	while (r == 0 && zfs_next_line(reading, &line)) {
		size_t count = clean_words(line, words, array_count(words));

		if (!count || is_preamble(words, count) || zfs_is(words[0], "taskq") ||
		    (count > 1 && (zfs_is(words[1], "tot") || zfs_is(words[0], "tot"))))
			continue;
		r = tell_taskq(reading, words, count);
	}
	return r;
}

/* --- ZFS's own log --- */

/* Words of lines that tell of trouble: vdev.c (vdev_deadman), zio.c, spa_misc.c (spa_deadman),
 * txg.c, mmp.c, arc.c. */
static const char *const TROUBLE[] = {
	"slow vdev", "slow spa_sync", "deadman", "SLOW IO",   "suspended",    "SUSPENDED",
	"I/O error", "failed",        "FAILED",  "unable to", "out of space", "corrupt",
};

static bool is_trouble(struct zfs_piece line)
{
	for (size_t i = 0; i < array_count(TROUBLE); i++) {
		if (zfs_has(line, TROUBLE[i]))
			return true;
	}
	return false;
}

int zfs_read_dbgmsg(struct zfs_reading *reading)
{
	uint64_t place = 0, count = 0;
	struct zfs_piece line, words[1];
	char name[32];
	int r = 0;

	while (r == 0 && zfs_next_line(reading, &line)) {
		if (!zfs_words(line, words, 1) || zfs_is(words[0], "timestamp"))
			continue;
		if (!zfs_is_number(words[0])) {
			r = zfs_bad(reading, "expected seconds since 1970 and a message");
			continue;
		}
		count++;
		/* A command that was run is no trouble, whatever its arguments say. */
		if (zfs_has(line, "spa_history_log") || !is_trouble(line))
			continue;
		/* The latest stay. */
		(void)snprintf(name, sizeof(name), "%03u", (unsigned int)(place++ % MESSAGES_MAX));
		r = zfs_tell(reading, "message", zfs_piece_of(name), zfs_piece_of(""),
			     zfs_trimmed(line));
	}
	if (r == 0 && place)
		r = zfs_tell_number(reading, "messages", zfs_piece_of(""), zfs_piece_of("trouble"),
				    place);
	return r == 0 && count ? zfs_tell_number(reading, "messages", zfs_piece_of(""),
						 zfs_piece_of("count"), count)
			       : r;
}
