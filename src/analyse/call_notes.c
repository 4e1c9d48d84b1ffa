/* What must one know before believing it? What was lost, and what is therefore not known. */
#include <errno.h>
#include <string.h>

#include "analyse/call_graph_state.h"
#include "finding/format.h"

static int copy_texts(void *to, const struct text *texts, size_t count)
{
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i++)
		r = text_add(to, "%s", texts[i].words);
	return r;
}

/* "1 call", "12,345 calls" */
static struct number calls(uint64_t count)
{
	struct number words = format_count(count);

	(void)strncat(words.text, count == 1 ? " call" : " calls",
		      sizeof(words.text) - strlen(words.text) - 1);
	return words;
}

static int note_losses(const struct call_report *report, void *notes)
{
	const struct call_losses *losses = &report->losses;
	uint64_t unseen = losses->exit_unseen - losses->open_end;
	int r = 0;

	if (losses->records)
		r = text_add(
			notes,
			"The kernel had no room for at least %s entries and exits. Where they "
			"may be missing nothing is guessed: in %s some are, and what they took "
			"stands below as [not recorded].",
			format_count(losses->records).text, calls(losses->lossy).text);
	if (r == 0 && unseen)
		r = text_add(
			notes,
			"The exit of %s was not recorded: counted with the time that it lasted "
			"for sure, which is in no average or maximum.",
			calls(unseen).text);
	if (r == 0 && losses->open_end)
		r = text_add(notes,
			     "%s had not ended when the recording did: the same holds there.",
			     calls(losses->open_end).text);
	if (r == 0 && losses->entry_unseen)
		r = text_add(notes,
			     "The entry of %s was not recorded, most often since it was before the "
			     "recording: what was called meanwhile is not known.",
			     calls(losses->entry_unseen).text);
	return r;
}

static int note_rooms(const struct call_graph *graph, const struct call_report *report, void *notes)
{
	int r = 0;

	if (graph->nodes.refused)
		r = text_add(notes, "%s found no room in the tree: there were too many call paths.",
			     calls(graph->nodes.refused).text);
	if (r == 0 && graph->forgotten)
		r = text_add(notes,
			     "%s short calls were forgotten before it was known whether %s made "
			     "them: their time is missing below it.",
			     format_count(graph->forgotten).text, report->function);
	if (r == 0 && report->untold)
		r = text_add(notes, "%s more calls of %s are not listed.",
			     format_count(report->untold).text, report->function);
	return r;
}

static int note_interrupts(const struct call_report *report, void *notes)
{
	if (!report->hard_irq_ns && !report->soft_irq_ns && !report->nmi_ns)
		return 0;
	return text_add(notes,
			"Interrupts are put aside: the calls that they hit are told without them. "
			"Hard ones took %s, soft ones %s%s%s.",
			format_duration(report->hard_irq_ns).text,
			format_duration(report->soft_irq_ns).text, report->nmi_ns ? ", NMIs " : "",
			report->nmi_ns ? format_duration(report->nmi_ns).text : "");
}

int call_report_note(const struct call_graph *graph, struct call_report *report)
{
	int r = copy_texts(&report->how, graph->how.items, graph->how.count);

	if (r == 0)
		r = note_losses(report, &report->notes);
	if (r == 0)
		r = note_interrupts(report, &report->notes);
	if (r == 0)
		r = note_rooms(graph, report, &report->notes);
	for (size_t i = 0; i < graph->missing.count && r == 0; i++)
		r = text_add(&report->notes, "Not seen: %s.", graph->missing.items[i].words);
	return r;
}
