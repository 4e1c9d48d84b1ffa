/* Which code has no names, why, and what is the exact remedy? A state for each, a sentence for all,
 * and one remedy for those that share it. */
#include "analyse/symbols.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/hiding.h"
#include "analyse/remedies.h"
#include "finding/format.h"

/* Another build's names are worse than none: that is looked at before what the file has. */
static enum symbols_state judge(const struct symbols_facts *facts)
{
	bool has_lines = facts->has_lines || facts->debug_has_lines;
	/* The kernel keeps the names that a module was loaded with, whatever its file has now. */
	bool has_names =
		facts->functions || facts->debug_functions || facts->has_mini || facts->is_live;

	if (facts->is_gone || facts->is_replaced)
		return SYMBOLS_REPLACED;
	if (!facts->path[0] && facts->kind == SYMBOLS_OF_KERNEL)
		return has_names ? SYMBOLS_NAMES : SYMBOLS_NONE;
	if (!facts->path[0])
		return SYMBOLS_NO_FILE;
	if (facts->open_error[0])
		return SYMBOLS_UNREADABLE;
	if (facts->running_id[0] && facts->file_id[0] &&
	    strcmp(facts->running_id, facts->file_id) != 0)
		return SYMBOLS_MISMATCH;
	if (has_lines)
		return SYMBOLS_LINES;
	if (has_names)
		return SYMBOLS_NAMES;
	return facts->exported ? SYMBOLS_EXPORTED : SYMBOLS_NONE;
}

/* What the namer will take the names from: a file that is not the one in use is not asked. */
static const char *names_from(const struct symbols_facts *facts, enum symbols_state state)
{
	bool is_sound = state <= SYMBOLS_NONE;

	if (is_sound && facts->debug_functions)
		return facts->debug_path;
	if (is_sound && facts->functions)
		return ".symtab";
	if (is_sound && facts->has_mini)
		return ".gnu_debugdata";
	if (facts->is_live)
		return "/proc/kallsyms";
	return is_sound && facts->exported ? ".dynsym" : "";
}

static const char *lines_from(const struct symbols_facts *facts, enum symbols_state state)
{
	if (state != SYMBOLS_LINES)
		return "";
	return facts->has_lines ? facts->path : facts->debug_path;
}

static char *describe_origin(const struct symbols_facts *facts)
{
	char *words = NULL;

	switch (facts->origin) {
	case SYMBOLS_FROM_DKMS:
		return asprintf(&words, "DKMS %s %s", facts->dkms.name, facts->dkms.version) < 0
			       ? NULL
			       : words;
	case SYMBOLS_FROM_PACKAGE:
		return strdup(facts->package);
	case SYMBOLS_FROM_DISTRIBUTION:
	case SYMBOLS_FROM_HERE:
		break;
	}
	return strdup("");
}

/* What else is to know about it: what was refused, and why it cannot be read. */
static char *describe_rest(const struct symbols_facts *facts, enum symbols_state state)
{
	char *words = NULL;
	int r;

	if (state == SYMBOLS_MISMATCH)
		r = asprintf(&words, "refused: the file is build %s, what runs is build %s",
			     facts->file_id, facts->running_id);
	else if (state == SYMBOLS_UNREADABLE)
		r = asprintf(&words, "%s", facts->open_error);
	else if (state == SYMBOLS_REPLACED)
		r = asprintf(&words, "%s since it was mapped",
			     facts->is_replaced ? "replaced" : "deleted");
	else if (facts->refused_path[0])
		r = asprintf(&words, "refused: %s is of another build", facts->refused_path);
	else
		return strdup("");
	return r < 0 ? NULL : words;
}

static int add_item(const struct symbols_facts *facts, struct symbols_report *report)
{
	struct symbols_item *item = array_push(&report->items);
	enum symbols_state state = judge(facts);

	if (!item)
		return -ENOMEM;
	item->kind = facts->kind;
	item->state = state;
	item->name = strdup(facts->name);
	item->path = strdup(facts->path);
	item->names_from = strdup(names_from(facts, state));
	item->lines_from = strdup(lines_from(facts, state));
	item->build_id = strdup(facts->running_id[0] ? facts->running_id : facts->file_id);
	item->packing = strdup(facts->packing);
	item->origin = describe_origin(facts);
	item->note = describe_rest(facts, state);
	return item->name && item->path && item->names_from && item->lines_from && item->build_id &&
			       item->packing && item->origin && item->note
		       ? 0
		       : -ENOMEM;
}

/* How many of each kind are in each state? */
struct tally {
	size_t count;
	size_t of[SYMBOLS_STATE_COUNT];
};

static struct tally count_states(const struct symbols_report *report, enum symbols_kind kind)
{
	struct tally tally = {};

	for (size_t i = 0; i < report->items.count; i++) {
		if (report->items.items[i].kind != kind)
			continue;
		tally.count++;
		tally.of[report->items.items[i].state]++;
	}
	return tally;
}

/* The state that most are in, of those not told yet. */
static enum symbols_state next_state(const struct tally *tally)
{
	enum symbols_state most = SYMBOLS_STATE_COUNT;

	for (enum symbols_state state = 0; state < SYMBOLS_STATE_COUNT; state++) {
		if (tally->of[state] &&
		    (most == SYMBOLS_STATE_COUNT || tally->of[state] > tally->of[most]))
			most = state;
	}
	return most;
}

/* "74 of 80 modules have names but no lines; 5 have names and lines; 1 has no names." */
static void tell_tally(FILE *out, struct tally tally, const char *plural)
{
	enum symbols_state state = next_state(&tally);

	if (state == SYMBOLS_STATE_COUNT)
		return;
	if (tally.of[state] == tally.count)
		(void)fprintf(out, "All %s %s have %s", format_count(tally.count).text, plural,
			      symbols_state_words(state));
	else
		(void)fprintf(out, "%s of %s %s %s %s", format_count(tally.of[state]).text,
			      format_count(tally.count).text, plural,
			      tally.of[state] == 1 ? "has" : "have", symbols_state_words(state));
	for (;;) {
		tally.of[state] = 0;
		state = next_state(&tally);
		if (state == SYMBOLS_STATE_COUNT)
			break;
		(void)fprintf(out, "; %s %s %s", format_count(tally.of[state]).text,
			      tally.of[state] == 1 ? "has" : "have", symbols_state_words(state));
	}
	(void)fputs(".", out);
}

static void tell_one(FILE *out, const struct symbols_item *item)
{
	(void)fprintf(out, "%s has %s", item->kind == SYMBOLS_OF_KERNEL ? "The kernel" : item->name,
		      symbols_state_words(item->state));
	if (strcmp(item->names_from, "/proc/kallsyms") == 0 && item->state != SYMBOLS_LINES)
		(void)fputs(item->state == SYMBOLS_NAMES ? " (from /proc/kallsyms)"
							 : "; its names come from /proc/kallsyms",
			    out);
	(void)fputs(".", out);
}

static void tell_kind(FILE *out, const struct symbols_report *report, enum symbols_kind kind,
		      const char *plural)
{
	struct tally tally = count_states(report, kind);

	if (tally.count == 0)
		return;
	if (ftell(out) > 0)
		(void)fputs(" ", out);
	if (tally.count > 1) {
		tell_tally(out, tally, plural);
		return;
	}
	for (size_t i = 0; i < report->items.count; i++) {
		if (report->items.items[i].kind == kind)
			tell_one(out, &report->items.items[i]);
	}
}

static void write_summary(FILE *out, const struct symbols_input *input,
			  const struct symbols_report *report)
{
	const struct symbols_process *process = &input->process;

	if (process->pid && report->items.count == 0)
		(void)fprintf(out, "%s (%" PRIu32 ") has no code of its own: a kernel thread.",
			      process->comm, process->pid);
	else if (process->pid)
		(void)fprintf(out, "%s (%" PRIu32 "):", process->comm, process->pid);
	tell_kind(out, report, SYMBOLS_OF_MODULE, "modules");
	tell_kind(out, report, SYMBOLS_OF_KERNEL, "kernels");
	tell_kind(out, report, SYMBOLS_OF_FILE, "files");
	if (input->has_no_modules)
		(void)fputs(" This kernel has no loadable modules.", out);
}

static int summarize(const struct symbols_input *input, struct symbols_report *report)
{
	size_t bytes = 0;
	FILE *out = open_memstream(&report->summary, &bytes);
	int bad;

	if (!out)
		return -ENOMEM;
	write_summary(out, input, report);
	bad = ferror(out);
	bad |= fclose(out);
	return bad || !report->summary ? -ENOMEM : 0;
}

/* The remedies that are still to be told; the facts and the report's items go side by side. */
struct remedies {
	const struct symbols_input *input;
	enum remedy_kind *kinds;              /* that each of the facts needs; none once told */
	const struct symbols_facts **members; /* room for all of them */
};

/* Tell the remedy of the first one, with all others that need the same. */
static int tell_group(struct remedies *remedies, size_t first, struct symbols_report *report)
{
	const struct symbols_input *input = remedies->input;
	struct remedy_group group = {
		.kind = remedies->kinds[first],
		.members = remedies->members,
	};
	struct symbols_fix *fix = array_push(&report->fixes);

	if (!fix)
		return -ENOMEM;
	for (size_t i = first; i < input->count; i++) {
		if (remedies->kinds[i] != group.kind ||
		    !remedy_is_shared(group.kind, &input->facts[first], &input->facts[i]))
			continue;
		remedies->kinds[i] = REMEDY_NONE;
		remedies->members[group.count++] = &input->facts[i];
	}
	return remedy_tell(input, &group, fix);
}

static int tell_remedies(const struct symbols_input *input, struct symbols_report *report)
{
	owns(own_free) const struct symbols_facts **members = NULL;
	owns(own_free) enum remedy_kind *kinds = calloc(input->count + 1, sizeof(*kinds));
	struct remedies remedies = { .input = input, .kinds = kinds };
	int r = 0;

	members = calloc(input->count + 1, sizeof(const struct symbols_facts *));
	if (!members || !kinds)
		return -ENOMEM;
	remedies.members = members;
	for (size_t i = 0; i < input->count; i++)
		kinds[i] = remedy_kind_of(&input->facts[i], report->items.items[i].state);
	for (enum remedy_kind kind = REMEDY_NONE + 1; kind < REMEDY_KINDS; kind++) {
		for (size_t i = 0; i < input->count && r == 0; i++) {
			if (kinds[i] == kind)
				r = tell_group(&remedies, i, report);
		}
	}
	return r;
}

/* perf unpacks gzip and xz, but not zstd: it shows bare addresses where we have names. */
static int tell_packed(const struct symbols_input *input, struct symbols_report *report)
{
	size_t packed = 0;

	for (size_t i = 0; i < input->count; i++)
		packed += strcmp(input->facts[i].packing, "zstd") == 0;
	return packed == 0
		       ? 0
		       : text_add(&report->notes,
				  "Packed with zstd: %s. slowpath reads that; perf may not, and "
				  "shows bare addresses then.",
				  format_count(packed).text);
}

static int fill(const struct symbols_input *input, struct symbols_report *report)
{
	int r = 0;

	report->lists_items = input->lists_items;
	for (size_t i = 0; i < input->count && r == 0; i++)
		r = add_item(&input->facts[i], report);
	if (r == 0)
		r = summarize(input, report);
	/* What hides everything comes first. */
	if (r == 0)
		r = hiding_tell_settings(input, report);
	if (r == 0)
		r = tell_remedies(input, report);
	if (r == 0)
		r = hiding_tell_process(input, report);
	if (r == 0)
		r = tell_packed(input, report);
	if (r == 0 && input->lacks_module_list)
		r = text_add(
			&report->notes,
			"/lib/modules/%s/modules.dep could not be read: the modules' files are "
			"not known.",
			input->release);
	return r;
}

int symbols_judge(const struct symbols_input *input, struct symbols_report **ret)
{
	owns(symbols_report_free) struct symbols_report *report = calloc(1, sizeof(*report));
	int r = report ? fill(input, report) : -ENOMEM;

	if (r < 0)
		return r;
	*ret = give(report);
	return 0;
}
