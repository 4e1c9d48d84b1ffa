/* How is a number told to people? In whole numbers throughout: the same digits in every locale. */
#include "finding/format.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/array.h"

/* A unit serves values below `below` of itself; the last one serves all. */
struct unit {
	const char *name;
	uint64_t size;
	uint64_t below;
};

static const struct unit TIME_UNITS[] = {
	{ "ns", 1, 1000 },         { "us", 1000, 1000 },        { "ms", 1000000, 1000 },
	{ "s", 1000000000, 1000 }, { "min", 60000000000, 100 }, { "h", 3600000000000, UINT64_MAX },
};

static const struct unit BYTE_UNITS[] = {
	{ "B", 1, 1024 },
	{ "KiB", UINT64_C(1) << 10, 1024 },
	{ "MiB", UINT64_C(1) << 20, 1024 },
	{ "GiB", UINT64_C(1) << 30, 1024 },
	{ "TiB", UINT64_C(1) << 40, 1024 },
	{ "PiB", UINT64_C(1) << 50, UINT64_MAX },
};

/* value / size, rounded to the nearest; no overflow for any value. */
static uint64_t divide_rounded(uint64_t value, uint64_t size)
{
	uint64_t rest = value % size;

	return value / size + (rest >= size - rest ? 1 : 0);
}

/* whole.fraction, where hundredths is a number of hundredths or tenths (scale 100 or 10). */
static void print_scaled(struct number *number, uint64_t scaled, unsigned int scale, bool trim)
{
	unsigned int digits = scale == 100 ? 2 : 1;

	while (trim && scale > 1 && scaled % 10 == 0) {
		scaled /= 10;
		scale /= 10;
		digits--;
	}
	if (scale == 1) {
		(void)snprintf(number->text, sizeof(number->text), "%" PRIu64, scaled);
		return;
	}
	(void)snprintf(number->text, sizeof(number->text), "%" PRIu64 ".%0*" PRIu64, scaled / scale,
		       (int)digits, scaled % scale);
}

/* Three significant digits of value in this unit; false when rounding leads out of the unit's
 * range. */
static bool print_in_unit(uint64_t value, const struct unit *unit, bool trim, struct number *ret)
{
	/* The products cannot overflow: they are taken of values below 10 and 100 units only. */
	if (unit->size > 1 && value / unit->size < 10) {
		uint64_t hundredths = divide_rounded(value * 100, unit->size);

		if (hundredths < 1000) {
			print_scaled(ret, hundredths, 100, trim);
			return true;
		}
	}
	if (unit->size > 1 && value / unit->size < 100) {
		uint64_t tenths = divide_rounded(value * 10, unit->size);

		if (tenths < 1000 && tenths < unit->below * 10) {
			print_scaled(ret, tenths, 10, trim);
			return true;
		}
	}
	if (divide_rounded(value, unit->size) >= unit->below)
		return false;
	print_scaled(ret, divide_rounded(value, unit->size), 1, false);
	return true;
}

static struct number print_with_unit(uint64_t value, const struct unit *units, size_t count,
				     bool trim)
{
	struct number digits = {}, number = {};
	size_t i = 0;

	while (i < count - 1 && !print_in_unit(value, &units[i], trim, &digits))
		i++;
	if (i == count - 1)
		(void)print_in_unit(value, &units[i], trim, &digits);
	(void)snprintf(number.text, sizeof(number.text), "%.24s %.4s", digits.text, units[i].name);
	return number;
}

struct number format_duration(uint64_t ns)
{
	if (ns == 0)
		return (struct number){ "0 s" };
	return print_with_unit(ns, TIME_UNITS, array_count(TIME_UNITS), false);
}

struct number format_bytes(uint64_t bytes)
{
	return print_with_unit(bytes, BYTE_UNITS, array_count(BYTE_UNITS), true);
}

struct number format_share(double share)
{
	struct number number = {};
	uint64_t tenths;

	/* Also false for what is not a number. */
	if (!(share >= 0 && share < 1e6))
		return (struct number){ "unknown" };
	if (share == 0)
		return (struct number){ "0 %" };

	tenths = (uint64_t)(share * 1000 + 0.5);
	if (tenths == 0)
		return (struct number){ "<0.1 %" };
	if (tenths < 100)
		(void)snprintf(number.text, sizeof(number.text), "%" PRIu64 ".%" PRIu64 " %%",
			       tenths / 10, tenths % 10);
	else
		(void)snprintf(number.text, sizeof(number.text), "%" PRIu64 " %%",
			       (uint64_t)(share * 100 + 0.5));
	return number;
}

struct number format_count(uint64_t count)
{
	struct number number = {}, digits = {};
	int length = snprintf(digits.text, sizeof(digits.text), "%" PRIu64, count);
	size_t filled = 0;

	for (int i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			number.text[filled++] = ',';
		number.text[filled++] = digits.text[i];
	}
	return number;
}

struct number format_factor(double factor)
{
	struct number number = {};
	uint64_t hundredths;

	if (!(factor >= 0 && factor < 1e15))
		return (struct number){ "unknown" };

	hundredths = (uint64_t)(factor * 100 + 0.5);
	if (hundredths < 200)
		print_scaled(&number, hundredths, 100, false);
	else if (hundredths < 995)
		print_scaled(&number, divide_rounded(hundredths, 10), 10, false);
	else
		print_scaled(&number, divide_rounded(hundredths, 100), 1, false);
	return number;
}
