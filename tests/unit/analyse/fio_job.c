/* Is a job file that would reach beyond its folder refused, and each other one taken? */
#include "analyse/fio_job.h"

#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "harness/test.h"

static int read_job(const char *text, struct fio_job *ret, struct diag *why)
{
	return fio_job_read(text, strlen(text), ret, why);
}

static void files_of_its_own_are_fine(void **state)
{
	static const char *const texts[] = {
		"[job]\nrw=read\nsize=4k\n",
		"; a comment /dev/vda\n# another /etc\n[global]\nioengine=libaio\n\n[a]\nfilename=x\nsize=1m",
		"[a]\nrandom_distribution=zoned:60/10:30/20:8/30:2/40\nbssplit=4k/50:8k/50\nsize=1",
		"[a]\r\nrw=randread\r\nIOENGINE=io_uring\r\nsize=1G\r\n",
	};

	for (size_t i = 0; i < array_count(texts); i++) {
		struct fio_job job;
		struct diag why = {};

		if (read_job(texts[i], &job, &why) < 0)
			fail_msg("%s", why.text);
	}
}

static void whatever_names_another_place_is_refused(void **state)
{
	static const struct {
		const char *text;
		const char *words;
	} rows[] = {
		{ "[a]\nfilename=/dev/vda\nsize=1", "line 2: it names a path" },
		{ "[a]\nfilename=x:../y\nsize=1", "line 2: it names a path" },
		{ "[a]\n  directory = home\n", "line 2: directory is refused" },
		{ "[a]\nfilename=-\n", "line 2: it names a path" },
		{ "include other.fio\n[a]\n", "line 1: include is refused" },
		{ "include=/x.fio\n[a]\n", "line 1: include is refused" },
		{ "[a]\ninclude:/x.fio\n", "line 2: include is refused" },
		{ "[a]\nsize=$ncpus*1'; id; '\n", "line 2: a variable" },
		{ "[../../a]\nsize=1\n", "line 1: a job's name" },
		{ "[a]\n\v\fexec_prerun\v=\vid\n", "line 2: exec_prerun is refused" },
		{ "[a]\n/dev/vda\n", "line 2: it names a path" },
		{ "[a]\nexec_prerun=rm x\n", "line 2: exec_prerun is refused" },
		{ "[a]\nEXEC_POSTRUN=rm x\n", "exec_postrun is refused" },
		{ "[a]\nioengine=external:x.so\n", "line 2: this ioengine" },
		{ "[a]\nioengine=net\n", "line 2: this ioengine" },
		{ "[a]\nfilename=${WHERE}\n", "line 2: a variable" },
		{ "[a]\nwrite_bw_log=/tmp/x\n", "line 2: it names a path" },
		{ "[a]\nverify_state_load=1\nread_iolog=x\n", "line 3: read_iolog" },
		{ "rw=read\n", "there is no [job]" },
		{ "[global]\nrw=read\n", "there is no [job]" },
		{ "", "there is no [job]" },
	};

	for (size_t i = 0; i < array_count(rows); i++) {
		struct fio_job job;
		struct diag why = {};

		assert_int_equal(read_job(rows[i].text, &job, &why), -EINVAL);
		if (!strstr(why.text, rows[i].words))
			fail_msg("'%s' lacks '%s'", why.text, rows[i].words);
	}
}

static uint64_t bytes_of(const char *text)
{
	struct fio_job job = {};
	struct diag why = {};

	if (read_job(text, &job, &why) < 0)
		fail_msg("%s", why.text);
	return job.bytes;
}

static void what_its_files_take_is_added_up(void **state)
{
	assert_int_equal(bytes_of("[a]\nsize=4k\n"), 4096);
	assert_int_equal(bytes_of("[global]\nsize=1m\nnumjobs=2\n[a]\n[b]\nsize=1k\nnumjobs=1\n"),
			 (2 << 20) + 1024);
	assert_int_equal(bytes_of("[a]\nsize=2GiB\n"), UINT64_C(2) << 30);
	assert_int_equal(bytes_of("[a]\nsize=512\n"), 512);
}

static void what_they_take_is_unknown_rather_than_wrong(void **state)
{
	assert_int_equal(bytes_of("[a]\nsize=50%\n"), 0);
	assert_int_equal(bytes_of("[a]\nrw=read\n"), 0);
	assert_int_equal(bytes_of("[a]\nsize=4k\n[b]\nsize=18446744073709551615\nnumjobs=3\n"), 0);
	assert_int_equal(bytes_of("[a]\nsize=99999999999999999999\n"), 0);
}

static void odd_bytes_are_no_job(void **state)
{
	static const char hidden[] = "[a]\nsize=1\0\nfilename=/dev/vda\n";
	char longest[2048];
	struct fio_job job;
	struct diag why = {};

	assert_int_equal(fio_job_read(hidden, sizeof(hidden) - 1, &job, &why), -EINVAL);
	assert_string_equal(why.text, "it is no text");
	memset(longest, 'x', sizeof(longest));
	diag_clear(&why);
	assert_int_equal(fio_job_read(longest, sizeof(longest), &job, &why), -EINVAL);
	assert_string_equal(why.text, "line 1 is longer than 1023 bytes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_of_its_own_are_fine),
		cmocka_unit_test(whatever_names_another_place_is_refused),
		cmocka_unit_test(what_its_files_take_is_added_up),
		cmocka_unit_test(what_they_take_is_unknown_rather_than_wrong),
		cmocka_unit_test(odd_bytes_are_no_job),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
