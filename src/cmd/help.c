/* How is slowpath used? One account of it, told twice: to the terminal and to man(1). */
#include "cmd/help.h"

#include <string.h>

#include "base/array.h"
#include "cmd/version.h"
#include "view/page.h"

enum {
	HELP_COLUMNS = 80,
	NAME_COLUMNS = 24,
};

/* The two ways to tell it. Each section is a heading and then paragraphs and terms with their
 * words. */
struct teller {
	FILE *out;
	void (*heading)(struct teller *teller, const char *text);
	void (*paragraph)(struct teller *teller, const char *text);
	void (*term)(struct teller *teller, const char *term, const char *words);
	void (*line)(struct teller *teller, const char *text); /* as it stands */
	void (*code)(struct teller *teller, const char *text); /* and never broken */
};

static const char ABOUT[] =
	"slowpath finds out why a command, a process or the whole machine is slow, and who is to blame. It follows the "
	"slow path: where each second went, who was waited for, what that one was doing, down to the real cause.";

static const struct {
	const char *command; /* whose help shows it */
	const char *line;
	const char *words;
} EXAMPLES[] = {
	{ "diagnose", "slowpath", "watch the machine for 10 s, then say what is slow and why" },
	{ "diagnose", "slowpath -p 1234", "a running process" },
	{ "diagnose", "slowpath -- cp big /mnt/x",
	  "a command, from its first instruction to its last" },
	{ "wait", "slowpath wait -p 1234", "what a process waits for, and who wakes it" },
	{ "wait", "slowpath wait --wakers --dot -d 5 | dot -Tsvg > wakers.svg",
	  "who wakes whom, as a picture" },
	{ "syscalls", "slowpath syscalls -p 1234 --by thread,syscall",
	  "which system calls its threads make, and how long they take" },
	{ "record", "slowpath record -o yesterday.slowpath -d 1m",
	  "keep what happens for a minute" },
	{ "export", "slowpath export -f perfetto -o build.trace -- make",
	  "a trace of a command, for ui.perfetto.dev" },
	{ "export",
	  "slowpath export -f folded --wall -i yesterday.slowpath | flamegraph.pl > all.svg",
	  "where the time of a recording went, drawn by another tool" },
	{ "diagnose", "slowpath -i yesterday.slowpath", "the same answers again, on any machine" },
	{ "doctor", "slowpath doctor", "what can be seen on this machine, and what is missing" },
};

static const struct {
	const char *status;
	const char *words;
	uint64_t needs; /* told of commands that take one of these; 0: of all */
} STATUSES[] = {
	{ "0", "done", 0 },
	{ "1", "failed; one line on standard error says why", 0 },
	{ "2", "wrong usage", 0 },
	{ "10 to 16",
	  "of slowpath stuck: 10 kernel_crash, 11 kernel_lockup, 12 user_lockup, 13 user_crash, 14 "
	  "spinning, 15 stopped, 16 zombie; the worst one counts",
	  OPTION_BIT(ALL) },
	{ "of CMD",
	  "with -- CMD: the command's own, or 128 and the number of the signal that it died of",
	  OPTION_ARGV_BIT },
	{ "125", "with -- CMD: slowpath itself failed", OPTION_ARGV_BIT },
	{ "126, 127", "with -- CMD: the command cannot be executed, is not found",
	  OPTION_ARGV_BIT },
};

static const struct {
	const char *name;
	const char *words;
} VARIABLES[] = {
	{ "NO_COLOR", "when set and not empty, no color is used unless --color says so" },
	{ "COLUMNS", "how wide the answer may be when it does not go to a terminal" },
	{ "LC_ALL, LC_CTYPE, LANG", "whether the terminal shows more than ASCII" },
};

static struct page help_page(const struct teller *teller)
{
	return (struct page){ .out = teller->out, .columns = HELP_COLUMNS };
}

static void say_heading(struct teller *teller, const char *text)
{
	(void)fprintf(teller->out, "\n%s:\n", text);
}

static void say_paragraph(struct teller *teller, const char *text)
{
	struct page page = help_page(teller);

	page_begin(&page, 0, 0);
	page_words(&page, text);
	page_end(&page);
}

static void say_term(struct teller *teller, const char *term, const char *words)
{
	struct page page = help_page(teller);

	page_begin(&page, 2, 2 + NAME_COLUMNS);
	if (strlen(term) + 2 > NAME_COLUMNS) {
		page_words(&page, term);
		page_end(&page);
		page_begin(&page, 2 + NAME_COLUMNS, 2 + NAME_COLUMNS);
	} else {
		page_cell(&page, term, NAME_COLUMNS, true);
	}
	page_words(&page, words);
	page_end(&page);
}

static void say_line(struct teller *teller, const char *text)
{
	(void)fprintf(teller->out, "  %s\n", text);
}

/* Text for roff: nothing in it is a request, and a hyphen is what the user must type. */
static void put_roff(FILE *out, const char *text)
{
	if (*text == '.' || *text == '\'')
		(void)fputs("\\&", out);
	for (; *text; text++) {
		if (*text == '-')
			(void)fputs("\\-", out);
		else if (*text == '\\')
			(void)fputs("\\e", out);
		else
			(void)fputc(*text, out);
	}
	(void)fputc('\n', out);
}

static void man_heading(struct teller *teller, const char *text)
{
	(void)fputs(".SH ", teller->out);
	for (; *text; text++)
		(void)fputc(*text >= 'a' && *text <= 'z' ? *text - 'a' + 'A' : *text, teller->out);
	(void)fputc('\n', teller->out);
}

static void man_paragraph(struct teller *teller, const char *text)
{
	(void)fputs(".PP\n", teller->out);
	put_roff(teller->out, text);
}

static void man_term(struct teller *teller, const char *term, const char *words)
{
	(void)fputs(".TP\n.B ", teller->out);
	put_roff(teller->out, term + strspn(term, " "));
	put_roff(teller->out, words);
}

static void man_line(struct teller *teller, const char *text)
{
	(void)fputs(".br\n", teller->out);
	put_roff(teller->out, text);
}

static void man_code(struct teller *teller, const char *text)
{
	(void)fputs(".nf\n", teller->out);
	put_roff(teller->out, text);
	(void)fputs(".fi\n", teller->out);
}

static void tell_usage(struct teller *teller, const struct command *command, bool is_default)
{
	static const struct {
		uint64_t needs;
		const char *words;
	} FORMS[] = {
		{ OPTION_BIT(PID), " [-p PID]..." },
		{ OPTION_ARGV_BIT, " -- CMD..." },
		{ OPTION_BIT(INPUT), " -i FILE" },
	};
	const char *open = is_default ? "[" : "", *close = is_default ? "]" : "";
	/* Who watches for a time and takes no process watches the machine. */
	bool is_machine = command->options & OPTION_BIT(DURATION) &&
			  !(command->options & (OPTION_BIT(PID) | OPTION_ARGV_BIT));
	bool is_told = false;
	char line[160], plain[160], word[64] = "";

	if (command->words_max)
		(void)snprintf(word, sizeof(word), " [%s]", command->word_name);

	(void)snprintf(plain, sizeof(plain), "slowpath %s [options]%s", command->name, word);
	if (is_machine)
		teller->line(teller, plain);
	for (size_t i = 0; i < array_count(FORMS); i++) {
		if (!(FORMS[i].needs & command->options) ||
		    (FORMS[i].needs == OPTION_ARGV_BIT && strstr(command->word_name, "--")))
			continue; /* its words say themselves what comes after -- */
		(void)snprintf(line, sizeof(line), "slowpath %s%s%s%s [options]%s", open,
			       command->name, close, word, FORMS[i].words);
		teller->line(teller, line);
		is_told = true;
	}
	if (!is_told && !is_machine)
		teller->line(teller, plain);
}

static void tell_options(struct teller *teller, uint64_t options, const struct command *subject)
{
	char term[80], words[1600];

	teller->heading(teller, "Options");
	for (size_t id = 0; id < OPTION_COUNT; id++) {
		const struct option_row *row = option_row((enum option_id)id);
		const char *preset = option_preset((enum option_id)id, subject);
		char letter[] = { '-', row->short_name, ',', ' ', '\0' };

		if (!row->help[0] || !(options & UINT64_C(1) << id))
			continue;
		(void)snprintf(term, sizeof(term), "%s--%s%s%s", row->short_name ? letter : "    ",
			       row->name, row->value_name[0] ? " " : "", row->value_name);
		(void)snprintf(words, sizeof(words), "%s%s%s%s", row->help,
			       preset[0] ? " (default: " : "", preset, preset[0] ? ")" : "");
		teller->term(teller, term, words);
	}
}

/* Each line of a description is a paragraph, or code after a tab. */
static void tell_description(struct teller *teller, const char *description)
{
	char paragraph[1000];
	size_t length;

	while (*description) {
		length = strcspn(description, "\n");
		(void)snprintf(paragraph, sizeof(paragraph), "%.*s", (int)length, description);
		if (paragraph[0] == '\t')
			teller->code(teller, paragraph + 1);
		else
			teller->paragraph(teller, paragraph);
		description += length + (description[length] ? 1 : 0);
	}
}

static void tell_examples(struct teller *teller, const struct command *command)
{
	bool is_first = true;

	for (size_t i = 0; i < array_count(EXAMPLES); i++) {
		if (command && strcmp(command->name, EXAMPLES[i].command) != 0)
			continue;
		if (is_first)
			teller->heading(teller, "Examples");
		is_first = false;
		teller->term(teller, EXAMPLES[i].line, EXAMPLES[i].words);
	}
}

static void tell_statuses(struct teller *teller, uint64_t options)
{
	teller->heading(teller, "Exit status");
	for (size_t i = 0; i < array_count(STATUSES); i++) {
		if (!STATUSES[i].needs || STATUSES[i].needs & options)
			teller->term(teller, STATUSES[i].status, STATUSES[i].words);
	}
}

static void tell_commands(struct teller *teller, const struct command *commands)
{
	teller->heading(teller, "Commands");
	for (const struct command *command = commands; command->name; command++)
		teller->term(teller, command->name, command->summary);
}

static uint64_t options_of(const struct command *commands, const struct command *command)
{
	uint64_t options = OPTIONS_OF_ALL;

	if (command)
		return options | command->options;
	for (; commands->name; commands++)
		options |= commands->options;
	return options;
}

/* What comes after the first lines, which help and manual page have each in its own way. */
static void tell_rest(struct teller *teller, const struct command *commands,
		      const struct command *command)
{
	uint64_t options = options_of(commands, command);

	if (!command)
		tell_commands(teller, commands);
	tell_options(teller, options, command);
	tell_examples(teller, command);
	tell_statuses(teller, options);
}

static void tell_usages(struct teller *teller, const struct command *commands,
			const struct command *command)
{
	for (const struct command *one = commands; one->name; one++) {
		if (!command || one == command)
			tell_usage(teller, one, one == commands);
	}
}

void help_print(const struct command *commands, const struct command *command, FILE *out)
{
	struct teller teller = {
		.out = out,
		.heading = say_heading,
		.paragraph = say_paragraph,
		.term = say_term,
		.line = say_line,
		.code = say_line,
	};

	(void)fputs("Usage:\n", out);
	tell_usages(&teller, commands, command);
	(void)fputc('\n', out);
	if (command)
		tell_description(&teller, command->description);
	else
		say_paragraph(&teller, ABOUT);
	tell_rest(&teller, commands, command);
}

void help_print_man(const struct command *commands, const struct command *command, FILE *out)
{
	struct teller teller = {
		.out = out,
		.heading = man_heading,
		.paragraph = man_paragraph,
		.term = man_term,
		.line = man_line,
		.code = man_code,
	};
	const char *dash = command ? "\\-" : "", *name = command ? command->name : "";

	(void)fprintf(
		out,
		".TH \"slowpath%s%s\" 1 \"\" \"slowpath %s\"\n.nh\n.SH NAME\nslowpath%s%s \\- ",
		dash, name, SLOWPATH_VERSION, dash, name);
	put_roff(out, command ? command->summary
			      : "find out why something is slow, and who is to blame");
	man_heading(&teller, "Synopsis");
	tell_usages(&teller, commands, command);
	man_heading(&teller, "Description");
	if (!command)
		man_paragraph(&teller, ABOUT);
	tell_description(&teller, command ? command->description : commands->description);
	tell_rest(&teller, commands, command);
	man_heading(&teller, "Environment");
	for (size_t i = 0; i < array_count(VARIABLES); i++)
		man_term(&teller, VARIABLES[i].name, VARIABLES[i].words);
	man_heading(&teller, "See also");
	(void)fputs(command ? "slowpath(1)" : "ps(1), perf(1), strace(1)", out);
	for (const struct command *one = commands; one->name; one++) {
		/* A command without options of its own has no page. */
		if (one != command && one->options)
			(void)fprintf(out, ", slowpath\\-%s(1)", one->name);
	}
	(void)fputc('\n', out);
}
