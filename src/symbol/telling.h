/* How are names told to the next one? Each once, before its first use. Inner to the namer. */
#ifndef SYMBOL_TELLING_H
#define SYMBOL_TELLING_H

#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"
#include "symbol/interned.h"

/* Longer texts are cut. */
#define TELLING_TEXT_MAX 4096UL

/* Zero has told nothing and is ended with telling_clear(); telling_begin() makes it ready. */
struct telling {
	struct event_sink next;
	struct interned symbols;
	struct interned mangled;       /* names as compilers write them, with their modules */
	ARRAY(uint32_t) mangled_names; /* the symbols that they became, by number - 1 */
	_Alignas(8) char symbol[sizeof(struct event_symbol) + 2 * TELLING_TEXT_MAX];
	_Alignas(8) char fact[sizeof(struct event_fact) + 2 * TELLING_TEXT_MAX];
	char text[TELLING_TEXT_MAX]; /* a name as its author wrote it */
};

void telling_begin(struct telling *telling, const struct event_sink *next);
void telling_clear(struct telling *telling);

/* -ENOMEM, with the reason. */
int telling_no_memory(struct diag *why);

/* So many bytes has an event of which so many are filled. */
static inline uint32_t telling_round_up(size_t bytes)
{
	return (uint32_t)((bytes + 7) / 8 * 8);
}

/* So many names were told. */
static inline size_t telling_count(const struct telling *telling)
{
	return telling->symbols.places.count;
}

/*
 * The id of a name, as its author wrote it; the SYMBOL is told when it is new. 0: there are too
 * many names already. Where memory runs out, or the next one fails, *ret is of no use.
 */
must_check int telling_symbol(struct telling *telling, uint64_t time_ns, const char *name,
			      const char *module, uint32_t *ret, struct diag *why);

must_check int telling_fact(struct telling *telling, uint64_t time_ns, const char *key,
			    const char *value, struct diag *why);

/* Where in the source the function is that is called symbol. */
must_check int telling_place(struct telling *telling, uint64_t time_ns, uint32_t symbol,
			     const char *path, uint32_t line, struct diag *why);

#endif
