/* What did the programs ask of their files? The names of a model's parts, and its memory. */
#include "finding/workload.h"

#include <stdlib.h>

static const char *const TERM_NAMES[WORKLOAD_TERM_COUNT] = {
#define WORKLOAD_TERM(NAME, id, words) [WORKLOAD_TERM_##NAME] = id,
#include "finding/workload.def"
#undef WORKLOAD_TERM
};

static const char *const TERM_WORDS[WORKLOAD_TERM_COUNT] = {
#define WORKLOAD_TERM(NAME, id, words) [WORKLOAD_TERM_##NAME] = words,
#include "finding/workload.def"
#undef WORKLOAD_TERM
};

static const char *const ENGINES[WORKLOAD_ENGINE_COUNT] = {
	[WORKLOAD_ENGINE_SYNC] = "sync",         [WORKLOAD_ENGINE_PSYNC] = "psync",
	[WORKLOAD_ENGINE_VSYNC] = "vsync",       [WORKLOAD_ENGINE_PVSYNC] = "pvsync",
	[WORKLOAD_ENGINE_PVSYNC2] = "pvsync2",   [WORKLOAD_ENGINE_LIBAIO] = "libaio",
	[WORKLOAD_ENGINE_IO_URING] = "io_uring", [WORKLOAD_ENGINE_MMAP] = "mmap",
	[WORKLOAD_ENGINE_OTHER] = "other",
};

const char *workload_term_name(enum workload_term term)
{
	return term < WORKLOAD_TERM_COUNT ? TERM_NAMES[term] : "unknown";
}

const char *workload_term_words(enum workload_term term)
{
	return term < WORKLOAD_TERM_COUNT ? TERM_WORDS[term] : "unknown";
}

const char *workload_engine_name(enum workload_engine engine)
{
	return engine < WORKLOAD_ENGINE_COUNT ? ENGINES[engine] : "unknown";
}

const char *workload_access_name(enum workload_access access)
{
	switch (access) {
	case WORKLOAD_ACCESS_UNKNOWN:
		return "unknown";
	case WORKLOAD_ACCESS_SEQUENTIAL:
		return "sequential";
	case WORKLOAD_ACCESS_STRIDED:
		return "strided";
	case WORKLOAD_ACCESS_RANDOM:
		return "random";
	case WORKLOAD_ACCESS_RUNS:
		return "runs";
	case WORKLOAD_ACCESS_PARTLY:
		return "partly_random";
	}
	return "unknown";
}

const char *workload_sync_name(enum workload_sync sync)
{
	switch (sync) {
	case WORKLOAD_SYNC_NONE:
		return "none";
	case WORKLOAD_SYNC_DATA:
		return "dsync";
	case WORKLOAD_SYNC_ALL:
		return "sync";
	}
	return "unknown";
}

const char *workload_arrival_name(enum workload_arrival arrival)
{
	switch (arrival) {
	case WORKLOAD_ARRIVAL_UNKNOWN:
		return "unknown";
	case WORKLOAD_ARRIVAL_CLOSED:
		return "closed";
	case WORKLOAD_ARRIVAL_EVEN:
		return "even";
	case WORKLOAD_ARRIVAL_POISSON:
		return "poisson";
	}
	return "unknown";
}

void workload_free(struct workload **workload)
{
	struct workload *old = *workload;

	*workload = NULL;
	if (!old)
		return;
	texts_free(old->notes.items, old->notes.count);
	array_free(&old->notes);
	array_free(&old->jobs);
	free(old);
}

void workload_comparison_free(struct workload_comparison **comparison)
{
	struct workload_comparison *old = *comparison;

	*comparison = NULL;
	if (!old)
		return;
	for (size_t i = 0; i < old->jobs.count; i++)
		array_free(&old->jobs.items[i].terms);
	texts_free(old->notes.items, old->notes.count);
	array_free(&old->jobs);
	array_free(&old->notes);
	free(old);
}
