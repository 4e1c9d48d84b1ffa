/* How do we say on a terminal what was asked of files? A block for each job, a line for each term.
 */
#include "view/workload_text.h"

#include <inttypes.h>
#include <string.h>

#include "finding/format.h"
#include "view/lines.h"
#include "view/page.h"
#include "view/stream.h"

enum {
	LABEL_INDENT = 4,
	LABEL_COLUMNS = 13,
	MATCH_COLUMNS = 24,
};

/* "read_size" → "read size" */
static const char *label_of(enum workload_term term, char label[24])
{
	(void)snprintf(label, 24, "%s", workload_term_name(term));
	for (char *c = label; *c; c++) {
		if (*c == '_')
			*c = ' ';
	}
	return label;
}

static void begin_label(struct page *page, enum workload_term term)
{
	char label[24];

	page_begin(page, LABEL_INDENT, LABEL_INDENT + LABEL_COLUMNS + 2);
	page_cell(page, label_of(term, label), LABEL_COLUMNS, true);
}

static void print_trust(const struct workload_trust *trust, struct page *page)
{
	if (trust->confidence == CONFIDENCE_HIGH)
		return;
	page_format(page, "(confidence %s%s%s)", confidence_name(trust->confidence),
		    trust->why[0] ? ": " : "", trust->why);
}

static void print_term(const struct workload_job *job, enum workload_term term, struct page *page)
{
	const struct workload_trust *trust = &job->trust[term];
	char value[WORKLOAD_VALUE_BYTES];

	if (workload_value(job, term, value)) {
		begin_label(page, term);
		page_words(page, value);
		print_trust(trust, page);
		page_end(page);
	} else if (!trust->is_known && trust->why[0]) {
		begin_label(page, term);
		page_format(page, "not known: %s", trust->why);
		page_end(page);
	}
}

static double part_of(uint64_t part, uint64_t all)
{
	return all ? (double)part / (double)all : 0;
}

/* Its parts of the operations and of the bytes: one can be large where the other is small. */
static void print_amount(const struct workload *workload, const struct workload_job *job,
			 struct page *page)
{
	uint64_t count = job->side[WORKLOAD_READ].count + job->side[WORKLOAD_WRITE].count;
	uint64_t bytes = job->side[WORKLOAD_READ].bytes + job->side[WORKLOAD_WRITE].bytes;

	page_format(page, "· %s operations (%s),", format_count(count).text,
		    format_share(part_of(count, workload->operations)).text);
	page_format(page, "%s (%s)", format_bytes(bytes).text,
		    format_share(part_of(bytes, workload->bytes)).text);
}

static void print_job(const struct workload *workload, const struct workload_job *job,
		      struct page *page)
{
	page_paint(page, PAINT_STRONG);
	page_begin(page, 0, LABEL_INDENT);
	page_format(page, "job %s:", job->name);
	page_paint(page, PAINT_PLAIN);
	page_format(page, "%" PRIu32 " %s of %s", job->jobs, job->jobs == 1 ? "thread" : "threads",
		    job->process);
	if (strcmp(job->process, job->thread) != 0)
		page_format(page, "called %s", job->thread);
	print_amount(workload, job, page);
	if (job->file[0])
		page_format(page, "· most on %s%s%s", job->file, job->fs_type[0] ? ", " : "",
			    job->fs_type);
	page_end(page);
	for (size_t i = 0; i < WORKLOAD_TERM_COUNT; i++)
		print_term(job, (enum workload_term)i, page);
	page_end(page);
}

int view_workload_text(const struct workload *workload, const struct view_style *style, FILE *out)
{
	struct page page = view_page(style, out);

	lines_subject(&page, workload->target, workload->name, workload->pid);
	page_format(&page, "watched for %s: %s operations on files, %s",
		    format_duration(workload->window_ns).text,
		    format_count(workload->operations).text, format_bytes(workload->bytes).text);
	if (workload->outside)
		page_format(&page, "(and %s on pipes, sockets and the kernel's own files)",
			    format_count(workload->outside).text);
	page_end(&page);
	if (workload->lost) {
		page_paint(&page, PAINT_WARNING);
		page_begin(&page, 0, 2);
		page_format(&page, "%s operations were lost: see below what that affects.",
			    format_count(workload->lost).text);
		page_end(&page);
		page_paint(&page, PAINT_PLAIN);
	}
	lines_heading(&page, workload->jobs.count ? "What they ask of files:"
						  : "Nothing was asked of files.");
	page_end(&page);
	for (size_t i = 0; i < workload->jobs.count; i++)
		print_job(workload, &workload->jobs.items[i], &page);
	lines_notes(&page, workload->notes.items, workload->notes.count);
	return stream_flush(out);
}

/* --- the run of the job file --- */

static void print_match(const struct workload_match *match, struct page *page)
{
	if (!match->is_matched)
		page_paint(page, PAINT_WARNING);
	begin_label(page, match->term);
	page_words(page, match->is_matched ? "same:" : "differs:");
	page_words(page, match->recorded);
	if (strcmp(match->recorded, match->reproduced) != 0) {
		page_words(page, "→");
		page_words(page, match->reproduced[0] ? match->reproduced : "not there");
		if (match->is_number)
			page_format(page, "(%s%s)", match->off < 0 ? "-" : "+",
				    format_share(match->off < 0 ? -match->off : match->off).text);
	}
	page_end(page);
	page_paint(page, PAINT_PLAIN);
}

int view_workload_comparison_text(const struct workload_comparison *comparison,
				  const struct view_style *style, FILE *out)
{
	struct page page = view_page(style, out);

	lines_heading(&page, "What came out when fio ran that job (recorded → reproduced):");
	page_end(&page);
	for (size_t i = 0; i < comparison->jobs.count; i++) {
		const struct workload_job_match *job = &comparison->jobs.items[i];

		page_paint(&page, PAINT_STRONG);
		page_begin(&page, 0, LABEL_INDENT);
		page_format(&page, "job %s:", job->name);
		page_paint(&page, PAINT_PLAIN);
		if (job->is_missing)
			page_words(&page, "the run had no such job");
		else
			page_format(&page, "%" PRIu32 " of %zu terms differ", job->mismatches,
				    job->terms.count);
		page_end(&page);
		for (size_t k = 0; k < job->terms.count; k++)
			print_match(&job->terms.items[k], &page);
	}
	lines_notes(&page, comparison->notes.items, comparison->notes.count);
	return stream_flush(out);
}
