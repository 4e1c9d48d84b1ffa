/* Is the job file one that fio reads, whatever the names hold? */
#include "view/workload_fio.h"

#include <errno.h>
#include <string.h>

#include "harness/golden.h"
#include "harness/printed.h"
#include "harness/test.h"
#include "unit/view/sample_workload.h"

static char *job_file(const struct workload *workload, const struct workload_run *run)
{
	struct printed printed;

	printed_begin(&printed);
	assert_int_equal(view_workload_fio(workload, run, printed.out), 0);
	return printed_end(&printed);
}

static void the_job_file_looks_as_accepted(void **state)
{
	owns(workload_free) struct workload *workload = sample_workload();
	owns(own_free) char *text = job_file(workload, NULL);

	golden_assert("workload-fio", text);
	assert_harmless(text);
}

/* Sections, options and comments are all there is: no name makes a line of its own. */
static void each_line_is_a_section_an_option_or_a_comment(void **state)
{
	owns(workload_free) struct workload *workload = sample_workload();
	owns(own_free) char *text = job_file(workload, NULL);
	char *rest = NULL;
	size_t sections = 0;

	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		size_t name = strspn(line, "abcdefghijklmnopqrstuvwxyz_");

		if (line[0] == ';')
			continue;
		if (line[0] == '[') {
			sections++;
			assert_int_equal(line[strlen(line) - 1], ']');
			assert_int_equal(strcspn(line + 1, "[];# "), strlen(line) - 2);
			continue;
		}
		assert_true(name > 0 && line[name] == '=' && line[name + 1]);
		assert_null(strstr(line, "/dev"));
	}
	assert_int_equal(sections, 1 + workload->jobs.count);
}

static void what_is_not_known_is_left_out_and_said(void **state)
{
	owns(workload_free) struct workload *workload = sample_workload();
	owns(own_free) char *text = job_file(workload, NULL);
	const char *job = strstr(text, "[evil");

	assert_non_null(strstr(text, "; read_size: not known: page faults do not tell sizes\n"));
	assert_non_null(job);
	assert_true(strstr(job, "\nbs=") > strstr(job, "[sensor]"));
}

static void a_run_is_short_and_its_files_small(void **state)
{
	const struct workload_run run = { .runtime_s = 3, .bytes_max = 64 << 20 };
	owns(workload_free) struct workload *workload = sample_workload();
	owns(own_free) char *text = job_file(workload, &run);

	assert_true(workload_fio_bytes(workload) > 1ULL << 30);
	assert_non_null(strstr(text, "\nruntime=3\n"));
	assert_null(strstr(text, "filesize=1073741824"));
	assert_non_null(strstr(text, "\nfilesize="));
}

static void without_a_job_there_is_no_file(void **state)
{
	owns(workload_free) struct workload *workload = sample_no_workload();
	struct printed printed;
	char *text;

	printed_begin(&printed);
	assert_int_equal(view_workload_fio(workload, NULL, printed.out), -ENODATA);
	text = printed_end(&printed);
	assert_string_equal(text, "");
	free(text);
}

static void a_stream_that_takes_no_more_is_a_failure(void **state)
{
	owns(workload_free) struct workload *workload = sample_workload();
	FILE *full = printed_nowhere();

	assert_int_equal(view_workload_fio(workload, NULL, full), -ENOSPC);
	(void)fclose(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_job_file_looks_as_accepted),
		cmocka_unit_test(each_line_is_a_section_an_option_or_a_comment),
		cmocka_unit_test(what_is_not_known_is_left_out_and_said),
		cmocka_unit_test(a_run_is_short_and_its_files_small),
		cmocka_unit_test(without_a_job_there_is_no_file),
		cmocka_unit_test(a_stream_that_takes_no_more_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
