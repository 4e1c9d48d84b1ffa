/* What can be named here, and how are the other names to be had? Finds out what the word means, and
 * says what was found. */
#include "view/symbols.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/style.h"
#include "cmd/survey.h"

/* A number is a process, what has a '/' is a file; else a module, or a file of this folder. */
static int look(struct survey *survey, const char *word, struct diag *why)
{
	unsigned long pid;
	char *end = NULL;

	if (!word)
		return survey_machine(survey, why);
	if (strchr(word, '/'))
		return survey_file(survey, word, why);
	if (strspn(word, "0123456789") == strlen(word) && word[0]) {
		errno = 0;
		pid = strtoul(word, &end, 10);
		if (errno || pid == 0 || pid > INT32_MAX)
			return diag_set(why, -EINVAL, "there is no process %s", word);
		return survey_process(survey, (uint32_t)pid, why);
	}
	if (!modules_find(&survey->modules, word) && access(word, F_OK) == 0)
		return survey_file(survey, word, why);
	return survey_module(survey, word, why);
}

static int say(const struct options *options, const struct symbols_report *report, struct diag *why)
{
	const struct view_style style = style_for(options, STDOUT_FILENO);
	int r = options->json ? view_symbols_json(report, stdout)
			      : view_symbols_text(report, &style, stdout);

	return r < 0 ? diag_set(why, r, "cannot write the answer: %s", strerror(-r)) : 0;
}

static int answer(const struct options *options, struct diag *why)
{
	owns(symbols_report_free) struct symbols_report *report = NULL;
	owns(survey_free) struct survey survey = {};
	struct utsname machine;
	int r;

	if (uname(&machine) < 0)
		return diag_set(why, -errno, "cannot tell the kernel's release: %s",
				strerror(errno));
	r = survey_begin(&survey, "", machine.release, why);
	if (r == 0)
		r = look(&survey, options->word_count ? options->words[0] : NULL, why);
	if (r == 0)
		r = survey_finish(&survey, why);
	if (r < 0)
		return r;
	r = symbols_judge(&survey.input, &report);
	return r < 0 ? diag_set(why, r, "out of memory") : say(options, report, why);
}

int cmd_symbols(struct options *options)
{
	struct diag why = {};

	if (answer(options, &why) == 0)
		return CMD_DONE;
	cmd_complain(&why);
	return CMD_FAILED;
}
