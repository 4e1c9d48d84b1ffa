/* Is a value taken exactly as written, or refused? */
#include "cmd/values.h"

#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "harness/test.h"

static void times_are_read_to_the_nanosecond(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} rows[] = {
		{ "10", 10000000000 },
		{ "1.5", 1500000000 },
		{ "0.1", 100000000 },
		{ "1.123456789", 1123456789 },
		{ "1.1234567899", 1123456789 },
		{ "500ms", 500000000 },
		{ "2.5ms", 2500000 },
		{ "7us", 7000 },
		{ "1ns", 1 },
		{ "2m", 120000000000 },
		{ "2min", 120000000000 },
		{ "1.5h", 5400000000000 },
		{ "30s", 30000000000 },
		{ "9223372036", 9223372036000000000 },
	};

	for (size_t i = 0; i < array_count(rows); i++) {
		uint64_t ns = 0;

		assert_int_equal(value_duration(rows[i].text, &ns, NULL), 0);
		assert_int_equal(ns, rows[i].ns);
	}
}

static void what_is_no_time_is_refused(void **state)
{
	static const char *const texts[] = {
		"",     "soon",  "-1",    "+1",  " 1",    "1 ",   "nan",  "inf",
		"0x10", "1e3",   "1.",    ".5",  "1.5.5", "1,5",  "10x",  "ms",
		"0",    "0.0ms", "0.5ns", "1 s", "1d",    "10s1", "1..5", "1.s",
	};

	for (size_t i = 0; i < array_count(texts); i++) {
		uint64_t ns = 77;
		struct diag why = {};

		assert_int_equal(value_duration(texts[i], &ns, &why), -EINVAL);
		assert_int_equal(ns, 77);
		assert_true(why.text[0] != '\0');
	}
}

static void a_time_too_long_to_count_is_refused(void **state)
{
	static const char *const texts[] = { "9223372037", "18446744073709551616",
					     "99999999999999999999999", "2562048h",
					     "18446744073709551615h" };

	for (size_t i = 0; i < array_count(texts); i++) {
		uint64_t ns = 77;
		struct diag why = {};

		assert_int_equal(value_duration(texts[i], &ns, &why), -EINVAL);
		assert_non_null(strstr(why.text, "too long"));
	}
}

static void pids_are_whole_numbers_of_the_kernels_range(void **state)
{
	static const char *const wrong[] = { "",
					     "0",
					     "-1",
					     "+1",
					     "abc",
					     "1x",
					     "1.0",
					     " 1",
					     "0x1",
					     "1 ",
					     "2147483648",
					     "4294967297",
					     "18446744073709551617" };
	uint32_t pid = 0;

	assert_int_equal(value_pid("1", &pid, NULL), 0);
	assert_int_equal(pid, 1);
	assert_int_equal(value_pid("2147483647", &pid, NULL), 0);
	assert_int_equal(pid, INT32_MAX);
	for (size_t i = 0; i < array_count(wrong); i++)
		assert_int_equal(value_pid(wrong[i], &pid, NULL), -EINVAL);
	assert_int_equal(pid, INT32_MAX);
}

static void frequencies_have_a_limit(void **state)
{
	uint32_t hz = 1;

	assert_int_equal(value_frequency("0", &hz, NULL), 0);
	assert_int_equal(hz, 0);
	assert_int_equal(value_frequency("10000", &hz, NULL), 0);
	assert_int_equal(hz, 10000);
	assert_int_equal(value_frequency("10001", &hz, NULL), -EINVAL);
	assert_int_equal(value_frequency("99Hz", &hz, NULL), -EINVAL);
}

static void counts_go_up_to_a_thousand(void **state)
{
	uint32_t count = 7;

	assert_int_equal(value_count("0", &count, NULL), 0);
	assert_int_equal(count, 0);
	assert_int_equal(value_count("1000", &count, NULL), 0);
	assert_int_equal(value_count("1001", &count, NULL), -EINVAL);
	assert_int_equal(value_count("a", &count, NULL), -EINVAL);
	assert_int_equal(count, 1000);
}

static void percentages_are_shares_up_to_one(void **state)
{
	static const char *const bad[] = { "",
					   "-1",
					   "101",
					   "100.01",
					   "5%",
					   ".5",
					   "5.",
					   "1e1",
					   "x",
					   "5.5.5",
					   "99999999999999999999" };
	double share = 0;

	assert_int_equal(value_percent("0", &share, NULL), 0);
	assert_true(share == 0);
	assert_int_equal(value_percent("0.5", &share, NULL), 0);
	assert_true(share > 0.00499999 && share < 0.00500001);
	assert_int_equal(value_percent("100", &share, NULL), 0);
	assert_true(share == 1);
	for (size_t i = 0; i < array_count(bad); i++)
		assert_int_equal(value_percent(bad[i], &share, NULL), -EINVAL);
	assert_true(share == 1);
}

static void states_are_one_of_three(void **state)
{
	enum wait_state wanted = WAIT_STATE_ALL;
	struct diag why = {};

	assert_int_equal(value_state("D", &wanted, NULL), 0);
	assert_int_equal(wanted, WAIT_STATE_D);
	assert_int_equal(value_state("d", &wanted, &why), -EINVAL);
	assert_int_equal(wanted, WAIT_STATE_D);
	assert_non_null(strstr(why.text, "'d'"));
}

static void colors_are_one_of_three(void **state)
{
	enum color_when when = COLOR_AUTO;

	assert_int_equal(value_color("always", &when, NULL), 0);
	assert_int_equal(when, COLOR_ALWAYS);
	assert_int_equal(value_color("never", &when, NULL), 0);
	assert_int_equal(when, COLOR_NEVER);
	assert_int_equal(value_color("auto", &when, NULL), 0);
	assert_int_equal(when, COLOR_AUTO);
	assert_int_equal(value_color("alwaysx", &when, NULL), -EINVAL);
	assert_int_equal(value_color("", &when, NULL), -EINVAL);
}

static void formats_are_known_by_name(void **state)
{
	struct diag why = {};
	enum export_format format;

	assert_int_equal(value_format("perf-script", &format, &why), 0);
	assert_int_equal(format, EXPORT_PERF_SCRIPT);
	assert_int_equal(value_format("perfeto", &format, &why), -EINVAL);
	assert_non_null(strstr(why.text, "did you mean perfetto?"));
}

/* Every word that is offered is one that is taken. */
static void the_words_of_closed_sets_are_those_that_are_taken(void **state)
{
	enum color_when color;
	enum wait_state wait_state;
	enum export_format format;
	const char *word;
	uint32_t presets;

	for (size_t i = 0; (word = value_choice(OPTION_TYPE_COLOR, i)); i++)
		assert_int_equal(value_color(word, &color, NULL), 0);
	for (size_t i = 0; (word = value_choice(OPTION_TYPE_STATE, i)); i++)
		assert_int_equal(value_state(word, &wait_state, NULL), 0);
	for (size_t i = 0; (word = value_choice(OPTION_TYPE_FORMAT, i)); i++)
		assert_int_equal(value_format(word, &format, NULL), 0);
	for (size_t i = 0; (word = value_choice(OPTION_TYPE_FEATURES, i)); i++)
		assert_int_equal(value_features(word, NULL), 0);
	for (size_t i = 0; (word = value_choice(OPTION_TYPE_PRESETS, i)); i++)
		assert_int_equal(value_presets(word, &presets, NULL), 0);
	assert_null(value_choice(OPTION_TYPE_PIDS, 0));
	assert_non_null(value_choice(OPTION_TYPE_FORMAT, EXPORT_FORMAT_COUNT - 1));
}

static void facilities_must_exist(void **state)
{
	struct diag why = {};
	char long_name[200];

	assert_int_equal(value_features("btf", NULL), 0);
	assert_int_equal(value_features("btf,bpf", NULL), 0);
	assert_int_equal(value_features("", NULL), -EINVAL);
	assert_int_equal(value_features("btf,", NULL), -EINVAL);
	assert_int_equal(value_features("btf,luck", &why), -EINVAL);
	assert_non_null(strstr(why.text, "luck"));
	diag_clear(&why);
	assert_int_equal(value_features("tpbtf", &why), -EINVAL);
	assert_non_null(strstr(why.text, "tp_btf"));
	memset(long_name, 'x', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	assert_int_equal(value_features(long_name, NULL), -EINVAL);
}

static void sizes_are_in_units_of_1024(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} rows[] = {
		{ "1", 1 },
		{ "4096", 4096 },
		{ "64k", 65536 },
		{ "256M", 256 << 20 },
		{ "1GiB", 1 << 30 },
		{ "2TB", UINT64_C(2) << 40 },
		{ "9223372036854775807", INT64_MAX },
	};
	static const char *const odd[] = { "",    "M",    "0",        "0G",
					   "-1",  "1.5G", "1 G",      "1X",
					   "1Mb", "1MBB", "1B",       "0x10",
					   "1iB", " 1",   "9999999T", "9223372036854775808" };

	for (size_t i = 0; i < array_count(rows); i++) {
		uint64_t bytes = 0;

		assert_int_equal(value_size(rows[i].text, &bytes, NULL), 0);
		assert_int_equal(bytes, rows[i].bytes);
	}
	for (size_t i = 0; i < array_count(odd); i++) {
		uint64_t bytes = 77;
		struct diag why = {};

		assert_int_equal(value_size(odd[i], &bytes, &why), -EINVAL);
		assert_int_equal(bytes, 77);
		assert_true(why.text[0] != '\0');
	}
}

static void targets_have_a_name_and_a_folder(void **state)
{
	static const struct {
		const char *text, *name, *folder;
	} rows[] = {
		{ "ccm=/ccm", "ccm", "/ccm" },        { "a.b_c-1=x=y", "a.b_c-1", "x=y" },
		{ "/mnt/data", "data", "/mnt/data" }, { "/mnt/data//", "data", "/mnt/data//" },
		{ "data", "data", "data" },           { "/mnt/a=b/data", "data", "/mnt/a=b/data" },
	};
	static const char *const odd[] = {
		"",       "=",    "a=",          "=/x",      "/",
		"a b=/x", "./.=", "\303\244=/x", "/mnt/a=b", "a23456789012345678901234567890123=/x"
	};
	char name[BENCH_NAME_BYTES];
	const char *folder;

	for (size_t i = 0; i < array_count(rows); i++) {
		assert_int_equal(value_target(rows[i].text, name, &folder, NULL), 0);
		assert_string_equal(name, rows[i].name);
		assert_string_equal(folder, rows[i].folder);
	}
	for (size_t i = 0; i < array_count(odd); i++) {
		struct diag why = {};

		assert_int_equal(value_target(odd[i], name, &folder, &why), -EINVAL);
		assert_true(why.text[0] != '\0');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_read_to_the_nanosecond),
		cmocka_unit_test(what_is_no_time_is_refused),
		cmocka_unit_test(a_time_too_long_to_count_is_refused),
		cmocka_unit_test(pids_are_whole_numbers_of_the_kernels_range),
		cmocka_unit_test(frequencies_have_a_limit),
		cmocka_unit_test(counts_go_up_to_a_thousand),
		cmocka_unit_test(percentages_are_shares_up_to_one),
		cmocka_unit_test(states_are_one_of_three),
		cmocka_unit_test(colors_are_one_of_three),
		cmocka_unit_test(formats_are_known_by_name),
		cmocka_unit_test(the_words_of_closed_sets_are_those_that_are_taken),
		cmocka_unit_test(facilities_must_exist),
		cmocka_unit_test(sizes_are_in_units_of_1024),
		cmocka_unit_test(targets_have_a_name_and_a_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
