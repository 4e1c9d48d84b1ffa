/* What does the kernel's log tell of which thread? The lines of one report are brought together;
 * who it is about often stands in a later one. */
#include <errno.h>
#include <string.h>

#include "analyse/stuck_state.h"

#define REPORTS_MAX 4096u

/* A report is at most so long, and its lines follow each other at once. */
#define REPORT_LINES  80u
#define REPORT_GAP_NS 1000000000u

struct klog_rule {
	enum klog_kind kind;
	const char *text;
};

static const struct klog_rule RULES[] = {
#define KLOG(KIND, text) { KLOG_##KIND, text },
#include "analyse/klog.def"
#undef KLOG
};

static enum klog_kind find_kind(const char *text)
{
	for (size_t i = 0; i < array_count(RULES); i++) {
		if (strstr(text, RULES[i].text))
			return RULES[i].kind;
	}
	return KLOG_NONE;
}

/* "Comm: NAME Not tainted …", "task NAME:123 blocked …", "NAME[123]: segfault …": the name. */
static uint32_t find_comm(struct names *names, const char *text)
{
	static const char *const ENDS[] = { " Not tainted", " Tainted", " Kdump" };
	const char *name = strstr(text, "Comm: "), *end = NULL;

	if (name) {
		name += strlen("Comm: ");
		for (size_t i = 0; i < array_count(ENDS) && !end; i++)
			end = strstr(name, ENDS[i]);
		return names_put(names, name, end ? (size_t)(end - name) : strlen(name));
	}
	name = strstr(text, "INFO: task ");
	end = strstr(text, " blocked ");
	if (name && end && name < end) {
		name += strlen("INFO: task ");
		while (end > name && *end != ':')
			end--;
		return names_put(names, name, (size_t)(end - name));
	}
	name = strncmp(text, "traps: ", strlen("traps: ")) == 0 ? text + strlen("traps: ") : text;
	end = strstr(name, "]: ") ?: strstr(name, "] ");
	while (end && end > name && *end != '[')
		end--;
	return end && end > name ? names_put(names, name, (size_t)(end - name)) : 0;
}

static bool has_more_lines(enum klog_kind kind)
{
	return kind == KLOG_FAILED || kind == KLOG_STALL;
}

/* Does the line still belong to the report? */
static bool goes_on(const struct stuck *stuck, const struct klog_report *report, uint32_t line)
{
	const struct log_line *lines = stuck->lines.items;

	return has_more_lines(report->kind) && line - report->first < REPORT_LINES &&
	       lines[line].written_ns >= lines[line - 1].written_ns &&
	       lines[line].written_ns - lines[line - 1].written_ns < REPORT_GAP_NS &&
	       !strstr(names_text(&stuck->names, lines[line - 1].text), "end trace");
}

static void extend(struct stuck *stuck, struct klog_report *report, uint32_t line)
{
	const struct log_line *told = &stuck->lines.items[line];
	const char *text = names_text(&stuck->names, told->text);

	report->last = line;
	if (!report->tid)
		report->tid = told->tid;
	if (!report->comm && strstr(text, "Comm: "))
		report->comm = find_comm(&stuck->names, text);
}

static uint64_t report_key(enum klog_kind kind, uint32_t tid)
{
	return (uint64_t)tid << 8 | kind;
}

/* One report of a kind for each thread: the last one, with the number of all. */
static int keep_report(struct stuck *stuck, const struct klog_report *report)
{
	uint64_t *place = hash_put(&stuck->by_report, report_key(report->kind, report->tid));
	struct klog_report *kept;
	uint32_t count = 0;

	if (!place)
		return -ENOMEM;
	if (*place && report->tid) {
		kept = &stuck->reports.items[*place - 1];
		count = kept->count;
	} else if (stuck->reports.count >= REPORTS_MAX) {
		return 0;
	} else {
		kept = array_push(&stuck->reports);
		if (!kept)
			return -ENOMEM;
		*place = stuck->reports.count;
	}
	*kept = *report;
	kept->count = count + 1;
	return 0;
}

/* The kernel tells of one failure in several such lines. */
static bool is_same_failure(const struct klog_report *report, enum klog_kind kind)
{
	return has_more_lines(report->kind) && (kind == KLOG_FAILED || kind == report->kind);
}

int log_read(struct stuck *stuck)
{
	struct klog_report report = {};
	int r = 0;

	for (uint32_t i = 0; i < stuck->lines.count && r == 0; i++) {
		const struct log_line *line = &stuck->lines.items[i];
		const char *text = names_text(&stuck->names, line->text);
		enum klog_kind kind = find_kind(text);

		if (report.kind && goes_on(stuck, &report, i) &&
		    (kind == KLOG_NONE || is_same_failure(&report, kind))) {
			extend(stuck, &report, i);
			continue;
		}
		r = report.kind ? keep_report(stuck, &report) : 0;
		report = (struct klog_report){ .kind = kind,
					       .tid = line->tid,
					       .first = i,
					       .last = i,
					       .written_ns = line->written_ns };
		if (kind)
			report.comm = find_comm(&stuck->names, text);
	}
	return r == 0 && report.kind ? keep_report(stuck, &report) : r;
}

const struct klog_report *log_find(const struct stuck *stuck, enum klog_kind kind, uint32_t tid)
{
	const uint64_t *place = tid ? hash_find(&stuck->by_report, report_key(kind, tid)) : NULL;

	return place && *place ? &stuck->reports.items[*place - 1] : NULL;
}

const struct klog_report *log_of(const struct stuck *stuck, enum klog_kind kind,
				 const struct thread_seen *thread)
{
	const struct klog_report *report = log_find(stuck, kind, thread->tid);

	return report && (!report->comm || report->comm == thread->comm) ? report : NULL;
}
