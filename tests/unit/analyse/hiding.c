/* Is it said which setting hides names, and which runtime makes code without any? */
#include "analyse/hiding.h"

#include <stdlib.h>

#include "unit/analyse/symbols_facts.h"

static const struct symbols_settings OPEN = {
	.are_asked = true,
	.has_kallsyms = true,
	.has_data = true,
	.is_root = true,
	.lockdown = "none",
};

/* The titles of all fixes and all notes, for these settings. The caller frees. */
static char *told_of(struct symbols_settings settings)
{
	struct symbols_input input = input_of(NULL, 0);
	struct symbols_report *report;
	size_t bytes = 0;
	char *text = NULL;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	input.settings = settings;
	report = report_of(&input);
	for (size_t i = 0; i < report->fixes.count; i++) {
		char *steps = steps_of(&report->fixes.items[i]);

		fprintf(out, "%s\n%s", report->fixes.items[i].title, steps);
		free(steps);
	}
	for (size_t i = 0; i < report->notes.count; i++)
		fprintf(out, "%s\n", report->notes.items[i].words);
	assert_int_equal(fclose(out), 0);
	symbols_report_free(&report);
	return text;
}

static void assert_told(struct symbols_settings settings, const char *part)
{
	char *text = told_of(settings);

	assert_has(text, part);
	free(text);
}

static void settings_that_hide_nothing_are_not_told(void **state)
{
	char *text = told_of(OPEN);

	assert_string_equal(text, "");
	free(text);
	text = told_of((struct symbols_settings){ .lockdown = "confidentiality" });
	assert_string_equal(text, "");
	free(text);
}

static void each_setting_that_hides_has_its_remedy(void **state)
{
	struct symbols_settings settings = OPEN;

	settings.has_kallsyms = false;
	assert_told(settings, "CONFIG_KALLSYMS");
	settings = OPEN;
	settings.is_hidden = true;
	settings.kptr_restrict = 2;
	assert_told(settings, "$ sysctl kernel.kptr_restrict=1\n");
	settings.kptr_restrict = 0;
	assert_told(settings, "CAP_SYSLOG");
	settings.is_root = false;
	assert_told(settings, "Run slowpath as root");
	settings = OPEN;
	settings.lockdown = "confidentiality";
	assert_told(settings, "locked down");
	settings = OPEN;
	settings.is_root = false;
	settings.perf_event_paranoid = 2;
	assert_told(settings, "$ sysctl kernel.perf_event_paranoid=1\n");
	settings = OPEN;
	settings.has_data = false;
	assert_told(settings, "CONFIG_KALLSYMS_ALL");
}

/* The steps about code that is in no file, of a process with this file mapped; NULL: none. */
static char *code_steps(const char *path, struct symbols_process process)
{
	struct symbols_facts facts = facts_of(SYMBOLS_OF_FILE, "x", path);
	struct symbols_input input = input_of(&facts, 1);
	struct symbols_report *report;
	char *steps = NULL;

	facts.has_lines = true;
	process.pid = 7;
	process.comm = "x";
	process.perf_map = "/tmp/perf-7.map";
	input.process = process;
	report = report_of(&input);
	for (size_t i = 0; i < report->fixes.count; i++) {
		assert_null(steps);
		steps = steps_of(&report->fixes.items[i]);
	}
	symbols_report_free(&report);
	return steps;
}

static void a_runtime_is_known_by_its_files(void **state)
{
	static const char *const KNOWN[][2] = {
		{ "/usr/lib/jvm/lib/server/libjvm.so", "Compiler.perfmap" },
		{ "/usr/bin/node", "--perf-basic-prof" },
		{ "/usr/share/dotnet/libcoreclr.so", "DOTNET_PerfMapEnabled=1" },
		{ "/usr/lib/libluajit-5.1.so.2", "LUAJIT_USE_PERFTOOLS" },
		{ "/opt/engine", "none is mapped" },
	};

	for (size_t i = 0; i < sizeof(KNOWN) / sizeof(KNOWN[0]); i++) {
		char *steps = code_steps(KNOWN[i][0], (struct symbols_process){
							      .anonymous = 2,
							      .anonymous_bytes = 8192,
						      });

		assert_non_null(steps);
		assert_has(steps, "8 KiB in 2 executable mappings");
		assert_has(steps, "/tmp/perf-7.map");
		assert_has(steps, KNOWN[i][1]);
		free(steps);
	}
}

static void an_interpreter_is_told_even_before_it_makes_code(void **state)
{
	char *steps = code_steps("/usr/bin/python3.12", (struct symbols_process){});

	assert_non_null(steps);
	assert_has(steps, "-X perf");
	free(steps);
}

static void code_with_a_map_needs_nothing(void **state)
{
	assert_null(code_steps("/usr/bin/node", (struct symbols_process){
							.anonymous = 2,
							.has_perf_map = true,
						}));
	assert_null(code_steps("/usr/bin/ls", (struct symbols_process){}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_that_hide_nothing_are_not_told),
		cmocka_unit_test(each_setting_that_hides_has_its_remedy),
		cmocka_unit_test(a_runtime_is_known_by_its_files),
		cmocka_unit_test(an_interpreter_is_told_even_before_it_makes_code),
		cmocka_unit_test(code_with_a_map_needs_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
