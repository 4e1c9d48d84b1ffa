/* What bench do the views' tests show? Made by hand, so that no analysis changes how it looks. */
#include "unit/view/sample_bench.h"

#include <stdlib.h>
#include <string.h>

#include "harness/test.h"

#define US(n)  ((uint64_t)(n)*1000)
#define MS(n)  ((uint64_t)(n)*1000000)
#define MIB(n) ((double)(n)*1048576)

static void add_target(struct bench *bench, const char *name, const char *folder, const char *type)
{
	struct bench_target *target = array_push(&bench->targets);

	assert_non_null(target);
	strcpy(target->name, name);
	target->folder = strdup(folder);
	target->type = strdup(type);
	target->source = strdup(type[0] ? "/dev/mapper/\033[2Jcrypt" : "");
	assert_true(target->folder && target->type && target->source);
}

static void add_pool(struct bench_row *row, const char *name, bool is_kernel, uint64_t run_ns)
{
	struct bench_pool *pool = array_push(&row->pools);

	assert_non_null(pool);
	strcpy(pool->name, name);
	pool->is_kernel = is_kernel;
	pool->run_ns = run_ns;
	pool->threads = 3;
	pool->born = 2;
	pool->died = 1;
	pool->cpus = (double)run_ns / (double)MS(6000);
	pool->ns_per_gib = (double)run_ns / 2;
}

static void set_latency(struct latency *latency, uint64_t count)
{
	*latency = (struct latency){
		.count = count,
		.total_ns = count * US(310),
		.min_ns = US(80),
		.p50_ns = US(290),
		.p90_ns = US(420),
		.p99_ns = US(910),
		.p999_ns = MS(2),
		.max_ns = MS(41),
	};
}

static void fill_row(struct bench_row *row, double bytes_per_s)
{
	row->rounds = 3;
	row->bytes = (uint64_t)bytes_per_s * 6;
	row->ops = row->bytes / 4096;
	row->jobs_ns = MS(6000);
	row->window_ns = MS(6900);
	row->bytes_per_s = bytes_per_s;
	row->least_bytes_per_s = bytes_per_s * 0.97;
	row->most_bytes_per_s = bytes_per_s * 1.02;
	row->deviation = 0.021;
	row->ops_per_s = bytes_per_s / 4096;
	row->way_bytes_per_s[BENCH_READ] = bytes_per_s;
	set_latency(&row->latency[BENCH_READ], row->ops);
	row->is_watched = true;
	row->job_ns = MS(900);
	row->kernel_ns = MS(5300);
	row->counted_ns = MS(905);
	row->cpu_per_gib = (double)MS(3100);
	row->is_device_known = true;
	row->device_share = 1;
	row->watched_bytes_per_s = bytes_per_s * 0.9;
	add_pool(row, "kworker kcryptd/\x9b", true, MS(5200));
	add_pool(row, "fio", false, MS(900));
	add_pool(row, "ksoftirqd/*", true, MS(3));
}

static struct bench_case *add_case(struct bench *bench, const char *id, const char *words)
{
	struct bench_case *one = array_push(&bench->cases);

	assert_non_null(one);
	strcpy(one->id, id);
	strcpy(one->words, words);
	one->options = strdup(words[0] ? "rw=randread bs=4k" : "");
	assert_non_null(one->options);
	return one;
}

static void add_difference(struct bench_case *one, bool is_certain)
{
	struct bench_difference *difference = array_push(&one->differences);

	assert_non_null(difference);
	difference->slower = 1;
	difference->faster = 0;
	difference->factor = is_certain ? 8.125 : 0;
	difference->chance = 1.25;
	difference->is_judged = is_certain;
	difference->is_certain = is_certain;
	strcpy(difference->headline,
	       is_certain ? "crypt reads 8.13 times slower than plain: 100 MiB/s, not 812 MiB/s"
			  : "crypt got nothing done\nand \033[31mmore");
	if (!is_certain)
		return;
	assert_int_equal(text_add(&difference->reasons,
				  "kworker kcryptd (kernel threads): on a CPU 87 %% of the time; "
				  "46 %% in aes_encrypt [aes\007generic] (1,200 samples)"),
			 0);
	assert_int_equal(text_add(&difference->advice, "use a cipher that the CPU knows"), 0);
}

struct bench *sample_bench(void)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	struct bench_case *one;

	assert_non_null(bench);
	bench->rounds = 3;
	bench->run_ns = MS(2000);
	bench->size = (uint64_t)MIB(256);
	bench->cpus = 2;
	bench->was_interrupted = true;
	strcpy(bench->fio, "fio-3.33");
	add_target(bench, "plain", "/data", "ext4");
	add_target(bench, "a-name-that-is-as-long-as-one-is", "/mnt/with \x9b and \r in it", "");

	one = add_case(bench, "rand-read", "random direct reads of 4 KiB, one at a time");
	fill_row(&one->rows[0], MIB(812));
	fill_row(&one->rows[1], MIB(100));
	add_difference(one, true);

	one = add_case(bench, "own", "");
	fill_row(&one->rows[0], MIB(50));
	set_latency(&one->rows[0].latency[BENCH_WRITE], 500);
	one->rows[0].way_bytes_per_s[BENCH_WRITE] = MIB(20);
	one->rows[0].way_bytes_per_s[BENCH_READ] = MIB(30);
	one->rows[1] = (struct bench_row){
		.rounds = 1, .counted_ns = MS(12), .is_arc_known = true, .arc_hits = 0.25
	};
	add_difference(one, false);

	(void)add_case(bench, "never-reached", "");
	assert_int_equal(text_add(&bench->notes, "what \033]0;x\007 is to be known"), 0);
	return bench;
}
