/* May fio run this job file in a folder that is not its author's? Line by line: an option that is
 * refused, a path, an engine that is not known to be harmless, and it may not. */
#include "analyse/fio_job.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"

static const char INCLUDE[] = "include";

enum {
	LINE_BYTES = 1024,
	JOBS_MAX = 100000,
};

static const struct {
	const char *option;
	const char *words;
} REFUSED[] = {
#define FIO_REFUSED(option, words) { option, words },
#define FIO_NO_PATH(option)
#define FIO_ENGINE(name)
#include "analyse/fio_job.def"
#undef FIO_REFUSED
#undef FIO_NO_PATH
#undef FIO_ENGINE
};

static const char *const NO_PATHS[] = {
#define FIO_REFUSED(option, words)
#define FIO_NO_PATH(option) option,
#define FIO_ENGINE(name)
#include "analyse/fio_job.def"
#undef FIO_REFUSED
#undef FIO_NO_PATH
#undef FIO_ENGINE
};

static const char *const ENGINES[] = {
#define FIO_REFUSED(option, words)
#define FIO_NO_PATH(option)
#define FIO_ENGINE(name) name,
#include "analyse/fio_job.def"
#undef FIO_REFUSED
#undef FIO_NO_PATH
#undef FIO_ENGINE
};

/* What stands in a section: of [global] it holds for those behind it. */
struct section {
	bool is_global;
	bool is_open;
	uint64_t size; /* 0: not known */
	uint64_t jobs;
};

struct reading {
	size_t line;
	struct section global;
	struct section section;
	uint64_t bytes;
	bool has_job;
	bool is_unknown; /* some section's size is not known */
	struct diag *why;
};

static bool is_in(const char *word, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcasecmp(word, list[i]) == 0)
			return true;
	}
	return false;
}

/* --- how large are its files? --- */

/* "64k", "1G", "1GiB": as fio reads it by default, in units of 1024. 0: not known. */
static uint64_t read_size(const char *text)
{
	static const char UNITS[] = "kmgtp";
	uint64_t value = 0;
	const char *unit;

	if (!isdigit((unsigned char)*text))
		return 0;
	for (; isdigit((unsigned char)*text); text++) {
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*text - '0'), &value))
			return 0;
	}
	if (!*text)
		return value;
	unit = strchr(UNITS, tolower((unsigned char)*text));
	if (!unit || !*unit)
		return 0;
	for (const char *step = UNITS; step <= unit; step++) {
		if (__builtin_mul_overflow(value, 1024, &value))
			return 0;
	}
	text++;
	return !*text || strcasecmp(text, "b") == 0 || strcasecmp(text, "ib") == 0 ? value : 0;
}

static void close_section(struct reading *reading)
{
	const struct section *section = &reading->section;
	uint64_t bytes;

	if (section->is_global)
		reading->global = *section;
	if (!section->is_open || section->is_global)
		return;
	reading->has_job = true;
	if (!section->size || __builtin_mul_overflow(section->size, section->jobs, &bytes) ||
	    __builtin_add_overflow(reading->bytes, bytes, &reading->bytes))
		reading->is_unknown = true;
}

static void open_section(struct reading *reading, const char *name)
{
	close_section(reading);
	reading->section = reading->global;
	reading->section.is_open = true;
	reading->section.is_global = strcasecmp(name, "global]") == 0;
}

static void take_size(struct section *section, const char *key, const char *value)
{
	if (strcasecmp(key, "size") == 0 || strcasecmp(key, "filesize") == 0)
		section->size = read_size(value);
	if (strcasecmp(key, "numjobs") == 0) {
		uint64_t jobs = read_size(value);

		section->jobs = jobs && jobs < JOBS_MAX ? jobs : 1;
	}
}

/* --- does it stay where it is? --- */

static int check_option(const struct reading *reading, const char *key, const char *value)
{
	for (size_t i = 0; i < array_count(REFUSED); i++) {
		if (strcasecmp(key, REFUSED[i].option) == 0)
			return diag_set(reading->why, -EINVAL, "line %zu: %s is refused: %s",
					reading->line, REFUSED[i].option, REFUSED[i].words);
	}
	/* fio hands what it is to compute to a shell. */
	if (strchr(value, '$'))
		return diag_set(reading->why, -EINVAL,
				"line %zu: a variable could name anything: write its value",
				reading->line);
	if (strcasecmp(key, "ioengine") == 0 && !is_in(value, ENGINES, array_count(ENGINES)))
		return diag_set(reading->why, -EINVAL,
				"line %zu: this ioengine is none of those that work on plain files "
				"(psync, libaio, io_uring, …)",
				reading->line);
	if (strchr(key, '/') ||
	    (strchr(value, '/') && !is_in(key, NO_PATHS, array_count(NO_PATHS))) ||
	    (strcasecmp(key, "filename") == 0 && strcmp(value, "-") == 0))
		return diag_set(reading->why, -EINVAL,
				"line %zu: it names a path: files must be the job's own, named "
				"without a folder",
				reading->line);
	return 0;
}

static char *trim(char *text)
{
	char *end = text + strlen(text);

	while (end > text && isspace((unsigned char)end[-1]))
		*--end = '\0';
	while (isspace((unsigned char)*text))
		text++;
	return text;
}

static int read_line(struct reading *reading, char *line)
{
	char *equals, *value, *key = trim(line);
	char nothing[] = "";

	if (!*key || *key == '#' || *key == ';')
		return 0;
	if (*key == '[') {
		/* Files are called after their job. */
		if (strchr(key, '/'))
			return diag_set(reading->why, -EINVAL,
					"line %zu: a job's name must not have a '/' in it",
					reading->line);
		open_section(reading, key + 1);
		return 0;
	}
	/* Whatever stands behind it, fio takes the rest of the line for a file's name. */
	if (strncasecmp(key, INCLUDE, strlen(INCLUDE)) == 0)
		return diag_set(reading->why, -EINVAL,
				"line %zu: include is refused: only this file was looked at",
				reading->line);
	equals = strchr(key, '=');
	if (equals)
		*equals = '\0';
	value = equals ? trim(equals + 1) : nothing;
	key = trim(key);
	take_size(&reading->section, key, value);
	return check_option(reading, key, value);
}

int fio_job_read(const char *text, size_t bytes, struct fio_job *ret, struct diag *why)
{
	struct reading reading = { .global = { .jobs = 1 }, .section = { .jobs = 1 }, .why = why };
	const char *end = text + bytes;

	if (memchr(text, '\0', bytes))
		return diag_set(why, -EINVAL, "it is no text");
	while (text < end) {
		const char *next = memchr(text, '\n', (size_t)(end - text));
		size_t length = (size_t)((next ?: end) - text);
		char line[LINE_BYTES];
		int r;

		reading.line++;
		if (length >= sizeof(line))
			return diag_set(why, -EINVAL, "line %zu is longer than %d bytes",
					reading.line, LINE_BYTES - 1);
		memcpy(line, text, length);
		line[length] = '\0';
		r = read_line(&reading, line);
		if (r < 0)
			return r;
		text += length + 1;
	}
	close_section(&reading);
	if (!reading.has_job)
		return diag_set(why, -EINVAL, "there is no [job] in it");
	*ret = (struct fio_job){ .bytes = reading.is_unknown ? 0 : reading.bytes };
	return 0;
}
