/* What can slowpath see on this machine? Asks for every facility and tells what came of it. */
#include "cmd/doctor.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/source.h"
#include "cmd/terminal.h"
#include "probe/graph_trace.h"
#include "view/html.h"

enum {
	LINE_COLUMNS = 80,
	WHAT_COLUMNS = 30,
	NOTE_COLUMNS = 14,
};

static const char NO_PAGES[] =
	"HTML reports: no (--html). This slowpath was built without them: building them needs node, npm and its registry.";

static const char NO_SCREEN[] =
	"Live screen: no (slowpath top). This slowpath was built without ncursesw: top --batch prints screens as text.";

static const char *works_word(enum feature_state state)
{
	switch (state) {
	case FEATURE_WORKS:
		return "yes";
	case FEATURE_PARTLY:
		return "partly";
	case FEATURE_ABSENT:
		return "no";
	case FEATURE_UNKNOWN:
	case FEATURE_UNTRIED:
		return "unknown";
	}
	return "unknown";
}

/* What could not be tried may well be there: neither its loss nor a remedy is claimed. */
static bool is_missing(enum feature_state state)
{
	return state == FEATURE_ABSENT || state == FEATURE_PARTLY;
}

/*
 * Print words, broken into lines at blanks. The cursor stands at the indent, where further lines
 * begin too.
 */
static void print_wrapped(FILE *out, const char *text, size_t indent)
{
	size_t column = indent;

	while (*text) {
		size_t word = strcspn(text, " ");

		if (column > indent && column + 1 + word > LINE_COLUMNS) {
			(void)fprintf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
			(void)fputc(' ', out);
			column++;
		}
		(void)fprintf(out, "%.*s", (int)word, text);
		column += word;
		text += word;
		text += strspn(text, " ");
	}
	(void)fputc('\n', out);
}

/* "   lost:   text", with a label of at most 7 letters. Nothing when there is no text. */
static void print_note(FILE *out, const char *label, const char *text)
{
	if (!*text)
		return;
	(void)fprintf(out, "%*s%-8s", NOTE_COLUMNS - 8, "", label);
	print_wrapped(out, text, NOTE_COLUMNS);
}

static void print_facility(FILE *out, const struct feature_row *row,
			   const struct feature_answer *answer)
{
	char what[256];

	if (snprintf(what, sizeof(what), "%s%s%s", row->name, *answer->rung ? ": " : "",
		     answer->rung) < 0)
		what[0] = '\0';
	(void)fprintf(out, "%-20s %-8s ", row->id, works_word(answer->state));
	print_wrapped(out, what, WHAT_COLUMNS);
	print_note(out, "why:", answer->why);
	if (!is_missing(answer->state))
		return;
	print_note(out, "lost:", row->lost);
	/* What it needs has its own line, and the remedy there. */
	if (!answer->unmet)
		print_note(out, "get it:", row->remedy);
}

/* Why is it not the next better level? Empty at the best. */
static void describe_missing(struct features *features, enum feature_id missing, char *text,
			     size_t text_bytes)
{
	text[0] = '\0';
	if (missing == FEATURE_COUNT)
		return;
	if (snprintf(text, text_bytes, "%s: %s", feature_row(missing)->id,
		     features_answer(features, missing)->why) < 0)
		text[0] = '\0';
}

/* How many of our tracing instances are left of processes that were killed. */
static unsigned int leftovers(struct features *features)
{
	const char *tracefs;

	return features_have(features, FEATURE_TRACEFS, &tracefs, NULL)
		       ? graph_trace_leftovers(tracefs)
		       : 0;
}

static void print_table(struct features *features, FILE *out)
{
	unsigned int left = leftovers(features);
	const struct feature_level *level;
	enum feature_id missing;
	char because[256], verdicts[256];

	(void)fprintf(out, "%-20s %-8s %s\n", "FACILITY", "WORKS", "WHAT: HOW");
	for (unsigned int id = 0; id < FEATURE_COUNT; id++)
		print_facility(out, feature_row(id), features_answer(features, id));

	if (left)
		(void)fprintf(
			out,
			"\nLeft by slowpath processes that were killed: %u in the folder instances of "
			"tracefs; the next\nslowpath calls --rung graph removes them.\n",
			left);
	level = features_level(features, &missing);
	describe_missing(features, missing, because, sizeof(because));
	(void)fputc('\n', out);
	if (*because)
		print_note(out, "because", because);
	if (snprintf(verdicts, sizeof(verdicts), "Verdicts: %s. %s", level->name, level->text) > 0)
		print_wrapped(out, verdicts, 0);
	if (!view_html_is_built())
		print_wrapped(out, NO_PAGES, 0);
	if (!terminal_is_built())
		print_wrapped(out, NO_SCREEN, 0);
}

/* A string, or null when it is empty. */
static json_t *json_text(const char *text)
{
	return *text ? json_string(text) : json_null();
}

static json_t *make_facility(const struct feature_row *row, const struct feature_answer *answer)
{
	bool missing = is_missing(answer->state);

	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "id", row->id, "name", row->name,
			 "works", works_word(answer->state), "rung", json_text(answer->rung), "why",
			 json_text(answer->why), "lost", json_text(missing ? row->lost : ""),
			 "remedy", json_text(missing && !answer->unmet ? row->remedy : ""));
}

static json_t *make_report(struct features *features)
{
	json_t *facilities = json_array();
	const struct feature_level *level;
	enum feature_id missing;
	char because[256];

	for (unsigned int id = 0; id < FEATURE_COUNT; id++) {
		if (json_array_append_new(
			    facilities,
			    make_facility(feature_row(id), features_answer(features, id))) < 0) {
			json_decref(facilities);
			return NULL;
		}
	}
	level = features_level(features, &missing);
	describe_missing(features, missing, because, sizeof(because));
	return json_pack("{s:s, s:b, s:b, s:{s:s, s:b, s:s, s:o}, s:i, s:o}", "schema",
			 "slowpath.doctor/1", "html_reports", view_html_is_built(), "live_screen",
			 terminal_is_built(), "verdicts", "level", level->name, "works",
			 level->sufficient, "text", level->text, "because", json_text(because),
			 "trace_instances_left", (int)leftovers(features), "facilities",
			 facilities);
}

static int print_json(struct features *features, FILE *out, struct diag *why)
{
	json_t *report = make_report(features);
	int r;

	if (!report)
		return diag_set(why, -ENOMEM, "out of memory for the report");
	r = json_dumpf(report, out, JSON_INDENT(1));
	json_decref(report);
	if (r < 0 || fputc('\n', out) == EOF)
		return diag_set(why, -EIO, "the report cannot be written");
	return 0;
}

int doctor_run(struct features *features, FILE *out, bool json, struct diag *why)
{
	int r = 0;

	if (json)
		r = print_json(features, out, why);
	else
		print_table(features, out);
	if (r == 0 && (fflush(out) == EOF || ferror(out)))
		r = diag_set(why, -EIO, "the report cannot be written: %s", strerror(errno));
	return r == 0 && features_level(features, NULL)->sufficient ? 0 : 1;
}

int cmd_doctor(struct options *options)
{
	struct features features = {};
	struct diag why = {};
	int status = CMD_FAILED;

	if (features_from_options(options, &features, &why) == 0)
		status = doctor_run(&features, stdout, options->json, &why);
	features_free(&features);
	if (why.code)
		cmd_complain(&why);
	return status;
}
