/* What can be named on this machine? The words for each state, and the report's memory. */
#include "finding/symbols.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct state_row {
	const char *id;
	const char *words;
};

static const struct state_row STATES[] = {
#define SYMBOLS_STATE(NAME, id, words) { id, words },
#include "finding/symbols.def"
#undef SYMBOLS_STATE
};

const char *symbols_state_id(enum symbols_state state)
{
	return state < SYMBOLS_STATE_COUNT ? STATES[state].id : "unknown";
}

const char *symbols_state_words(enum symbols_state state)
{
	return state < SYMBOLS_STATE_COUNT ? STATES[state].words : "unknown";
}

const char *symbols_kind_name(enum symbols_kind kind)
{
	switch (kind) {
	case SYMBOLS_OF_KERNEL:
		return "kernel";
	case SYMBOLS_OF_MODULE:
		return "module";
	case SYMBOLS_OF_FILE:
		return "file";
	}
	return "unknown";
}

static int add_step(struct symbols_fix *fix, bool is_verbatim, const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));

static int add_step(struct symbols_fix *fix, bool is_verbatim, const char *format, va_list args)
{
	owns(own_free) char *words = NULL;
	struct symbols_step *step;

	if (vasprintf(&words, format, args) < 0) {
		words = NULL; /* vasprintf() leaves it undefined */
		return -ENOMEM;
	}
	step = array_push(&fix->steps);
	if (!step)
		return -ENOMEM;
	step->words = give(words);
	step->is_verbatim = is_verbatim;
	return 0;
}

int symbols_say(struct symbols_fix *fix, const char *format, ...)
{
	va_list args;
	int r;

	va_start(args, format);
	r = add_step(fix, false, format, args);
	va_end(args);
	return r;
}

int symbols_type(struct symbols_fix *fix, const char *format, ...)
{
	va_list args;
	int r;

	va_start(args, format);
	r = add_step(fix, true, format, args);
	va_end(args);
	return r;
}

static void free_item(struct symbols_item *item)
{
	free(item->name);
	free(item->path);
	free(item->names_from);
	free(item->lines_from);
	free(item->build_id);
	free(item->packing);
	free(item->origin);
	free(item->note);
}

static void free_fix(struct symbols_fix *fix)
{
	for (size_t i = 0; i < fix->steps.count; i++)
		free(fix->steps.items[i].words);
	array_free(&fix->steps);
	free(fix->title);
}

void symbols_report_free(struct symbols_report **report)
{
	struct symbols_report *freed = *report;

	*report = NULL;
	if (!freed)
		return;
	for (size_t i = 0; i < freed->items.count; i++)
		free_item(&freed->items.items[i]);
	for (size_t i = 0; i < freed->fixes.count; i++)
		free_fix(&freed->fixes.items[i]);
	for (size_t i = 0; i < freed->notes.count; i++)
		free(freed->notes.items[i].words);
	array_free(&freed->items);
	array_free(&freed->fixes);
	array_free(&freed->notes);
	free(freed->summary);
	free(freed);
}
