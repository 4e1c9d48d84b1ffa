/* Where is the core file of a process that crashed, or why is there none? */
#ifndef ANALYSE_CORE_WORDS_H
#define ANALYSE_CORE_WORDS_H

#include <stdbool.h>
#include <stdint.h>

/* In a status as wait(2) has it: a core was written, or taken by a program. */
#define CORE_STATUS_BIT 0x80u

enum core_state {
	CORE_UNSEEN, /* its end was not */
	CORE_BEING_WRITTEN,
	CORE_WRITTEN,
	CORE_NOT_WRITTEN,
};

/* What is known of it. */
struct core_seen {
	enum core_state state;
	const char *pattern;  /* kernel.core_pattern; NULL: not known */
	bool is_dotted;       /* kernel.core_uses_pid: an empty pattern means ".PID" */
	bool is_undumpable;   /* is known to be */
	bool has_limit;       /* the next is known */
	uint64_t limit_bytes; /* UINT64_MAX: unlimited */
};

struct core_words {
	char text[512];     /* a sentence without its capital and its full stop */
	const char *advice; /* NULL: none */
};

struct core_words core_say(const struct core_seen *core);

#endif
