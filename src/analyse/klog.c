/* What does the kernel's log tell of which thread? The lines of one report are brought together;
 * who it is about often stands in a later one. */
#include "analyse/klog.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "finding/finding.h"

#define LINES_MAX   8192u
#define REPORTS_MAX 4096u
#define LINES_SHOWN 8u

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

int klog_take(struct klog *klog, struct names *names, const struct event_log *event)
{
	struct klog_line *line = klog->lines.count < LINES_MAX ? array_push(&klog->lines) : NULL;

	if (!line) {
		klog->lines_left_out += klog->lines.count >= LINES_MAX;
		return klog->lines.count < LINES_MAX ? -ENOMEM : 0;
	}
	line->tid = event->tid;
	line->text = names_put(names, event->text, event->text_bytes);
	line->written_ns = event->written_ns;
	return 0;
}

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
static bool goes_on(const struct klog *klog, const struct names *names,
		    const struct klog_report *report, uint32_t line)
{
	const struct klog_line *lines = klog->lines.items;

	return has_more_lines(report->kind) && line - report->first < REPORT_LINES &&
	       lines[line].written_ns >= lines[line - 1].written_ns &&
	       lines[line].written_ns - lines[line - 1].written_ns < REPORT_GAP_NS &&
	       !strstr(names_text(names, lines[line - 1].text), "end trace");
}

static void extend(const struct klog *klog, struct names *names, struct klog_report *report,
		   uint32_t line)
{
	const struct klog_line *told = &klog->lines.items[line];
	const char *text = names_text(names, told->text);

	report->last = line;
	if (!report->tid)
		report->tid = told->tid;
	if (!report->comm && strstr(text, "Comm: "))
		report->comm = find_comm(names, text);
}

static uint64_t report_key(enum klog_kind kind, uint32_t tid)
{
	return (uint64_t)tid << 8 | kind;
}

/* One report of a kind for each thread: the last one, with the number of all. */
static int keep_report(struct klog *klog, const struct klog_report *report)
{
	uint64_t *place = hash_put(&klog->by_report, report_key(report->kind, report->tid));
	struct klog_report *kept;
	uint32_t count = 0;

	if (!place)
		return -ENOMEM;
	if (*place && report->tid) {
		kept = &klog->reports.items[*place - 1];
		count = kept->count;
	} else if (klog->reports.count >= REPORTS_MAX) {
		return 0;
	} else {
		kept = array_push(&klog->reports);
		if (!kept)
			return -ENOMEM;
		*place = klog->reports.count;
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

int klog_read(struct klog *klog, struct names *names)
{
	struct klog_report report = {};
	int r = 0;

	for (uint32_t i = 0; i < klog->lines.count && r == 0; i++) {
		const struct klog_line *line = &klog->lines.items[i];
		const char *text = names_text(names, line->text);
		enum klog_kind kind = find_kind(text);

		if (report.kind && goes_on(klog, names, &report, i) &&
		    (kind == KLOG_NONE || is_same_failure(&report, kind))) {
			extend(klog, names, &report, i);
			continue;
		}
		r = report.kind ? keep_report(klog, &report) : 0;
		report = (struct klog_report){ .kind = kind,
					       .tid = line->tid,
					       .first = i,
					       .last = i,
					       .written_ns = line->written_ns };
		if (kind)
			report.comm = find_comm(names, text);
	}
	return r == 0 && report.kind ? keep_report(klog, &report) : r;
}

const struct klog_report *klog_find(const struct klog *klog, enum klog_kind kind, uint32_t tid)
{
	const uint64_t *place = tid ? hash_find(&klog->by_report, report_key(kind, tid)) : NULL;

	return place && *place ? &klog->reports.items[*place - 1] : NULL;
}

/* The first lines of a report, and those that say where and who. */
static bool is_shown(const struct klog_report *report, uint32_t line, const char *text)
{
	return line <= report->first + 2 || strstr(text, "RIP: ") || strstr(text, "Comm: ") ||
	       strstr(text, "pc : ");
}

int klog_tell(const struct klog *klog, const struct names *names, const struct klog_report *report,
	      void *list)
{
	uint32_t shown = 0;
	int r = 0;

	for (uint32_t i = report->first; i <= report->last && shown < LINES_SHOWN && r == 0; i++) {
		const char *text = names_text(names, klog->lines.items[i].text);

		if (!is_shown(report, i, text))
			continue;
		shown++;
		r = text_add(list, "%s", text);
	}
	return r;
}

void klog_free(struct klog *klog)
{
	array_free(&klog->lines);
	array_free(&klog->reports);
	hash_free(&klog->by_report);
}
