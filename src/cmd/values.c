/* What is this value? Read digit by digit: no locale, no hexadecimal, no "nan", no silent overflow.
 */
#include "cmd/values.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/array.h"
#include "cmd/nearest.h"
#include "host/features.h"

enum {
	FREQUENCY_MAX = 10000,
	COUNT_MAX = 1000,
	FEATURE_ID_MAX = 64,
};

static const struct {
	const char *suffix;
	uint64_t ns;
} TIME_UNITS[] = {
	{ "", 1000000000 }, { "s", 1000000000 },  { "ms", 1000000 },      { "us", 1000 },
	{ "ns", 1 },        { "m", 60000000000 }, { "min", 60000000000 }, { "h", 3600000000000 },
};

static const char *const COLOR_NAMES[] = {
	[COLOR_AUTO] = "auto",
	[COLOR_ALWAYS] = "always",
	[COLOR_NEVER] = "never",
};

static const enum wait_state STATES[] = { WAIT_STATE_D, WAIT_STATE_S, WAIT_STATE_ALL };

/* The decimal digits that text begins with; false when there are none or too many. *text moves past
 * them. */
static bool read_digits(const char **text, uint64_t *ret)
{
	uint64_t value = 0;

	if (!isdigit((unsigned char)**text))
		return false;
	for (; isdigit((unsigned char)**text); (*text)++) {
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(**text - '0'), &value))
			return false;
	}
	*ret = value;
	return true;
}

static bool read_whole(const char *text, uint64_t *ret)
{
	return read_digits(&text, ret) && *text == '\0';
}

/* The digits after the point as a part of unit_ns; what is smaller than a nanosecond is dropped. */
static uint64_t read_fraction(const char **text, uint64_t unit_ns)
{
	uint64_t fraction_ns = 0;

	for (; isdigit((unsigned char)**text); (*text)++) {
		fraction_ns += unit_ns / 10 * (uint64_t)(**text - '0');
		unit_ns /= 10;
	}
	return fraction_ns;
}

static const uint64_t *find_time_unit(const char *suffix)
{
	for (size_t i = 0; i < array_count(TIME_UNITS); i++) {
		if (strcmp(suffix, TIME_UNITS[i].suffix) == 0)
			return &TIME_UNITS[i].ns;
	}
	return NULL;
}

int value_pid(const char *text, uint32_t *ret, struct diag *why)
{
	uint64_t value;

	if (!read_whole(text, &value) || value == 0 || value > INT32_MAX)
		return diag_set(why, -EINVAL, "'%s' is not a process id: a number from 1 to %d",
				text, INT32_MAX);
	*ret = (uint32_t)value;
	return 0;
}

int value_duration(const char *text, uint64_t *ret_ns, struct diag *why)
{
	const char *rest = text, *suffix, *fraction;
	const uint64_t *unit_ns;
	uint64_t value, ns;

	if (!isdigit((unsigned char)*rest))
		return diag_set(why, -EINVAL, "'%s' is not a time: say 10, 1.5, 500ms, 2m or 1h",
				text);
	if (!read_digits(&rest, &value))
		return diag_set(why, -EINVAL, "'%s' is too long a time", text);

	fraction = *rest == '.' ? rest + 1 : "";
	suffix = *rest == '.' ? fraction + strspn(fraction, "0123456789") : rest;
	unit_ns = find_time_unit(suffix);
	if (!unit_ns || (*rest == '.' && suffix == fraction))
		return diag_set(why, -EINVAL, "'%s' is not a time: say 10, 1.5, 500ms, 2m or 1h",
				text);
	if (__builtin_mul_overflow(value, *unit_ns, &ns) ||
	    __builtin_add_overflow(ns, read_fraction(&fraction, *unit_ns), &ns) || ns > INT64_MAX)
		return diag_set(why, -EINVAL, "'%s' is too long a time", text);
	if (ns == 0)
		return diag_set(why, -EINVAL, "'%s' is no time at all: say how long", text);
	*ret_ns = ns;
	return 0;
}

int value_frequency(const char *text, uint32_t *ret, struct diag *why)
{
	uint64_t value;

	if (!read_whole(text, &value) || value > FREQUENCY_MAX)
		return diag_set(why, -EINVAL, "'%s' is not a frequency: a number from 0 to %d",
				text, FREQUENCY_MAX);
	*ret = (uint32_t)value;
	return 0;
}

int value_count(const char *text, uint32_t *ret, struct diag *why)
{
	uint64_t value;

	if (!read_whole(text, &value) || value > COUNT_MAX)
		return diag_set(why, -EINVAL, "'%s' is not a count: a number from 0 to %d", text,
				COUNT_MAX);
	*ret = (uint32_t)value;
	return 0;
}

/* "M", "MB", "MiB" as bytes; "": one. 0: it is no unit. */
static uint64_t size_unit(const char *text)
{
	static const char UNITS[] = "KMGT";
	const char *unit = strchr(UNITS, toupper((unsigned char)*text));

	if (!*text)
		return 1;
	if (!unit || (text[1] && strcmp(text + 1, "B") != 0 && strcmp(text + 1, "iB") != 0))
		return 0;
	return UINT64_C(1) << 10 * (unit - UNITS + 1);
}

int value_size(const char *text, uint64_t *ret_bytes, struct diag *why)
{
	const char *rest = text;
	uint64_t value = 0, unit = 0;

	if (read_digits(&rest, &value))
		unit = size_unit(rest);
	if (!unit || !value)
		return diag_set(why, -EINVAL, "'%s' is not a size: say 256M or 1G", text);
	if (__builtin_mul_overflow(value, unit, &value) || value > INT64_MAX)
		return diag_set(why, -EINVAL, "'%s' is too large", text);
	*ret_bytes = value;
	return 0;
}

static bool is_target_name(const char *name, size_t bytes)
{
	if (!bytes || bytes >= BENCH_NAME_BYTES)
		return false;
	for (size_t i = 0; i < bytes; i++) {
		bool is_plain = name[i] > 0 && isalnum((unsigned char)name[i]);

		if (!is_plain && name[i] != '.' && name[i] != '_' && name[i] != '-')
			return false;
	}
	return true;
}

int value_target(const char *text, char *name, const char **ret_folder, struct diag *why)
{
	const char *equals = strchr(text, '='), *begin = text;
	size_t bytes = equals ? (size_t)(equals - text) : 0;

	if (!equals || memchr(text, '/', bytes)) {
		/* The last part of the folder; slashes may stand behind it. */
		size_t end = strlen(text);

		while (end && text[end - 1] == '/')
			end--;
		begin = text + end;
		while (begin > text && begin[-1] != '/')
			begin--;
		bytes = (size_t)(text + end - begin);
		*ret_folder = text;
	} else {
		*ret_folder = equals + 1;
	}
	if (!is_target_name(begin, bytes) || !**ret_folder)
		return diag_set(why, -EINVAL,
				"'%s' is not NAME=FOLDER, with a name of at most %d letters, "
				"digits, '.', '_' and '-'",
				text, BENCH_NAME_BYTES - 1);
	memcpy(name, begin, bytes);
	name[bytes] = '\0';
	return 0;
}

int value_presets(const char *text, uint32_t *ret, struct diag *why)
{
	if (bench_presets_read(text, ret) == 0)
		return 0;
	return diag_set(why, -EINVAL,
			"'%s' is not a list of presets, each at most once: slowpath bench --help "
			"names them",
			text);
}

int value_color(const char *text, enum color_when *ret, struct diag *why)
{
	for (size_t i = 0; i < array_count(COLOR_NAMES); i++) {
		if (strcmp(text, COLOR_NAMES[i]) == 0) {
			*ret = (enum color_when)i;
			return 0;
		}
	}
	return diag_set(why, -EINVAL, "'%s' is none of auto, always, never", text);
}

int value_state(const char *text, enum wait_state *ret, struct diag *why)
{
	for (size_t i = 0; i < array_count(STATES); i++) {
		if (strcmp(text, wait_state_name(STATES[i])) == 0) {
			*ret = STATES[i];
			return 0;
		}
	}
	return diag_set(why, -EINVAL, "'%s' is none of D, S, all", text);
}

int value_format(const char *text, enum export_format *ret, struct diag *why)
{
	struct nearest nearest = { .word = text };

	if (export_format_read(text, ret) == 0)
		return 0;
	for (size_t i = 0; i < EXPORT_FORMAT_COUNT; i++)
		nearest_offer(&nearest, export_format_row((enum export_format)i)->name);
	if (nearest.best)
		return diag_set(why, -EINVAL, "there is no format '%s': did you mean %s?", text,
				nearest.best);
	return diag_set(why, -EINVAL, "there is no format '%s': see slowpath export --help", text);
}

int value_percent(const char *text, double *ret, struct diag *why)
{
	/* A percent in parts of 10^9, the last digits dropped. */
	const uint64_t one = 1000000000;
	const char *rest = text, *fraction;
	uint64_t value, parts = 0;

	if (!read_digits(&rest, &value))
		value = UINT64_MAX;
	if (*rest == '.') {
		fraction = ++rest;
		parts = read_fraction(&rest, one);
		if (rest == fraction)
			value = UINT64_MAX;
	}
	if (*rest || value > 100 || (value == 100 && parts))
		return diag_set(why, -EINVAL, "'%s' is not a percentage: a number from 0 to 100",
				text);
	*ret = ((double)value + (double)parts / (double)one) / 100;
	return 0;
}

static int check_feature(const char *name, struct diag *why)
{
	struct nearest nearest = { .word = name };

	for (enum feature_id id = 0; id < FEATURE_COUNT; id++) {
		if (strcmp(feature_row(id)->id, name) == 0)
			return 0;
		nearest_offer(&nearest, feature_row(id)->id);
	}
	if (nearest.best)
		return diag_set(why, -EINVAL, "there is no facility '%s': did you mean %s?", name,
				nearest.best);
	return diag_set(why, -EINVAL, "there is no facility '%s': slowpath doctor lists them",
			name);
}

int value_features(const char *text, struct diag *why)
{
	char name[FEATURE_ID_MAX];
	size_t length;
	int r;

	for (const char *item = text;; item += length + 1) {
		length = strcspn(item, ",");
		if (length == 0)
			return diag_set(why, -EINVAL,
					"'%s' names no facility: slowpath doctor lists them", text);
		if (length >= sizeof(name))
			return diag_set(why, -EINVAL,
					"there is no facility '%s': slowpath doctor lists them",
					item);
		memcpy(name, item, length);
		name[length] = '\0';
		r = check_feature(name, why);
		if (r < 0)
			return r;
		if (item[length] == '\0')
			return 0;
	}
}

const char *value_choice(enum option_type type, size_t number)
{
	switch (type) {
	case OPTION_TYPE_COLOR:
		return number < array_count(COLOR_NAMES) ? COLOR_NAMES[number] : NULL;
	case OPTION_TYPE_STATE:
		return number < array_count(STATES) ? wait_state_name(STATES[number]) : NULL;
	case OPTION_TYPE_FORMAT:
		return number < EXPORT_FORMAT_COUNT
			       ? export_format_row((enum export_format)number)->name
			       : NULL;
	case OPTION_TYPE_FEATURES:
		return number < FEATURE_COUNT ? feature_row((enum feature_id)number)->id : NULL;
	case OPTION_TYPE_PRESETS:
		return number < BENCH_PRESET_COUNT ? bench_preset_row((enum bench_preset)number)->id
						   : NULL;
	case OPTION_TYPE_FLAG:
	case OPTION_TYPE_STRING:
	case OPTION_TYPE_PIDS:
	case OPTION_TYPE_DURATION:
	case OPTION_TYPE_FREQUENCY:
	case OPTION_TYPE_PERCENT:
	case OPTION_TYPE_COUNT:
	case OPTION_TYPE_SIZE:
	case OPTION_TYPE_TARGETS:
		break;
	}
	return NULL;
}
