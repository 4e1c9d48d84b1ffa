/* How is fio told what to do? An option on each line; jobs of presets are threads of one process,
 * so that none outlives it. */
#include "view/bench_fio.h"

#include <inttypes.h>
#include <string.h>

#include "view/stream.h"

#define DATA_FILE "bench.data"

static void begin(uint64_t bytes, FILE *out)
{
	(void)fprintf(out, "[bench]\nfilename=" DATA_FILE "\nsize=%" PRIu64 "\nthread=1\n", bytes);
}

int view_bench_fio(enum bench_preset preset, uint64_t bytes, uint64_t run_ns, FILE *out)
{
	begin(bytes, out);
	(void)fprintf(out, "time_based=1\nruntime=%" PRIu64 "ms\n", run_ns / 1000000);
	for (const char *c = bench_preset_row(preset)->options; *c; c++)
		(void)fputc(*c == ' ' ? '\n' : *c, out);
	(void)fputc('\n', out);
	return stream_flush(out);
}

int view_bench_fio_fill(uint64_t bytes, FILE *out)
{
	begin(bytes, out);
	(void)fputs("rw=write\nbs=1M\nioengine=psync\nend_fsync=1\n", out);
	return stream_flush(out);
}

int view_bench_fio_own(const char *text, size_t bytes, FILE *out)
{
	(void)fputs("[global]\ngroup_reporting=1\n", out);
	(void)fwrite(text, 1, bytes, out);
	return stream_flush(out);
}
