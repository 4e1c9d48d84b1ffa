/* What does a test know of a piece of code? Facts with nothing in them, to be filled in. */
#ifndef TESTS_UNIT_ANALYSE_SYMBOLS_FACTS_H
#define TESTS_UNIT_ANALYSE_SYMBOLS_FACTS_H

#include <stdio.h>
#include <string.h>

#include "analyse/symbols.h"
#include "harness/test.h"

static inline struct symbols_facts facts_of(enum symbols_kind kind, const char *name,
					    const char *path)
{
	return (struct symbols_facts){
		.kind = kind,
		.name = name,
		.path = path,
		.open_error = "",
		.running_id = "",
		.file_id = "",
		.packing = "",
		.debug_path = "",
		.refused_path = "",
		.package = "",
	};
}

static inline struct symbols_input input_of(const struct symbols_facts *facts, size_t count)
{
	return (struct symbols_input){
		.release = "6.1.0",
		.distribution = "debian",
		.distribution_like = "",
		.codename = "bookworm",
		.settings = { .lockdown = "" },
		.process = { .comm = "", .perf_map = "" },
		.facts = facts,
		.count = count,
	};
}

static inline struct symbols_report *report_of(const struct symbols_input *input)
{
	struct symbols_report *report = NULL;

	assert_int_equal(symbols_judge(input, &report), 0);
	assert_non_null(report);
	return report;
}

/* All steps of a fix, one per line; those to be typed after "$ ". The caller frees. */
static inline char *steps_of(const struct symbols_fix *fix)
{
	size_t bytes = 0;
	char *text = NULL;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	for (size_t i = 0; i < fix->steps.count; i++)
		fprintf(out, "%s%s\n", fix->steps.items[i].is_verbatim ? "$ " : "",
			fix->steps.items[i].words);
	assert_int_equal(fclose(out), 0);
	return text;
}

static inline void assert_has(const char *text, const char *part)
{
	if (strstr(text, part))
		return;
	print_error("no \"%s\" in:\n%s\n", part, text);
	fail();
}

static inline void assert_has_not(const char *text, const char *part)
{
	if (!strstr(text, part))
		return;
	print_error("\"%s\" in:\n%s\n", part, text);
	fail();
}

#endif
