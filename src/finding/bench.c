/* How do targets compare under the same load, and why do they differ? What can be tried, and who
 * owns the report. */
#include "finding/bench.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct bench_preset_row ROWS[BENCH_PRESET_COUNT] = {
#define BENCH_PRESET(NAME, id, words, options) [BENCH_PRESET_##NAME] = { id, words, options },
#include "finding/bench.def"
#undef BENCH_PRESET
};

const struct bench_preset_row *bench_preset_row(enum bench_preset preset)
{
	return &ROWS[preset];
}

static int find_preset(const char *text, size_t bytes, uint32_t *ret_bit)
{
	for (uint32_t i = 0; i < BENCH_PRESET_COUNT; i++) {
		if (strlen(ROWS[i].id) == bytes && memcmp(ROWS[i].id, text, bytes) == 0) {
			*ret_bit = 1u << i;
			return 0;
		}
	}
	return -EINVAL;
}

int bench_presets_read(const char *text, uint32_t *ret)
{
	uint32_t set = 0;

	for (const char *rest = text;; rest++) {
		size_t bytes = strcspn(rest, ",");
		uint32_t bit;

		if (find_preset(rest, bytes, &bit) < 0 || set & bit)
			return -EINVAL;
		set |= bit;
		rest += bytes;
		if (!*rest)
			break;
	}
	*ret = set;
	return 0;
}

bool bench_preset_is_direct(enum bench_preset preset)
{
	return strstr(ROWS[preset].options, "direct=1") != NULL;
}

const char *bench_way_name(enum bench_way way)
{
	return way == BENCH_READ ? "read" : "write";
}

static void free_case(struct bench_case *one)
{
	for (size_t i = 0; i < BENCH_TARGETS_MAX; i++)
		array_free(&one->rows[i].pools);
	for (size_t i = 0; i < one->differences.count; i++) {
		struct bench_difference *difference = &one->differences.items[i];

		texts_free(difference->reasons.items, difference->reasons.count);
		array_free(&difference->reasons);
		texts_free(difference->advice.items, difference->advice.count);
		array_free(&difference->advice);
	}
	array_free(&one->differences);
	free(one->options);
}

void bench_free(struct bench **bench)
{
	struct bench *old = *bench;

	*bench = NULL;
	if (!old)
		return;
	for (size_t i = 0; i < old->targets.count; i++) {
		free(old->targets.items[i].folder);
		free(old->targets.items[i].type);
		free(old->targets.items[i].source);
	}
	array_free(&old->targets);
	for (size_t i = 0; i < old->cases.count; i++)
		free_case(&old->cases.items[i]);
	array_free(&old->cases);
	texts_free(old->notes.items, old->notes.count);
	array_free(&old->notes);
	free(old);
}
