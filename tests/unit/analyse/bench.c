/* Are rounds added up as they came, and is what differs told apart from chance and explained? */
#include "analyse/bench.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/test.h"

#define MS(n)  ((uint64_t)(n)*1000000)
#define MIB(n) ((uint64_t)(n) << 20)

enum {
	FAST,
	SLOW,
};

static void add_target(struct bench *report, const char *name)
{
	struct bench_target *target = array_push(&report->targets);

	assert_non_null(target);
	strcpy(target->name, name);
	target->folder = strdup("/x");
	target->type = strdup("ext4");
	target->source = strdup("/dev/vda");
	assert_true(target->folder && target->type && target->source);
}

static struct bencher *begin(void)
{
	struct bench *report = calloc(1, sizeof(*report));
	struct bencher *bencher = NULL;
	struct bench_case *one;

	assert_non_null(report);
	add_target(report, "fast");
	add_target(report, "slow");
	one = array_push(&report->cases);
	assert_non_null(one);
	strcpy(one->id, "rand-read");
	one->options = strdup("rw=randread");
	assert_non_null(one->options);
	assert_int_equal(bencher_new(&report, &bencher), 0);
	assert_null(report);
	return bencher;
}

/* Reads of so many bytes in a second, one of 4 KiB after the other. */
static struct fio_result result_of(uint64_t bytes)
{
	return (struct fio_result){
		.version = "fio-3.33",
		.jobs_ns = MS(1000),
		.flows[BENCH_READ] = { .bytes = bytes,
				       .ops = bytes / 4096,
				       .timed = bytes / 4096,
				       .min_ns = 1000,
				       .max_ns = 9000,
				       .mean_ns = 2000 },
	};
}

static struct profile_pool *add_pool(struct profile *profile, const char *name, bool is_kernel,
				     uint64_t run_ns)
{
	struct profile_pool *pool = array_push(&profile->pools);

	assert_non_null(pool);
	strcpy(pool->name, name);
	pool->is_kernel = is_kernel;
	pool->run_ns = run_ns;
	pool->threads = 2;
	return pool;
}

static struct profile *profile_of(uint64_t job_ns, uint64_t crypt_ns)
{
	struct profile *profile = calloc(1, sizeof(*profile));

	assert_non_null(profile);
	profile->window_ns = MS(1100);
	add_pool(profile, "fio", false, job_ns);
	if (crypt_ns)
		add_pool(profile, "kworker kcryptd", true, crypt_ns)->born = 1;
	return profile;
}

static void add_round(struct bencher *bencher, size_t target, uint64_t bytes, uint64_t job_ns,
		      uint64_t crypt_ns)
{
	owns(profile_free) struct profile *profile = profile_of(job_ns, crypt_ns);
	const struct fio_result fio = result_of(bytes);
	const struct bench_run run = {
		.fio = &fio,
		.profile = profile,
		.counted_ns = job_ns,
		.device_bytes = bytes,
		.is_device_known = true,
	};

	assert_int_equal(bencher_add(bencher, 0, target, &run), 0);
}

static const struct bench *report_of(struct bencher *bencher)
{
	const struct bench *report;

	assert_int_equal(bencher_report(bencher, &report, NULL), 0);
	return report;
}

static bool is_near(double value, double wanted)
{
	return fabs(value - wanted) <= fabs(wanted) * 1e-6;
}

static bool has_words(const void *list, const char *words)
{
	const ARRAY(struct text) *texts = list;

	for (size_t i = 0; i < texts->count; i++) {
		if (strstr(texts->items[i].words, words))
			return true;
	}
	return false;
}

static void rounds_are_added_up(void **state)
{
	owns(bencher_free) struct bencher *bencher = begin();
	const struct bench_row *row;
	const struct bench_pool *pool;

	add_round(bencher, SLOW, MIB(10), MS(100), MS(300));
	add_round(bencher, SLOW, MIB(20), MS(120), MS(500));
	add_round(bencher, SLOW, MIB(30), MS(140), 0);
	row = &report_of(bencher)->cases.items[0].rows[SLOW];
	assert_int_equal(row->rounds, 3);
	assert_int_equal(row->bytes, MIB(60));
	assert_int_equal(row->ops, MIB(60) / 4096);
	assert_true(is_near(row->bytes_per_s, (double)MIB(20)));
	assert_true(is_near(row->least_bytes_per_s, (double)MIB(10)));
	assert_true(is_near(row->most_bytes_per_s, (double)MIB(30)));
	assert_true(is_near(row->deviation, 0.5));
	assert_int_equal(row->job_ns, MS(360));
	assert_int_equal(row->kernel_ns, MS(800));
	assert_true(is_near(row->cpu_per_gib, (double)MS(1160) * 1024 / 60));
	assert_int_equal(row->pools.count, 2);
	pool = &row->pools.items[0];
	assert_string_equal(pool->name, "kworker kcryptd");
	assert_int_equal(pool->born, 2);
	assert_int_equal(pool->threads, 2);
	assert_true(is_near(pool->cpus, 800.0 / 3300));
	assert_int_equal(row->latency[BENCH_READ].count, MIB(60) / 4096);
	assert_true(is_near(row->device_share, 1));
}

static void a_large_steady_difference_is_certain(void **state)
{
	owns(bencher_free) struct bencher *bencher = begin();
	const struct bench_difference *difference;
	const struct bench_case *one;

	for (uint64_t i = 0; i < 3; i++) {
		add_round(bencher, FAST, MIB(80 + i), MS(100), 0);
		add_round(bencher, SLOW, MIB(20) + i * 4096, MS(100), MS(700));
	}
	one = &report_of(bencher)->cases.items[0];
	assert_int_equal(one->differences.count, 1);
	difference = &one->differences.items[0];
	assert_int_equal(difference->slower, SLOW);
	assert_int_equal(difference->faster, FAST);
	assert_true(difference->is_judged && difference->is_certain);
	assert_true(difference->factor > 4 && difference->factor < 4.1);
	assert_non_null(strstr(difference->headline,
			       "slow reads 4.1 times slower than fast: 20 MiB/s, not 81 MiB/s"));
	assert_true(has_words(&difference->reasons,
			      "kworker kcryptd (kernel threads): on a CPU 64 % of the time"));
	assert_false(has_words(&difference->reasons, "fio (the job): on a CPU 64 %"));
}

static void a_difference_within_chance_is_none(void **state)
{
	owns(bencher_free) struct bencher *bencher = begin();
	const struct bench_difference *difference;

	for (uint64_t i = 0; i < 3; i++) {
		add_round(bencher, FAST, MIB(80 + 10 * i), MS(100), 0);
		add_round(bencher, SLOW, MIB(76 + 10 * i), MS(100), MS(700));
	}
	difference = &report_of(bencher)->cases.items[0].differences.items[0];
	assert_true(difference->is_judged);
	assert_false(difference->is_certain);
	assert_non_null(
		strstr(difference->headline, "no certain difference between slow and fast"));
	assert_int_equal(difference->reasons.count, 0);
}

static void a_difference_too_small_to_matter_is_none_however_steady(void **state)
{
	owns(bencher_free) struct bencher *bencher = begin();

	for (uint64_t i = 0; i < 3; i++) {
		add_round(bencher, FAST, MIB(100), MS(100), 0);
		add_round(bencher, SLOW, MIB(99), MS(100), 0);
	}
	assert_false(report_of(bencher)->cases.items[0].differences.items[0].is_certain);
}

static void few_rounds_judge_nothing(void **state)
{
	owns(bencher_free) struct bencher *bencher = begin();
	const struct bench_difference *difference;
	const struct bench *report;

	add_round(bencher, FAST, MIB(80), MS(100), 0);
	add_round(bencher, SLOW, MIB(20), MS(100), 0);
	report = report_of(bencher);
	difference = &report->cases.items[0].differences.items[0];
	assert_false(difference->is_judged || difference->is_certain);
	assert_non_null(strstr(difference->headline, "whether that is chance is not known"));
	assert_true(has_words(&report->notes, "with fewer than 3 rounds"));
}

static void who_got_nothing_done_is_slower_without_bound(void **state)
{
	owns(bencher_free) struct bencher *bencher = begin();
	const struct bench_difference *difference;

	for (int i = 0; i < 3; i++) {
		add_round(bencher, FAST, MIB(80), MS(100), 0);
		add_round(bencher, SLOW, 0, MS(1), 0);
	}
	difference = &report_of(bencher)->cases.items[0].differences.items[0];
	assert_int_equal(difference->slower, SLOW);
	assert_true(difference->factor <= 0);
	assert_non_null(strstr(difference->headline, "got nothing done"));
}

static struct verdict *verdict_of(uint64_t disk_ns, uint64_t crypt_ns)
{
	struct verdict *verdict = calloc(1, sizeof(*verdict));

	assert_non_null(verdict);
	verdict->base_ns = disk_ns + crypt_ns;
	for (size_t i = 0; i < 2; i++) {
		struct finding *finding = array_push(&verdict->findings);

		assert_non_null(finding);
		finding->cause = i ? CAUSE_DISK_DEVICE : CAUSE_CPU_KERNEL;
		finding->ns = i ? disk_ns : crypt_ns;
		finding->subject = subject_say("function", i ? "vda" : "aes_encrypt");
		assert_int_equal(text_add(&finding->advice, i ? "a faster disk" : "faster ciphers"),
				 0);
	}
	return verdict;
}

static void explain(struct bencher *bencher, size_t target, uint64_t ops, struct verdict *verdict)
{
	const struct fio_result fio = result_of(ops * 4096);
	const struct bench_watched watched = { .fio = &fio, .verdict = verdict };

	bencher_explain(bencher, 0, target, &watched);
}

static void what_each_operation_waits_longer_for_is_the_reason(void **state)
{
	owns(bencher_free) struct bencher *bencher = begin();
	const struct bench_difference *difference;
	const struct bench_case *one;
	const struct bench_row *rows;

	for (uint64_t i = 0; i < 3; i++) {
		add_round(bencher, FAST, MIB(80), MS(100), 0);
		add_round(bencher, SLOW, MIB(20), MS(100), 0);
	}
	/* The same second: of 1000 operations 1 ms each, and of 250, 4 ms each, 3 ms of it on a
	 * CPU. */
	explain(bencher, FAST, 1000, verdict_of(MS(1000), 0));
	explain(bencher, SLOW, 250, verdict_of(MS(250), MS(750)));
	one = &report_of(bencher)->cases.items[0];
	rows = one->rows;
	difference = &one->differences.items[0];
	assert_true(has_words(
		&difference->reasons,
		"100 % of what an operation takes longer (3.00 ms of 3.00 ms): cpu.kernel"));
	assert_true(has_words(&difference->reasons, "aes_encrypt"));
	assert_false(has_words(&difference->reasons, "disk.device"));
	assert_true(has_words(&difference->advice, "faster ciphers"));
	assert_int_equal(difference->advice.count, 1);
	assert_true(is_near(rows[SLOW].watched_bytes_per_s, 250 * 4096));
	/* It is in no number of the measured rounds. */
	assert_int_equal(rows[SLOW].rounds, 3);
	assert_true(is_near(rows[SLOW].bytes_per_s, (double)MIB(20)));
}

static void who_runs_anyway_is_no_reason(void **state)
{
	owns(bencher_free) struct bencher *bencher = begin();
	const struct bench_difference *difference;

	/* As busy in both, and four times as much for each byte. */
	for (uint64_t i = 0; i < 3; i++) {
		add_round(bencher, FAST, MIB(80), MS(900), MS(300));
		add_round(bencher, SLOW, MIB(20), MS(900), MS(300));
	}
	difference = &report_of(bencher)->cases.items[0].differences.items[0];
	assert_true(difference->is_certain);
	assert_false(has_words(&difference->reasons, "kworker"));
	/* Who can hardly do more is one, though. */
	assert_true(has_words(&difference->reasons, "fio (the job): on a CPU 82 % of the time"));
}

static void what_caches_served_is_told(void **state)
{
	owns(bencher_free) struct bencher *bencher = begin();
	const struct fio_result fio = result_of(MIB(10));
	const struct bench_run cached = { .fio = &fio,
					  .is_device_known = true,
					  .device_bytes = MIB(1) };
	const struct bench_run arc = {
		.fio = &fio, .has_arc = true, .arc_hits = 90, .arc_misses = 10
	};
	const struct bench *report;

	assert_int_equal(bencher_add(bencher, 0, FAST, &cached), 0);
	assert_int_equal(bencher_add(bencher, 0, SLOW, &arc), 0);
	report = report_of(bencher);
	assert_true(has_words(&report->notes, "rand-read of fast: only 10 % of what was read"));
	assert_true(
		has_words(&report->notes, "rand-read of slow: 90 % of the reads were served by"));
	assert_false(report->cases.items[0].rows[FAST].is_watched);
}

static void threads_that_the_watch_missed_are_told(void **state)
{
	owns(bencher_free) struct bencher *bencher = begin();
	owns(profile_free) struct profile *profile = profile_of(MS(500), 0);
	const struct fio_result fio = result_of(MIB(10));
	const struct bench_run run = { .fio = &fio, .profile = profile, .counted_ns = MS(800) };

	assert_int_equal(bencher_add(bencher, 0, FAST, &run), 0);
	assert_true(has_words(&report_of(bencher)->notes, "threads of it were missed"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rounds_are_added_up),
		cmocka_unit_test(a_large_steady_difference_is_certain),
		cmocka_unit_test(a_difference_within_chance_is_none),
		cmocka_unit_test(a_difference_too_small_to_matter_is_none_however_steady),
		cmocka_unit_test(few_rounds_judge_nothing),
		cmocka_unit_test(who_got_nothing_done_is_slower_without_bound),
		cmocka_unit_test(what_each_operation_waits_longer_for_is_the_reason),
		cmocka_unit_test(who_runs_anyway_is_no_reason),
		cmocka_unit_test(what_caches_served_is_told),
		cmocka_unit_test(threads_that_the_watch_missed_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
