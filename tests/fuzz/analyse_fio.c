/* Can any job file or any result of fio make its reader crash? The first byte says which of the two
 * it is; results are added up and told. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/fio_job.h"
#include "analyse/fio_result.h"

/* libFuzzer's name for it. NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void read_job(const char *text, size_t bytes)
{
	struct fio_job job;
	struct diag why = {};

	check(fio_job_read(text, bytes, &job, &why) == 0 || why.text[0]);
}

static void read_result(const char *text, size_t bytes)
{
	struct fio_result result = {}, sum = {};
	struct latency latency;
	struct diag why = {};
	char trouble[64];

	fio_result_trouble(text, bytes, trouble, sizeof(trouble));
	check(!strchr(trouble, '\n'));
	if (fio_result_read(text, bytes, &result, &why) < 0) {
		check(why.text[0]);
		return;
	}
	for (enum bench_way way = BENCH_READ; way < BENCH_WAYS; way++) {
		for (int i = 0; i < 2; i++)
			check(fio_flow_merge(&sum.flows[way], &result.flows[way]) == 0);
		fio_flow_tell(&sum.flows[way], &latency);
		check(latency.p50_ns <= latency.p99_ns);
	}
	fio_result_end(&result);
	fio_result_end(&sum);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (!size)
		return 0;
	/* Exactly as large as it is, so that one byte too many is seen. */
	text = malloc(size > 1 ? size - 1 : 1);
	check(text != NULL);
	memcpy(text, data + 1, size - 1);
	if (data[0] & 1)
		read_job(text, size - 1);
	else
		read_result(text, size - 1);
	free(text);
	return 0;
}
