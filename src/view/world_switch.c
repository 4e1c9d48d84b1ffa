/* How do we say what leaving the guest costs? A line for each measurement, then their difference.
 */
#include "view/world_switch.h"

#include "finding/format.h"
#include "view/json_values.h"
#include "view/lines.h"
#include "view/page.h"
#include "view/stream.h"
#include "view/world_switch.schema.json.h"

static void print_times(const char *what, const struct sync_times *times, struct page *page)
{
	page_begin(page, 4, 8);
	page_cell(page, what, 10, true);
	page_format(page, "p50 %s · p90 %s · p99 %s · shortest %s · longest %s",
		    format_duration(times->p50_ns).text, format_duration(times->p90_ns).text,
		    format_duration(times->p99_ns).text, format_duration(times->min_ns).text,
		    format_duration(times->max_ns).text);
	page_end(page);
}

static void print_run(const char *which, const struct sync_run *run, struct page *page)
{
	page_begin(page, 0, 2);
	page_paint(page, PAINT_STRONG);
	page_words(page, which);
	page_paint(page, PAINT_PLAIN);
	page_format(page, "%s writes of %s in %s", format_count(run->count).text,
		    format_bytes(run->block_bytes).text, run->folder);
	if (run->fs_type[0])
		page_format(page, "(%s)", run->fs_type);
	if (run->hypervisor[0])
		page_format(page, "· hypervisor: %s", run->hypervisor);
	page_end(page);
	print_times("fdatasync", &run->sync, page);
	print_times("pwrite", &run->write, page);
}

/* A time that may be below 0. */
static struct number difference(int64_t ns)
{
	struct number number = format_duration(ns < 0 ? (uint64_t)-ns : (uint64_t)ns);
	struct number with_sign = number;

	if (ns < 0)
		(void)snprintf(with_sign.text, sizeof(with_sign.text), "-%.30s", number.text);
	return with_sign;
}

static void print_cost(const struct world_switch *report, struct page *page)
{
	lines_heading(page, "Leaving the guest costs");
	page_format(page, "%s", difference(report->cost_ns).text);
	if (report->guest_share >= 0)
		page_format(page, "(%s of the guest's median)",
			    format_share(report->guest_share).text);
	page_format(page, "· between %s and %s, by the medians of the tenths of both runs",
		    difference(report->least_ns).text, difference(report->most_ns).text);
	page_end(page);
}

int view_world_switch_text(const struct world_switch *report, const struct view_style *style,
			   FILE *out)
{
	struct page page = view_page(style, out);

	print_run("This machine:", &report->own, &page);
	if (report->has_guest) {
		print_run("The guest:", &report->guest, &page);
		print_cost(report, &page);
	} else {
		page_line(
			&page, 2,
			"For the cost of leaving the guest, measure in the guest with --json > FILE, "
			"on a disk that lies on this one, and here with --guest FILE.");
	}
	lines_notes(&page, report->notes.items, report->notes.count);
	return stream_flush(out);
}

/* --- JSON --- */

static json_t *times_object(const struct sync_times *times)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "min_ns", json_unsigned(times->min_ns));
	bad |= json_object_set_new(object, "p50_ns", json_unsigned(times->p50_ns));
	bad |= json_object_set_new(object, "p90_ns", json_unsigned(times->p90_ns));
	bad |= json_object_set_new(object, "p99_ns", json_unsigned(times->p99_ns));
	bad |= json_object_set_new(object, "max_ns", json_unsigned(times->max_ns));
	return json_finished(object, bad);
}

static json_t *run_object(const struct sync_run *run)
{
	json_t *object = json_object(), *parts = json_array();
	int bad = 0;

	for (size_t i = 0; i < SYNC_PARTS; i++)
		bad |= json_array_append_new(parts, json_unsigned(run->part_p50_ns[i]));
	bad |= json_object_set_new(object, "folder", json_text(run->folder));
	bad |= json_object_set_new(object, "file_system", json_text(run->fs_type));
	bad |= json_object_set_new(object, "hypervisor", json_text(run->hypervisor));
	bad |= json_object_set_new(object, "count", json_unsigned(run->count));
	bad |= json_object_set_new(object, "block_bytes", json_unsigned(run->block_bytes));
	bad |= json_object_set_new(object, "was_stopped", json_boolean(run->was_stopped));
	bad |= json_object_set_new(object, "write", times_object(&run->write));
	bad |= json_object_set_new(object, "sync", times_object(&run->sync));
	bad |= json_object_set_new(object, "part_p50_ns", parts);
	return json_finished(object, bad);
}

static json_t *cost_object(const struct world_switch *report)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "cost_ns", json_integer(report->cost_ns));
	bad |= json_object_set_new(object, "least_ns", json_integer(report->least_ns));
	bad |= json_object_set_new(object, "most_ns", json_integer(report->most_ns));
	bad |= json_object_set_new(object, "guest_share",
				   report->guest_share < 0 ? json_null()
							   : json_share(report->guest_share));
	return json_finished(object, bad);
}

static json_t *report_object(const struct world_switch *report)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "schema", json_text("slowpath.world_switch/1"));
	bad |= json_object_set_new(object, "run", run_object(&report->own));
	bad |= json_object_set_new(object, "guest",
				   report->has_guest ? run_object(&report->guest) : json_null());
	bad |= json_object_set_new(object, "world_switch",
				   report->has_guest ? cost_object(report) : json_null());
	bad |= json_object_set_new(object, "notes",
				   json_texts(report->notes.items, report->notes.count));
	return json_finished(object, bad);
}

int view_world_switch_json(const struct world_switch *report, FILE *out)
{
	return json_print(report_object(report), out);
}

int view_world_switch_json_schema(FILE *out)
{
	(void)fputs(WORLD_SWITCH_SCHEMA, out);
	return stream_flush(out);
}
