/* Is fio told what the preset says, and nothing that leads it elsewhere? */
#include "view/bench_fio.h"

#include <errno.h>
#include <string.h>

#include "analyse/fio_job.h"
#include "harness/printed.h"
#include "harness/test.h"

static char *job_of(enum bench_preset preset)
{
	struct printed printed;

	printed_begin(&printed);
	assert_int_equal(view_bench_fio(preset, 1 << 20, 2500000000, printed.out), 0);
	return printed_end(&printed);
}

static void the_options_stand_on_lines_of_their_own(void **state)
{
	owns(own_free) char *text = job_of(BENCH_PRESET_SYNC_WRITE);

	assert_string_equal(text,
			    "[bench]\nfilename=bench.data\nsize=1048576\nthread=1\ntime_based=1\n"
			    "runtime=2500ms\nrw=write\nbs=4k\nsync=1\nioengine=psync\n");
}

static void each_preset_passes_what_others_must_pass(void **state)
{
	for (int i = 0; i < BENCH_PRESET_COUNT; i++) {
		owns(own_free) char *text = job_of((enum bench_preset)i);
		struct diag why = {};
		struct fio_job job;

		if (fio_job_read(text, strlen(text), &job, &why) < 0)
			fail_msg("%s", why.text);
		assert_int_equal(job.bytes, 1 << 20);
	}
}

static void the_file_is_written_whole_before(void **state)
{
	struct printed printed;
	char *text;

	printed_begin(&printed);
	assert_int_equal(view_bench_fio_fill(4096, printed.out), 0);
	text = printed_end(&printed);
	assert_non_null(strstr(text, "filename=bench.data\nsize=4096\n"));
	assert_null(strstr(text, "time_based"));
	own_free(&text);
}

static void a_job_of_ones_own_is_told_as_one(void **state)
{
	struct printed printed;
	char *text;

	printed_begin(&printed);
	assert_int_equal(view_bench_fio_own("[a]\nrw=read\nmore", 12, printed.out), 0);
	text = printed_end(&printed);
	assert_string_equal(text, "[global]\ngroup_reporting=1\n[a]\nrw=read\n");
	own_free(&text);
}

static void a_stream_that_takes_no_more_is_a_failure(void **state)
{
	FILE *full = printed_nowhere();

	assert_int_equal(view_bench_fio_fill(4096, full), -ENOSPC);
	(void)fclose(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_options_stand_on_lines_of_their_own),
		cmocka_unit_test(each_preset_passes_what_others_must_pass),
		cmocka_unit_test(the_file_is_written_whole_before),
		cmocka_unit_test(a_job_of_ones_own_is_told_as_one),
		cmocka_unit_test(a_stream_that_takes_no_more_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
