/* What can be named on this machine, and what is to be done about the rest? Made by analyse, laid
 * out by view. */
#ifndef FINDING_SYMBOLS_H
#define FINDING_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/own.h"
#include "finding/finding.h"

enum symbols_state {
#define SYMBOLS_STATE(NAME, id, words) SYMBOLS_##NAME,
#include "finding/symbols.def"
#undef SYMBOLS_STATE
	SYMBOLS_STATE_COUNT
};

/* "names". Never NULL. */
const char *symbols_state_id(enum symbols_state state);
/* What a file in that state has: "names but no lines". Never NULL. */
const char *symbols_state_words(enum symbols_state state);

enum symbols_kind {
	SYMBOLS_OF_KERNEL,
	SYMBOLS_OF_MODULE,
	SYMBOLS_OF_FILE,
};
const char *symbols_kind_name(enum symbols_kind kind);

/* The kernel, a module, a program or a library. Texts are owned, and never NULL in a finished
 * report; "" where there is nothing. */
struct symbols_item {
	enum symbols_kind kind;
	enum symbols_state state;
	char *name;
	char *path;       /* of its file */
	char *names_from; /* a section, a debug file, /proc/kallsyms */
	char *lines_from; /* a file */
	char *build_id;   /* in hexadecimal digits */
	char *packing;    /* "zstd" */
	char *origin;     /* the package that brought or built it */
	char *note;       /* what else is to know about it */
};

struct symbols_step {
	char *words;      /* owned */
	bool is_verbatim; /* a line to be typed or added as it stands, quoted for a shell */
};

/* What keeps names away, and how to get them. */
struct symbols_fix {
	char *title;
	ARRAY(struct symbols_step) steps; /* in this order */
};

struct symbols_report {
	char *summary;
	bool lists_items; /* they were asked for; else only the fixes matter */
	ARRAY(struct symbols_item) items;
	ARRAY(struct symbols_fix) fixes;
	ARRAY(struct text) notes; /* what could not be seen, and what to know */
};

/* Add a line; 0 or -ENOMEM. */
must_check int symbols_say(struct symbols_fix *fix, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
must_check int symbols_type(struct symbols_fix *fix, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

void symbols_report_free(struct symbols_report **report);

#endif
