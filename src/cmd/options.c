/* What did the user say? Read word by word along the table of options.def; then looked at as a
 * whole. */
#include "cmd/options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "cmd/nearest.h"
#include "cmd/values.h"

struct parser {
	const struct command *commands;
	char **rest; /* words not yet read; ends with NULL */
	struct options *options;
	struct diag *why;
};

/* What makes no sense together; the words say why. */
struct conflict {
	uint64_t one;
	uint64_t other;
	const char *words;
};

static const struct option_row ROWS[OPTION_COUNT] = {
#define OPTION(NAME, short_name, name, TYPE, field, value, preset, help)                      \
	[OPTION_##NAME] = {                                                                   \
		short_name, name, OPTION_TYPE_##TYPE, offsetof(struct options, field), value, \
		preset,     help                                                              \
	},
#include "cmd/options.def"
#undef OPTION
};

static const struct conflict CONFLICTS[] = {
	{ OPTION_BIT(PID), OPTION_ARGV_BIT, "watch either processes or a command" },
	{ OPTION_BIT(INPUT), OPTION_ARGV_BIT, "a recording is read, nothing is run" },
	{ OPTION_BIT(INPUT),
	  OPTION_BIT(PID) | OPTION_BIT(DURATION) | OPTION_BIT(OUTPUT) | OPTION_BIT(FREQUENCY) |
		  OPTION_BIT(WITHOUT),
	  "a recording is read as it was made, nothing is watched" },
	{ OPTION_BIT(INPUT), OPTION_BIT(MAP), "the map is this machine's" },
	{ OPTION_BIT(JSON), OPTION_BIT(FOLDED) | OPTION_BIT(DOT), "there is one answer" },
	{ OPTION_BIT(JSON), OPTION_BIT(FIO), "there is one answer" },
	{ OPTION_BIT(FIO), OPTION_BIT(VERIFY), "the job file is either printed or run" },
	{ OPTION_BIT(JOB), OPTION_BIT(PRESET) | OPTION_BIT(DURATION) | OPTION_BIT(SIZE),
	  "the job file says what is done" },
	{ OPTION_BIT(WORLD_SWITCH),
	  OPTION_BIT(PID) | OPTION_BIT(INPUT) | OPTION_BIT(OUTPUT) | OPTION_BIT(WITHOUT) |
		  OPTION_BIT(HTML) | OPTION_ARGV_BIT,
	  "this machine is measured, nothing is watched" },
	{ OPTION_BIT(FOLDED), OPTION_BIT(WAKERS) | OPTION_BIT(DOT), "there is one answer" },
};

/* What makes no sense without another. */
static const struct conflict NEEDS[] = {
	{ OPTION_BIT(KALLSYMS), OPTION_BIT(INPUT), "a watch reads its own kernel's" },
	{ OPTION_BIT(BEFORE), OPTION_BIT(FLAME), "the difference is drawn there" },
	{ OPTION_BIT(DOT), OPTION_BIT(WAKERS), "that is the graph" },
	{ OPTION_BIT(GUEST), OPTION_BIT(WORLD_SWITCH), "the two are compared" },
};

/* Requests that are answered without doing anything else. */
#define REQUESTS \
	(OPTION_BIT(HELP) | OPTION_BIT(VERSION) | OPTION_BIT(MAN) | OPTION_BIT(JSON_SCHEMA))

const struct option_row *option_row(enum option_id id)
{
	return &ROWS[id];
}

const struct command *command_find(const struct command *commands, const char *name)
{
	for (; commands->name; commands++) {
		if (strcmp(commands->name, name) == 0)
			return commands;
	}
	return NULL;
}

static int add_pid(struct pid_list *pids, const char *text, struct diag *why)
{
	uint32_t pid;
	int r = value_pid(text, &pid, why);

	if (r < 0)
		return r;
	for (size_t i = 0; i < pids->count; i++) {
		if (pids->items[i] == pid)
			return 0;
	}
	if (pids->count == array_count(pids->items))
		return diag_set(why, -EINVAL,
				"more than %d processes: watch the whole machine instead",
				OPTIONS_PIDS_MAX);
	pids->items[pids->count++] = pid;
	return 0;
}

static int add_features(struct feature_lists *lists, const char *text, struct diag *why)
{
	int r = value_features(text, why);

	if (r < 0)
		return r;
	if (lists->count == array_count(lists->items))
		return diag_set(why, -EINVAL, "more than %d lists: separate the names by commas",
				OPTIONS_LISTS_MAX);
	lists->items[lists->count++] = text;
	return 0;
}

static int add_target(struct target_list *targets, const char *text, struct diag *why)
{
	char name[BENCH_NAME_BYTES], other[BENCH_NAME_BYTES];
	const char *folder;
	int r = value_target(text, name, &folder, why);

	for (size_t i = 0; r == 0 && i < targets->count; i++) {
		r = value_target(targets->items[i], other, &folder, why);
		if (r == 0 && strcmp(name, other) == 0)
			r = diag_set(why, -EINVAL, "there are two called '%s': say OTHER=%s", name,
				     text);
	}
	if (r < 0)
		return r;
	if (targets->count == array_count(targets->items))
		return diag_set(why, -EINVAL, "more than %d targets", BENCH_TARGETS_MAX);
	targets->items[targets->count++] = text;
	return 0;
}

static int set_string(const char **field, const char *text, struct diag *why)
{
	if (!text[0])
		return diag_set(why, -EINVAL, "the value is empty");
	*field = text;
	return 0;
}

/* Put the value where its row says; text is NULL for flags. */
static int set_field(const struct option_row *row, const char *text, struct options *options,
		     struct diag *why)
{
	void *field = (char *)options + row->offset;

	switch (row->type) {
	case OPTION_TYPE_FLAG:
		*(bool *)field = true;
		return 0;
	case OPTION_TYPE_STRING:
		return set_string(field, text, why);
	case OPTION_TYPE_PIDS:
		return add_pid(field, text, why);
	case OPTION_TYPE_DURATION:
		return value_duration(text, field, why);
	case OPTION_TYPE_FREQUENCY:
		return value_frequency(text, field, why);
	case OPTION_TYPE_FEATURES:
		return add_features(field, text, why);
	case OPTION_TYPE_COLOR:
		return value_color(text, field, why);
	case OPTION_TYPE_STATE:
		return value_state(text, field, why);
	case OPTION_TYPE_PERCENT:
		return value_percent(text, field, why);
	case OPTION_TYPE_FORMAT:
		return value_format(text, field, why);
	case OPTION_TYPE_COUNT:
		return value_count(text, field, why);
	case OPTION_TYPE_SIZE:
		return value_size(text, field, why);
	case OPTION_TYPE_TARGETS:
		return add_target(field, text, why);
	case OPTION_TYPE_PRESETS:
		return value_presets(text, field, why);
	}
	return -EINVAL;
}

/* shown is the option as the user wrote it, for the reason. */
static int take_option(struct parser *parser, enum option_id id, const char *shown,
		       const char *text)
{
	struct diag inner = {};
	int r = set_field(&ROWS[id], text, parser->options, &inner);

	if (r < 0)
		return diag_set(parser->why, r, "%s: %s", shown, inner.text);
	parser->options->given |= UINT64_C(1) << id;
	return 0;
}

/* The value that stands as a word of its own. */
static int next_value(struct parser *parser, enum option_id id, const char *shown, const char **ret)
{
	if (!*parser->rest)
		return diag_set(parser->why, -EINVAL, "%s needs a %s after it; see slowpath --help",
				shown, ROWS[id].value_name);
	*ret = *parser->rest++;
	return 0;
}

static int unknown_option(const char *word, size_t name_length, struct diag *why)
{
	char name[64];
	struct nearest nearest = { .word = name };

	if (name_length < sizeof(name)) {
		memcpy(name, word + 2, name_length);
		name[name_length] = '\0';
		for (size_t id = 0; id < OPTION_COUNT; id++) {
			if (ROWS[id].help[0])
				nearest_offer(&nearest, ROWS[id].name);
		}
	}
	if (nearest.best)
		return diag_set(why, -EINVAL, "there is no option %.*s: did you mean --%s?",
				(int)name_length + 2, word, nearest.best);
	return diag_set(why, -EINVAL, "there is no option %.*s; see slowpath --help",
			(int)name_length + 2, word);
}

static int parse_long(struct parser *parser, const char *word)
{
	size_t length = strcspn(word + 2, "=");
	const char *text = word[2 + length] ? word + 2 + length + 1 : NULL;
	char shown[64];
	size_t id = 0;
	int r;

	while (id < OPTION_COUNT &&
	       (strlen(ROWS[id].name) != length || strncmp(ROWS[id].name, word + 2, length) != 0))
		id++;
	if (id == OPTION_COUNT)
		return unknown_option(word, length, parser->why);

	(void)snprintf(shown, sizeof(shown), "--%s", ROWS[id].name);
	if (ROWS[id].type == OPTION_TYPE_FLAG && text)
		return diag_set(parser->why, -EINVAL, "%s takes no value", shown);
	if (ROWS[id].type != OPTION_TYPE_FLAG && !text) {
		r = next_value(parser, (enum option_id)id, shown, &text);
		if (r < 0)
			return r;
	}
	return take_option(parser, (enum option_id)id, shown, text);
}

/* "-p1234", "-p 1234", "-qv". */
static int parse_short(struct parser *parser, const char *word)
{
	for (const char *letter = word + 1; *letter; letter++) {
		const char shown[] = { '-', *letter, '\0' };
		const char *text = NULL;
		size_t id = 0;
		int r;

		while (id < OPTION_COUNT &&
		       (!ROWS[id].short_name || ROWS[id].short_name != *letter))
			id++;
		if (id == OPTION_COUNT)
			return diag_set(parser->why, -EINVAL,
					"there is no option -%c; see slowpath --help", *letter);

		if (ROWS[id].type != OPTION_TYPE_FLAG) {
			text = letter + 1;
			r = *text ? 0 : next_value(parser, (enum option_id)id, shown, &text);
			if (r < 0)
				return r;
		}
		r = take_option(parser, (enum option_id)id, shown, text);
		if (r < 0 || text)
			return r;
	}
	return 0;
}

static int unknown_command(const struct parser *parser, const char *word)
{
	struct nearest nearest = { .word = word };

	for (const struct command *command = parser->commands; command->name; command++)
		nearest_offer(&nearest, command->name);
	if (nearest.best)
		return diag_set(parser->why, -EINVAL,
				"there is no command '%s': did you mean slowpath %s? To watch a "
				"program run, slowpath -- %s",
				word, nearest.best, word);
	if (word[0] && word[strspn(word, "0123456789")] == '\0')
		return diag_set(parser->why, -EINVAL,
				"there is no command '%s': to watch that process, slowpath -p %s",
				word, word);
	return diag_set(
		parser->why, -EINVAL,
		"there is no command '%s' in slowpath: to watch a program run, slowpath -- %s; see slowpath --help",
		word, word);
}

static int parse_word(struct parser *parser, const char *word)
{
	struct options *options = parser->options;

	if (!options->is_command_named) {
		options->command = command_find(parser->commands, word);
		if (!options->command)
			return unknown_command(parser, word);
		options->is_command_named = true;
		return 0;
	}
	if (options->word_count < options->command->words_max &&
	    options->word_count < OPTIONS_WORDS_MAX) {
		options->words[options->word_count++] = word;
		return 0;
	}
	if (options->command->options & OPTION_ARGV_BIT)
		return diag_set(
			parser->why, -EINVAL,
			"'%s' is one word too many: to watch a program run, slowpath %s -- %s",
			word, options->command->name, word);
	return diag_set(parser->why, -EINVAL, "'%s' is one word too many: see slowpath %s --help",
			word, options->command->name);
}

static int parse_words(struct parser *parser)
{
	const char *word;
	int r = 0;

	while (r == 0 && *parser->rest) {
		word = *parser->rest++;
		if (strcmp(word, "--") == 0) {
			if (!*parser->rest)
				return diag_set(parser->why, -EINVAL,
						"no command after --: say which one to watch");
			parser->options->argv = parser->rest;
			return 0;
		}
		if (strncmp(word, "--", 2) == 0)
			r = parse_long(parser, word);
		else if (word[0] == '-' && word[1])
			r = parse_short(parser, word);
		else
			r = parse_word(parser, word);
	}
	return r;
}

/* The name of one option of a set, as the user should write it. */
static const char *show_option(uint64_t set, char *room, size_t bytes)
{
	if (set & OPTION_ARGV_BIT)
		return "a command after --";
	for (size_t id = 0; id < OPTION_COUNT; id++) {
		if (set & UINT64_C(1) << id) {
			(void)snprintf(room, bytes, "--%s", ROWS[id].name);
			break;
		}
	}
	return room;
}

/* Which keys there are is the command's to say. */
static int check_keys(const struct options *options, struct diag *why)
{
	const struct command *command = options->command;

	if (!options->by || !command->check_keys || command->check_keys(options->by) == 0)
		return 0;
	return diag_set(why, -EINVAL, "--by: '%s' is not a list of %s, each at most once",
			options->by, command->keys);
}

/* The same of what comes first. */
static int check_order(const struct options *options, struct diag *why)
{
	const struct command *command = options->command;

	if (!options->order || !command->check_order || command->check_order(options->order) == 0)
		return 0;
	return diag_set(why, -EINVAL, "--sort: '%s' is none of %s", options->order,
			command->orders);
}

static int check_needs(const struct options *options, struct diag *why)
{
	for (size_t i = 0; i < array_count(NEEDS); i++) {
		char one[64] = "", other[64] = "";

		/* Where the other is not taken, the one has a meaning of its own. */
		if (options->given & NEEDS[i].one && !(options->given & NEEDS[i].other) &&
		    options->command->options & NEEDS[i].other)
			return diag_set(why, -EINVAL, "%s goes with %s: %s",
					show_option(NEEDS[i].one, one, sizeof(one)),
					show_option(NEEDS[i].other, other, sizeof(other)),
					NEEDS[i].words);
	}
	return 0;
}

static int check_together(const struct options *options, struct diag *why)
{
	uint64_t given = options->given | (options->argv ? OPTION_ARGV_BIT : 0);
	uint64_t takes = options->command->options | OPTIONS_OF_ALL;
	char one[64] = "", other[64] = "";

	if (given & ~takes)
		return diag_set(why, -EINVAL, "%s does not take %s", options->command->name,
				show_option(given & ~takes, one, sizeof(one)));
	for (size_t i = 0; i < array_count(CONFLICTS); i++) {
		struct conflict conflict = CONFLICTS[i];

		if (options->command->writes_output)
			conflict.other &= ~OPTION_BIT(OUTPUT);
		if (given & conflict.one && given & conflict.other)
			return diag_set(why, -EINVAL, "%s and %s do not go together: %s",
					show_option(conflict.one, one, sizeof(one)),
					show_option(given & conflict.other, other, sizeof(other)),
					conflict.words);
	}
	return 0;
}

const char *option_preset(enum option_id id, const struct command *command)
{
	if (id == OPTION_DURATION && command && command->duration)
		return command->duration;
	return ROWS[id].preset;
}

int options_parse(const struct command *commands, int argc, char **argv, struct options *ret,
		  struct diag *why)
{
	struct options options = { .command = commands };
	struct parser parser = {
		.commands = commands, .rest = argv + (argc > 0), .options = &options, .why = why
	};
	int r;

	for (size_t id = 0; id < OPTION_COUNT; id++) {
		r = ROWS[id].preset[0] ? set_field(&ROWS[id], ROWS[id].preset, &options, why) : 0;
		if (r < 0)
			return r;
	}
	r = parse_words(&parser);
	if (r == 0 && !(options.given & REQUESTS))
		r = check_together(&options, why);
	if (r == 0 && !(options.given & REQUESTS))
		r = check_needs(&options, why);
	if (r == 0 && !(options.given & REQUESTS))
		r = check_keys(&options, why);
	if (r == 0 && !(options.given & REQUESTS))
		r = check_order(&options, why);
	if (r < 0)
		return r;

	if (!(options.given & OPTION_BIT(DURATION)))
		r = value_duration(option_preset(OPTION_DURATION, options.command),
				   &options.duration_ns, why);
	if (r < 0)
		return r;
	/* A command is over when it ends. */
	if (options.argv && !(options.given & OPTION_BIT(DURATION)))
		options.duration_ns = 0;
	*ret = options;
	return 0;
}
