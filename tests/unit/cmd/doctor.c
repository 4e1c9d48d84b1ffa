/* Does the doctor tell, in 80 columns and in JSON, what is missing, what that costs and where to
 * get it? */
#include "cmd/doctor.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/terminal.h"
#include "harness/test.h"

/* What the doctor prints with these facilities taken as absent; the caller's to free. */
static char *print(const char *without, bool json, int *ret_status)
{
	struct features features = {};
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	assert_int_equal(features_forbid(&features, without, NULL), 0);
	*ret_status = doctor_run(&features, out, json, NULL);
	assert_int_equal(fclose(out), 0);
	features_free(&features);
	return text;
}

static void every_line_fits_in_80_columns(void **state)
{
	int status;
	char *text = print("", false, &status);

	for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
		assert_in_range(strcspn(line, "\n"), 0, 80);
	free(text);
}

static void each_facility_has_its_line(void **state)
{
	char line[64];
	int status;
	char *text = print("", false, &status);

	for (unsigned int id = 0; id < FEATURE_COUNT; id++) {
		snprintf(line, sizeof(line), "\n%-20s ", feature_row(id)->id);
		assert_non_null(strstr(text, line));
	}
	free(text);
}

static void what_is_missing_has_its_loss_and_its_remedy(void **state)
{
	int status;
	char *text = print("psi", false, &status);
	char *psi = strstr(text, "\npsi ");

	assert_non_null(psi);
	*strstr(psi, "\nschedstats") = '\0';
	assert_non_null(strstr(psi, " no "));
	assert_non_null(strstr(psi, "\n      why:    taken as absent (--without)\n"));
	assert_non_null(strstr(psi, "\n      lost:   "));
	assert_non_null(strstr(psi, "\n      get it: CONFIG_PSI=y"));
	free(text);
}

/* The remedy stands with what it needs; that of its own row would mislead. */
static void what_needs_another_has_no_remedy_of_its_own(void **state)
{
	int status;
	char *text = print("bpf", false, &status);
	char *raw = strstr(text, "\nraw_tp ");

	assert_non_null(raw);
	*strstr(raw, "\ntracefs") = '\0';
	assert_non_null(strstr(raw, "needs bpf"));
	assert_null(strstr(raw, "get it:"));
	free(text);
}

static void without_bpf_there_is_no_verdict_and_the_status_says_so(void **state)
{
	int status;
	char *text = print("bpf", false, &status);

	assert_int_equal(status, 1);
	assert_non_null(strstr(text, "because bpf: taken as absent (--without)\nVerdicts: none. "));
	free(text);
}

static void the_last_words_are_the_verdicts(void **state)
{
	int status;
	char *text = print("", false, &status);
	const char *last = strstr(text, "\nVerdicts: ");

	assert_non_null(last);
	assert_null(strstr(last + 1, "\n\n"));
	assert_int_equal(status == 0, !strstr(last, "Verdicts: none"));
	free(text);
}

static const json_t *find(const json_t *report, const char *id)
{
	const json_t *facilities = json_object_get(report, "facilities");

	assert_int_equal(json_array_size(facilities), FEATURE_COUNT);
	for (size_t i = 0; i < json_array_size(facilities); i++) {
		const json_t *facility = json_array_get(facilities, i);

		if (strcmp(json_string_value(json_object_get(facility, "id")), id) == 0)
			return facility;
	}
	fail_msg("%s is not in the report", id);
	abort();
}

static void json_has_every_facility_with_its_fields(void **state)
{
	int status;
	char *text = print("bpf", true, &status);
	json_t *report = json_loads(text, 0, NULL);
	const json_t *bpf;

	assert_non_null(report);
	assert_string_equal(json_string_value(json_object_get(report, "schema")),
			    "slowpath.doctor/1");
	assert_int_equal(json_is_true(json_object_get(report, "live_screen")), terminal_is_built());
	bpf = find(report, "bpf");
	assert_string_equal(json_string_value(json_object_get(bpf, "works")), "no");
	assert_true(json_is_null(json_object_get(bpf, "rung")));
	assert_true(json_is_string(json_object_get(bpf, "lost")));
	assert_true(json_is_string(json_object_get(bpf, "remedy")));
	assert_true(json_is_null(json_object_get(find(report, "raw_tp"), "remedy")));
	assert_true(json_is_false(json_object_get(json_object_get(report, "verdicts"), "works")));
	assert_int_equal(status, 1);
	json_decref(report);
	free(text);
}

static void a_full_disk_is_told(void **state)
{
	struct features features = {};
	struct diag why = {};
	FILE *out = fopen("/dev/full", "we");

	if (!out) {
		print_message("skipped: there is no /dev/full\n");
		skip();
	}
	assert_int_equal(features_forbid(&features, "bpf,btf", NULL), 0);
	assert_int_equal(doctor_run(&features, out, false, &why), 1);
	assert_non_null(strstr(why.text, "cannot be written"));
	(void)fclose(out);
	features_free(&features);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_line_fits_in_80_columns),
		cmocka_unit_test(each_facility_has_its_line),
		cmocka_unit_test(what_is_missing_has_its_loss_and_its_remedy),
		cmocka_unit_test(what_needs_another_has_no_remedy_of_its_own),
		cmocka_unit_test(without_bpf_there_is_no_verdict_and_the_status_says_so),
		cmocka_unit_test(the_last_words_are_the_verdicts),
		cmocka_unit_test(json_has_every_facility_with_its_fields),
		cmocka_unit_test(a_full_disk_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
