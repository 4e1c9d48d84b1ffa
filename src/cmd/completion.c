/* What can stand here? One account of it, told to three shells: which words a value may be, and
 * which options a command takes. */
#include "cmd/completion.h"

#include <errno.h>
#include <string.h>

#include "base/array.h"
#include "cmd/values.h"

/* What stands for a value. */
enum value_kind {
	VALUE_NONE, /* the option is a flag */
	VALUE_FREE, /* nothing can be said */
	VALUE_FILE,
	VALUE_PID,
	VALUE_CHOICE, /* one of value_choice() */
	VALUE_LIST,   /* some of them, separated by commas */
};

static enum value_kind value_kind(const struct option_row *row)
{
	switch (row->type) {
	case OPTION_TYPE_FLAG:
		return VALUE_NONE;
	case OPTION_TYPE_STRING:
		return strcmp(row->value_name, "FILE") == 0 ? VALUE_FILE : VALUE_FREE;
	case OPTION_TYPE_PIDS:
		return VALUE_PID;
	case OPTION_TYPE_FEATURES:
	case OPTION_TYPE_PRESETS:
		return VALUE_LIST;
	case OPTION_TYPE_COLOR:
	case OPTION_TYPE_STATE:
	case OPTION_TYPE_FORMAT:
		return VALUE_CHOICE;
	case OPTION_TYPE_DURATION:
	case OPTION_TYPE_FREQUENCY:
	case OPTION_TYPE_PERCENT:
	case OPTION_TYPE_COUNT:
	case OPTION_TYPE_SIZE:
	case OPTION_TYPE_TARGETS:
		return VALUE_FREE;
	}
	return VALUE_FREE;
}

static bool is_shown(const struct option_row *row)
{
	return row->help[0] != '\0';
}

static bool takes(const struct command *command, size_t id)
{
	return ((command->options | OPTIONS_OF_ALL) & UINT64_C(1) << id) &&
	       is_shown(option_row((enum option_id)id));
}

static void put_choices(const struct option_row *row, const char *separator, FILE *out)
{
	const char *choice;

	for (size_t i = 0; (choice = value_choice(row->type, i)); i++)
		(void)fprintf(out, "%s%s", i ? separator : "", choice);
}

static void put_commands(const struct command *commands, FILE *out)
{
	for (const struct command *one = commands; one->name; one++)
		(void)fprintf(out, "%s%s", one == commands ? "" : " ", one->name);
}

/* Words in small letters stand for themselves: "bash|zsh|fish". Others say what they are: "FILE".
 */
static bool is_word_literal(const struct command *command)
{
	return command->word_name[0] >= 'a' && command->word_name[0] <= 'z';
}

static bool is_word(const struct command *command, const char *what)
{
	return command->words_max && strstr(command->word_name, what);
}

static void put_literals(const struct command *command, FILE *out)
{
	for (const char *c = command->word_name; *c; c++)
		(void)fputc(*c == '|' ? ' ' : *c, out);
}

/* --- bash --- */

static void bash_value(const struct option_row *row, FILE *out)
{
	(void)fputc('\t', out);
	if (row->short_name)
		(void)fprintf(out, "-%c | ", row->short_name);
	(void)fprintf(out, "--%s)\n\t\t", row->name);
	switch (value_kind(row)) {
	case VALUE_FILE:
		(void)fputs("_slowpath_files", out);
		break;
	case VALUE_PID:
		(void)fputs("_slowpath_words \"$(cd /proc && echo [0-9]*)\"", out);
		break;
	case VALUE_CHOICE:
	case VALUE_LIST:
		(void)fputs("_slowpath_words \"", out);
		put_choices(row, " ", out);
		(void)fputs("\"", out);
		break;
	case VALUE_FREE:
	case VALUE_NONE:
		(void)fputs(":", out);
		break;
	}
	(void)fputs("\n\t\treturn\n\t\t;;\n", out);
}

static void bash_options(const struct command *command, FILE *out)
{
	bool is_first = true;

	for (size_t id = 0; id < OPTION_COUNT; id++) {
		const struct option_row *row = option_row((enum option_id)id);

		if (!takes(command, id))
			continue;
		(void)fprintf(out, "%s--%s", is_first ? "" : " ", row->name);
		is_first = false;
	}
	if (command->options & OPTION_ARGV_BIT)
		(void)fputs(" --", out);
}

static void bash_words(const struct command *command, FILE *out)
{
	if (is_word_literal(command)) {
		(void)fputs("\t\twords=\"", out);
		put_literals(command, out);
		(void)fputs("\"\n", out);
	} else if (is_word(command, "COMMAND")) {
		(void)fputs("\t\twords=$commands\n", out);
	} else if (is_word(command, "FILE")) {
		(void)fputs("\t\tfiles=1\n", out);
	}
}

static const char BASH_BEGIN[] =
	"# bash completion for slowpath; printed by slowpath completion bash\n"
	"_slowpath_words()\n"
	"{\n"
	"\t# What stands before a comma stays.\n"
	"\tlocal before=\n"
	"\t[[ $current == *,* ]] && before=${current%,*},\n"
	"\tmapfile -t COMPREPLY < <(compgen -P \"$before\" -W \"$1\" -- \"${current##*,}\")\n"
	"}\n"
	"_slowpath_files()\n"
	"{\n"
	"\tcompopt -o filenames 2>/dev/null\n"
	"\tmapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
	"}\n"
	"_slowpath()\n"
	"{\n"
	"\tlocal current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}\n"
	"\tlocal command= options= words= files= i\n";

static const char BASH_WORDS[] =
	"\tCOMPREPLY=()\n"
	"\t# Bash takes --format=json apart.\n"
	"\tif [[ $current == = ]]; then\n"
	"\t\tcurrent=\n"
	"\telif [[ $previous == = ]]; then\n"
	"\t\tprevious=${COMP_WORDS[COMP_CWORD - 2]}\n"
	"\tfi\n"
	"\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	"\t\tif [[ ${COMP_WORDS[i]} == -- ]]; then\n"
	"\t\t\tif declare -F _command_offset >/dev/null; then\n"
	"\t\t\t\t_command_offset $((i + 1))\n"
	"\t\t\telif ((i + 1 == COMP_CWORD)); then\n"
	"\t\t\t\tmapfile -t COMPREPLY < <(compgen -c -- \"$current\")\n"
	"\t\t\telse\n"
	"\t\t\t\t_slowpath_files\n"
	"\t\t\tfi\n"
	"\t\t\treturn\n"
	"\t\tfi\n"
	"\t\tif [[ -z $command && \" $commands \" == *\" ${COMP_WORDS[i]} \"* ]]; then\n"
	"\t\t\tcommand=${COMP_WORDS[i]}\n"
	"\t\tfi\n"
	"\tdone\n"
	"\tcase $previous in\n";

static const char BASH_END[] = "\tesac\n"
			       "\tif [[ $current == -* ]]; then\n"
			       "\t\t_slowpath_words \"$options\"\n"
			       "\telif [[ -z $command ]]; then\n"
			       "\t\t_slowpath_words \"$commands\"\n"
			       "\telif [[ -n $files ]]; then\n"
			       "\t\t_slowpath_files\n"
			       "\telse\n"
			       "\t\t_slowpath_words \"$words\"\n"
			       "\tfi\n"
			       "}\n"
			       "complete -F _slowpath slowpath\n";

static void print_bash(const struct command *commands, FILE *out)
{
	(void)fputs(BASH_BEGIN, out);
	(void)fputs("\tlocal commands=\"", out);
	put_commands(commands, out);
	(void)fputs("\"\n", out);
	(void)fputs(BASH_WORDS, out);
	for (size_t id = 0; id < OPTION_COUNT; id++) {
		const struct option_row *row = option_row((enum option_id)id);

		if (is_shown(row) && value_kind(row) != VALUE_NONE)
			bash_value(row, out);
	}
	(void)fputs("\tesac\n\tcase $command in\n", out);
	for (const struct command *one = commands; one->name; one++) {
		(void)fprintf(out, "\t%s%s)\n\t\toptions=\"", one->name,
			      one == commands ? " | ''" : "");
		bash_options(one, out);
		(void)fputs("\"\n", out);
		bash_words(one, out);
		(void)fputs("\t\t;;\n", out);
	}
	(void)fputs(BASH_END, out);
}

/* --- zsh --- */

/* In single quotes, and what _arguments takes as its own marked. */
static void zsh_text(const char *text, FILE *out)
{
	for (; *text; text++) {
		if (*text == '\'')
			(void)fputs("'\\''", out);
		else if (*text == '[' || *text == ']' || *text == ':' || *text == '\\')
			(void)fprintf(out, "\\%c", *text);
		else
			(void)fputc(*text, out);
	}
}

static void zsh_value(const struct option_row *row, FILE *out)
{
	switch (value_kind(row)) {
	case VALUE_NONE:
		return;
	case VALUE_FREE:
		(void)fprintf(out, ":%s: ", row->value_name);
		return;
	case VALUE_FILE:
		(void)fprintf(out, ":%s:_files", row->value_name);
		return;
	case VALUE_PID:
		(void)fprintf(out, ":%s:_pids", row->value_name);
		return;
	case VALUE_CHOICE:
		(void)fprintf(out, ":%s:(", row->value_name);
		put_choices(row, " ", out);
		(void)fputc(')', out);
		return;
	case VALUE_LIST:
		(void)fprintf(out, ":%s:_values -s , facility ", row->value_name);
		put_choices(row, " ", out);
		return;
	}
}

/* "*" where it may be given again; each form excludes the other. */
static void zsh_option(const struct option_row *row, FILE *out)
{
	bool is_again = row->type == OPTION_TYPE_PIDS || row->type == OPTION_TYPE_FEATURES;
	const char *equals = value_kind(row) == VALUE_NONE ? "" : "=";

	if (row->short_name) {
		(void)fprintf(out, "\t\t'%s-%c[", is_again ? "*" : "", row->short_name);
		zsh_text(row->help, out);
		(void)fputc(']', out);
		zsh_value(row, out);
		(void)fputs("'\n", out);
	}
	(void)fprintf(out, "\t\t'%s--%s%s[", is_again ? "*" : "", row->name, equals);
	zsh_text(row->help, out);
	(void)fputc(']', out);
	zsh_value(row, out);
	(void)fputs("'\n", out);
}

static void zsh_words(const struct command *command, FILE *out)
{
	if (is_word_literal(command)) {
		(void)fputs("\t\t'2:word:(", out);
		put_literals(command, out);
		(void)fputs(")'\n", out);
	} else if (is_word(command, "COMMAND")) {
		(void)fputs("\t\t'2:command:_slowpath_commands'\n", out);
	} else if (is_word(command, "FILE")) {
		(void)fputs("\t\t'2:file:_files'\n", out);
	}
}

static void print_zsh(const struct command *commands, FILE *out)
{
	(void)fputs("#compdef slowpath\n"
		    "# zsh completion for slowpath; printed by slowpath completion zsh\n"
		    "_slowpath_commands() {\n"
		    "\tlocal -a commands=(\n",
		    out);
	for (const struct command *one = commands; one->name; one++) {
		(void)fprintf(out, "\t\t'%s:", one->name);
		zsh_text(one->summary, out);
		(void)fputs("'\n", out);
	}
	(void)fputs("\t)\n"
		    "\t_describe command commands\n"
		    "}\n"
		    "_slowpath() {\n"
		    "\tlocal dashes=${words[(i)--]} command=${words[(r)",
		    out);
	(void)fputc('(', out);
	for (const struct command *one = commands; one->name; one++)
		(void)fprintf(out, "%s%s", one == commands ? "" : "|", one->name);
	(void)fputs(")]}\n"
		    "\tlocal -a specs\n"
		    "\tif ((dashes < CURRENT)); then\n"
		    "\t\twords=(\"${(@)words[dashes + 1,-1]}\")\n"
		    "\t\t((CURRENT -= dashes))\n"
		    "\t\t_normal\n"
		    "\t\treturn\n"
		    "\tfi\n"
		    "\tcase $command in\n",
		    out);
	for (const struct command *one = commands; one->name; one++) {
		(void)fprintf(out, "\t%s%s) specs=(\n", one->name, one == commands ? "|''" : "");
		for (size_t id = 0; id < OPTION_COUNT; id++) {
			if (takes(one, id))
				zsh_option(option_row((enum option_id)id), out);
		}
		zsh_words(one, out);
		(void)fputs("\t) ;;\n", out);
	}
	(void)fputs("\tesac\n"
		    "\t_arguments -s -S $specs '1:command:_slowpath_commands'\n"
		    "}\n"
		    "if [[ $funcstack[1] == _slowpath ]]; then\n"
		    "\t_slowpath \"$@\"\n"
		    "else\n"
		    "\tcompdef _slowpath slowpath\n"
		    "fi\n",
		    out);
}

/* --- fish --- */

static void fish_text(const char *text, FILE *out)
{
	(void)fputc('\'', out);
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			(void)fputc('\\', out);
		(void)fputc(*text, out);
	}
	(void)fputc('\'', out);
}

static void fish_value(const struct option_row *row, FILE *out)
{
	switch (value_kind(row)) {
	case VALUE_NONE:
		return;
	case VALUE_FREE:
		(void)fputs(" -x", out);
		return;
	case VALUE_FILE:
		(void)fputs(" -r -F", out);
		return;
	case VALUE_PID:
		(void)fputs(" -x -a '(__fish_complete_pids)'", out);
		return;
	case VALUE_CHOICE:
	case VALUE_LIST:
		(void)fprintf(out, " -x -a '%s",
			      value_kind(row) == VALUE_LIST ? "(__fish_append , " : "");
		put_choices(row, " ", out);
		(void)fprintf(out, "%s'", value_kind(row) == VALUE_LIST ? ")" : "");
		return;
	}
}

static void fish_option(const struct command *command, bool is_default,
			const struct option_row *row, FILE *out)
{
	(void)fprintf(out, "complete -c slowpath -n '__slowpath_is %s%s'", command->name,
		      is_default ? " none" : "");
	if (row->short_name)
		(void)fprintf(out, " -s %c", row->short_name);
	(void)fprintf(out, " -l %s", row->name);
	fish_value(row, out);
	(void)fputs(" -d ", out);
	fish_text(row->help, out);
	(void)fputc('\n', out);
}

static void fish_words(const struct command *command, FILE *out)
{
	if (!command->words_max)
		return;
	(void)fprintf(out, "complete -c slowpath -n '__slowpath_is %s' ", command->name);
	if (is_word_literal(command)) {
		(void)fputs("-a '", out);
		put_literals(command, out);
		(void)fputs("'\n", out);
	} else if (is_word(command, "COMMAND")) {
		(void)fputs("-a '$__slowpath_commands'\n", out);
	} else {
		(void)fputs("-F\n", out);
	}
}

static void print_fish(const struct command *commands, FILE *out)
{
	(void)fputs("# fish completion for slowpath; printed by slowpath completion fish\n"
		    "set -g __slowpath_commands ",
		    out);
	put_commands(commands, out);
	(void)fputs("\n"
		    "# Is one of these the command? none: there is none yet.\n"
		    "function __slowpath_is\n"
		    "\tset -l words (commandline -opc)\n"
		    "\tcontains -- -- $words; and return 1\n"
		    "\tfor word in $words[2..-1]\n"
		    "\t\tif contains -- $word $__slowpath_commands\n"
		    "\t\t\tcontains -- $word $argv\n"
		    "\t\t\treturn\n"
		    "\t\tend\n"
		    "\tend\n"
		    "\tcontains -- none $argv\n"
		    "end\n"
		    "complete -c slowpath -f\n"
		    "complete -c slowpath -n 'contains -- -- (commandline -opc)' -F -a "
		    "'(__fish_complete_command)'\n",
		    out);
	for (const struct command *one = commands; one->name; one++) {
		(void)fprintf(out, "complete -c slowpath -n '__slowpath_is none' -a %s -d ",
			      one->name);
		fish_text(one->summary, out);
		(void)fputc('\n', out);
	}
	for (const struct command *one = commands; one->name; one++) {
		for (size_t id = 0; id < OPTION_COUNT; id++) {
			if (takes(one, id))
				fish_option(one, one == commands, option_row((enum option_id)id),
					    out);
		}
		fish_words(one, out);
	}
}

/* --- which one --- */

static const struct {
	const char *name;
	void (*print)(const struct command *commands, FILE *out);
} SHELLS[] = {
	{ "bash", print_bash },
	{ "zsh", print_zsh },
	{ "fish", print_fish },
};

int completion_print(const struct command *commands, const char *shell, FILE *out)
{
	for (size_t i = 0; i < array_count(SHELLS); i++) {
		if (strcmp(SHELLS[i].name, shell) != 0)
			continue;
		SHELLS[i].print(commands, out);
		return 0;
	}
	return -EINVAL;
}
