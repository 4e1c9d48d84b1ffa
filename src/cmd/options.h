/* What did the user say? The words of the command line, read by one table (options.def) and checked
 * against each other. */
#ifndef CMD_OPTIONS_H
#define CMD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/diag.h"
#include "base/own.h"
#include "cmd/live.h"
#include "export/export.h"
#include "finding/bench.h"
#include "finding/files.h"
#include "finding/wait.h"
#include "probe/watch.h"

enum {
	OPTIONS_PIDS_MAX = 64,
	OPTIONS_LISTS_MAX = 16,
	OPTIONS_WORDS_MAX = 32,
};

enum option_id {
#define OPTION(NAME, short_name, name, TYPE, field, value, preset, help) OPTION_##NAME,
#include "cmd/options.def"
#undef OPTION
	OPTION_COUNT
};

/* A set of options, as commands and conflicts have it. */
#define OPTION_BIT(NAME) (UINT64_C(1) << OPTION_##NAME)

/* The command after --, as if it were an option too. */
#define OPTION_ARGV_BIT (UINT64_C(1) << OPTION_COUNT)

enum option_type {
	OPTION_TYPE_FLAG,      /* bool */
	OPTION_TYPE_STRING,    /* const char *, not empty */
	OPTION_TYPE_PIDS,      /* struct pid_list */
	OPTION_TYPE_DURATION,  /* uint64_t nanoseconds, not 0 */
	OPTION_TYPE_FREQUENCY, /* uint32_t per second */
	OPTION_TYPE_FEATURES,  /* struct feature_lists */
	OPTION_TYPE_COLOR,     /* enum color_when */
	OPTION_TYPE_STATE,     /* enum wait_state */
	OPTION_TYPE_PERCENT,   /* double share, 0…1 */
	OPTION_TYPE_FORMAT,    /* enum export_format */
	OPTION_TYPE_COUNT,     /* uint32_t */
	OPTION_TYPE_SIZE,      /* uint64_t bytes, not 0 */
	OPTION_TYPE_TARGETS,   /* struct target_list */
	OPTION_TYPE_PRESETS,   /* uint32_t: see bench_presets_read() */
};

struct option_row {
	char short_name; /* 0: none */
	const char *name;
	enum option_type type;
	size_t offset; /* of its field in struct options */
	const char *value_name;
	const char *preset;
	const char *help;
};

enum color_when {
	COLOR_AUTO,
	COLOR_ALWAYS,
	COLOR_NEVER,
};

struct pid_list {
	uint32_t items[OPTIONS_PIDS_MAX];
	size_t count;
};

/* Each a comma-separated list of facility ids, every one of which exists: see features_forbid(). */
struct feature_lists {
	const char *items[OPTIONS_LISTS_MAX];
	size_t count;
};

/* Each is one that value_target() takes. */
struct target_list {
	const char *items[BENCH_TARGETS_MAX];
	size_t count;
};

struct html_file;

struct options {
	const struct command *command; /* never NULL: the first of the table when none was named */
	bool is_command_named;
	uint64_t given; /* OPTION_BIT()s of what stood on the command line */

	struct pid_list pids;
	char **argv;          /* the command after --, ends with NULL; NULL: none */
	uint64_t duration_ns; /* 0: without limit */
	const char *input;
	const char *output;
	const char *kallsyms;
	uint32_t sample_hz;
	struct feature_lists without;
	bool json;
	bool json_schema;
	const char *by; /* what the command's read_keys takes; NULL: as the command has it */
	double min_share;
	bool wall;
	bool folded;
	bool inlined;
	const char *flame;
	const char *html;
	const char *before;
	uint64_t over_ns;
	bool each;
	uint32_t slowest;
	const char *rung; /* NULL: the best */
	enum wait_state state;
	bool idle;
	bool wakers;
	bool dot;
	bool heat;
	const char *map;
	const char *order; /* what the command's check_order takes; NULL: as the command has it */
	enum export_format format; /* valid when it was given */
	bool fio;
	bool copy_commands;
	uint32_t batch;
	const char *verify;
	struct target_list targets;
	uint32_t presets; /* 0: not chosen */
	const char *job;  /* NULL: none */
	uint32_t rounds;
	uint64_t size_bytes; /* 0: not said */
	bool all;
	const char *world_switch;
	const char *guest;
	enum color_when color;
	bool quiet;
	bool help;
	bool version;
	bool man;

	/* Set by the command, not by the user. */
	struct html_file *page; /* takes the report as well (cmd/html.h); NULL: none is wanted */
	enum watch_what what;
	uint64_t call_stack_ns; /* a user stack for each so much time in system calls; 0: as usual
				 */
	uint64_t call_over_ns;  /* of a watch of calls: these are told one by one; 0: as usual */
	uint64_t slow_io_ns;    /* operations on files that take as long are all told; 0: all are */
	struct watch_function function; /* whose calls are told as well */
	struct live_callees callees;    /* chosen for timing while the watch runs */
	bool with_lock_stat;            /* what the kernel itself counts of its locks is wanted */
	bool with_guests; /* virtual machines are looked at: how they are set up is told, texts of
			     KVM's tracepoints can be read */
	bool with_calls;  /* calls of functions are wanted: ftrace's files can be read */
	bool is_told;     /* what is to be said of the input was said: it is read once more */

	const char *words[OPTIONS_WORDS_MAX]; /* that stood after the command's name */
	size_t word_count;
};

/* A command: what it is called, what it takes, and who does it. A table of them ends with a row
 * without a name. */
struct command {
	const char *name;
	const char *summary;     /* a few words for the list of commands */
	const char *description; /* sentences for its help and manual page; '\n' begins a paragraph,
				    and one that begins with a tab is told as it stands */
	int (*run)(struct options *options);
	uint64_t options; /* OPTION_BIT()s of what it takes beside those that all take, and
			     OPTION_ARGV_BIT */
	const char *keys; /* what --by takes, in words; NULL: it does not take it */
	int (*check_keys)(const char *text); /* 0 or -EINVAL */
	const char *orders; /* what --sort takes, in words; NULL: it does not take it */
	int (*check_order)(const char *text); /* 0 or -EINVAL */
	int (*print_schema)(FILE *out);       /* of what it prints with JSON; NULL: the verdict's */
	const char *duration;                 /* preset of --duration; NULL: as of all */
	bool writes_output;                   /* --output is for its answer, not for a recording */
	unsigned int words_max;
	const char *word_name; /* of the words it takes; "" when words_max is 0 */
};

/* The options that every command takes. */
#define OPTIONS_OF_ALL (OPTION_BIT(HELP) | OPTION_BIT(VERSION) | OPTION_BIT(MAN))

const struct option_row *option_row(enum option_id id);
/* The value when none is given, as it would be given: the command's own (NULL: none is meant), else
 * the table's. */
const char *option_preset(enum option_id id, const struct command *command);

/*
 * Read a command line. *ret points into argv and the table. -EINVAL: wrong usage, told in one line
 * by *why. Requests for help and the like are taken without looking whether the rest makes sense
 * together.
 */
must_check int options_parse(const struct command *commands, int argc, char **argv,
			     struct options *ret, struct diag *why);

/* The command with this name, or NULL. */
const struct command *command_find(const struct command *commands, const char *name);

#endif
