/* How do we say on a terminal how virtual machines do? First what is claimed, then each guest: how
 * it was set up, its threads, its exits, its wake-ups. */
#include "view/kvm_text.h"

#include <inttypes.h>
#include <string.h>

#include "finding/format.h"
#include "view/lines.h"
#include "view/page.h"
#include "view/stack_map.h"
#include "view/stream.h"

enum {
	EXITS_SHOWN = 15,
	THREADS_SHOWN = 16,
	WAKES_SHOWN = 40,
	NAME_COLUMNS = 26,
};

/* --- what is claimed --- */

static void print_claims(const struct kvm_report *report, struct page *page)
{
	if (!report->claims.count)
		return;
	lines_heading(page, "What this shows:");
	page_end(page);
	for (size_t i = 0; i < report->claims.count; i++) {
		const struct kvm_claim *claim = &report->claims.items[i];

		page_begin(page, 2, 6);
		page_paint(page, PAINT_STRONG);
		page_words(page, kvm_claim_name(claim->id));
		page_paint(page, PAINT_PLAIN);
		if (claim->pid)
			page_format(page, "guest %" PRIu32, claim->pid);
		if (claim->what[0])
			page_format(page, "%s%s", claim->pid ? "· " : "", claim->what);
		page_format(page, "· %s.", claim->words);
		page_end(page);
		page_line(page, 6, kvm_claim_advice(claim->id));
	}
}

/* --- how a guest was set up --- */

static void print_disk(const struct kvm_disk *disk, struct page *page)
{
	page_begin(page, 4, 8);
	page_paint(page, PAINT_STRONG);
	page_words(page, disk->id[0] ? disk->id : disk->device);
	page_paint(page, PAINT_PLAIN);
	if (disk->id[0])
		page_words(page, disk->device);
	if (disk->file[0])
		page_format(page, "· %s", disk->file);
	if (disk->format[0] || disk->backend[0])
		page_format(page, "· %s%s%s", disk->format,
			    disk->format[0] && disk->backend[0] ? " on " : "", disk->backend);
	if (disk->cache[0])
		page_format(page, "· cache=%s", disk->cache);
	/* What is not said is QEMU's own choice. */
	page_format(page, "· aio=%s", disk->aio[0] ? disk->aio : "threads (not said)");
	page_format(page, "· iothread %s", disk->iothread[0] ? disk->iothread : "none");
	if (disk->queues)
		page_format(page, "· %" PRIu32 " queue%s", disk->queues,
			    disk->queues == 1 ? "" : "s");
	else
		page_words(page, "· queues as QEMU chooses");
	if (disk->is_readonly)
		page_words(page, "· read-only");
	page_end(page);
}

static void print_unread(const struct kvm_guest *guest, struct page *page)
{
	if (!guest->unread[0])
		return;
	page_paint(page, PAINT_WARNING);
	page_line(page, 2, guest->unread);
	page_paint(page, PAINT_PLAIN);
}

static void print_config(const struct kvm_guest *guest, struct page *page)
{
	if (!guest->has_config)
		return;
	page_begin(page, 2, 4);
	page_format(page, "accelerator %s", guest->accel[0] ? guest->accel : "not said");
	if (guest->machine[0])
		page_format(page, "· machine %s", guest->machine);
	if (guest->cpus)
		page_format(page, "· %" PRIu32 " CPU%s", guest->cpus, guest->cpus == 1 ? "" : "s");
	if (guest->memory_bytes)
		page_format(page, "· %s of memory", format_bytes(guest->memory_bytes).text);
	page_format(page, "· names of threads %s (debug-threads)",
		    guest->debug_threads ? "on" : "off");
	for (size_t i = 0; i < guest->iothreads.count; i++)
		page_format(page, "%s %s", i ? "and" : "· iothread",
			    guest->iothreads.items[i].words);
	page_end(page);
	for (size_t i = 0; i < guest->disks.count; i++)
		print_disk(&guest->disks.items[i], page);
}

/* --- threads --- */

static void print_threads(const struct kvm_guest *guest, struct page *page)
{
	size_t shown = guest->threads.count < THREADS_SHOWN ? guest->threads.count : THREADS_SHOWN;

	if (!guest->threads.count)
		return;
	page_line(page, 2, "threads, and how long they ran:");
	for (size_t i = 0; i < shown; i++) {
		const struct kvm_thread *thread = &guest->threads.items[i];

		page_begin(page, 4, 8);
		page_cell(page,
			  thread->busy_share < 0 ? "-" : format_share(thread->busy_share).text, 7,
			  false);
		lines_skip(page, LINES_GAP);
		page_cell(page, thread->busy_share < 0 ? "-" : format_duration(thread->run_ns).text,
			  8, false);
		lines_skip(page, LINES_GAP);
		page_format(page, "%s[%" PRIu32 "]", thread->name, thread->tid);
		page_format(page, "· %s", thread->role[0] ? thread->role : "not known what for");
		page_end(page);
	}
	lines_more(page, guest->threads.count - shown, "threads, in --json");
}

/* --- exits --- */

static void print_exit(const struct kvm_exit *exit, struct page *page)
{
	page_begin(page, 4, 12);
	page_cell(page, exit->is_idle ? "idle" : format_share(exit->share).text, 7, false);
	lines_skip(page, LINES_GAP);
	page_cell(page, format_duration(exit->times.total_ns).text, 8, false);
	lines_skip(page, LINES_GAP);
	page_cell(page, format_count(exit->count).text, 9, false);
	lines_skip(page, LINES_GAP);
	page_cell(page, format_duration(exit->times.p50_ns).text, 8, false);
	lines_skip(page, LINES_GAP);
	page_cell(page, format_duration(exit->times.p99_ns).text, 8, false);
	lines_skip(page, LINES_GAP);
	page_words(page, exit->name);
	if (exit->words[0])
		page_format(page, "· %s", exit->words);
	if (exit->user_count)
		page_format(page, "· %s to the program%s%s", format_count(exit->user_count).text,
			    exit->is_idle ? "" : ", for ",
			    exit->is_idle ? "" : format_duration(exit->user_ns).text);
	if (exit->idle_ns)
		page_format(page, "· and %s with nothing to do",
			    format_duration(exit->idle_ns).text);
	page_end(page);
}

static void print_exit_head(struct page *page)
{
	static const struct {
		const char *text;
		unsigned int columns;
	} CELLS[] = { { "share", 7 }, { "time", 8 }, { "exits", 9 }, { "p50", 8 }, { "p99", 8 } };

	page_begin(page, 4, 4);
	for (size_t i = 0; i < array_count(CELLS); i++) {
		page_cell(page, CELLS[i].text, CELLS[i].columns, false);
		lines_skip(page, LINES_GAP);
	}
	page_words(page, "reason");
	page_end(page);
}

static void print_exits(const struct kvm_guest *guest, struct page *page)
{
	size_t shown = guest->exits.count < EXITS_SHOWN ? guest->exits.count : EXITS_SHOWN;

	if (!guest->vcpus)
		return;
	page_begin(page, 2, 4);
	page_format(page,
		    "%s exits of %" PRIu32 " virtual CPU%s:", format_count(guest->exit_count).text,
		    guest->vcpus, guest->vcpus == 1 ? "" : "s");
	page_format(page, "%s in the guest, %s outside (%s of it in the program), %s idle",
		    format_duration(guest->in_guest_ns).text, format_duration(guest->exit_ns).text,
		    format_duration(guest->user_ns).text, format_duration(guest->idle_ns).text);
	if (guest->open_count)
		page_format(page, "· %s had not ended", format_count(guest->open_count).text);
	page_end(page);
	if (!shown)
		return;
	print_exit_head(page);
	for (size_t i = 0; i < shown; i++)
		print_exit(&guest->exits.items[i], page);
	lines_more(page, guest->exits.count - shown, "reasons, in --json");
	for (size_t i = 0; i < guest->user_exits.count && i < EXITS_SHOWN; i++) {
		const struct kvm_user_exit *exit = &guest->user_exits.items[i];

		page_begin(page, 4, 8);
		page_format(page, "the program was asked for %s %s times, for %s (%s)", exit->name,
			    format_count(exit->count).text, format_duration(exit->ns).text,
			    format_share(exit->share).text);
		page_end(page);
	}
}

/* --- wake-ups --- */

static void print_paths(const struct kvm_wake *wake, struct page *page)
{
	if (!wake->with_stack) {
		page_words(page, "· no stack was taken");
		return;
	}
	page_words(page, "·");
	for (size_t i = 0; i < wake->path_count; i++)
		page_format(page, "%s (%s)%s", wake->paths[i].words,
			    format_count(wake->paths[i].count).text,
			    i + 1 < wake->path_count ? "," : "");
	page_format(page, "of %s whose stack was taken", format_count(wake->with_stack).text);
}

static void print_wakes(const struct kvm_guest *guest, struct page *page)
{
	size_t shown = guest->wakes.count < WAKES_SHOWN ? guest->wakes.count : WAKES_SHOWN;
	const char *sleeper = "";

	if (!guest->wakes.count)
		return;
	page_line(page, 2, "who is woken by whom:");
	for (size_t i = 0; i < shown; i++) {
		const struct kvm_wake *wake = &guest->wakes.items[i];

		if (strcmp(sleeper, wake->sleeper) != 0) {
			page_begin(page, 4, 8);
			page_paint(page, PAINT_STRONG);
			page_words(page, wake->sleeper);
			page_paint(page, PAINT_PLAIN);
			page_end(page);
		}
		sleeper = wake->sleeper;
		page_begin(page, 6, 10);
		page_cell(page, format_share(wake->share).text, 7, false);
		lines_skip(page, LINES_GAP);
		page_cell(page, format_count(wake->count).text, 8, false);
		lines_skip(page, LINES_GAP);
		page_format(page, "by %s, after %s", wake->waker,
			    format_duration(wake->avg_ns).text);
		print_paths(wake, page);
		page_end(page);
	}
	lines_more(page, guest->wakes.count - shown, "pairs, in --json");
	if (guest->left_out_wakes) {
		page_begin(page, 4, 6);
		page_format(page, "%s wake-ups found no room",
			    format_count(guest->left_out_wakes).text);
		page_end(page);
	}
}

/* --- the whole --- */

static void print_guest(const struct kvm_guest *guest, struct page *page)
{
	lines_heading(page, "Guest");
	if (guest->name[0])
		page_words(page, guest->name);
	if (guest->pid)
		page_format(page, "[%" PRIu32 "]", guest->pid);
	else
		page_words(page, "(the recording does not tell the process)");
	page_end(page);
	print_unread(guest, page);
	print_config(guest, page);
	print_threads(guest, page);
	print_exits(guest, page);
	print_wakes(guest, page);
}

static void print_self(const struct kvm_report *report, struct page *page)
{
	if (!report->hypervisor[0] && !report->facts.count)
		return;
	lines_heading(page, "This machine:");
	if (!report->hypervisor[0])
		page_words(page, "whether it is a guest is not known");
	else if (!report->is_guest)
		page_words(page, "not a guest");
	else
		page_format(page, "a guest of %s", report->hypervisor);
	if (report->is_guest && report->kind[0] && strcmp(report->kind, report->hypervisor) != 0)
		page_format(page, "(%s)", report->kind);
	if (report->is_guest && report->steal_share >= 0)
		page_format(page, "· %s of its CPUs' time went to others (steal)",
			    format_share(report->steal_share).text);
	else if (report->is_guest)
		page_words(page, "· steal: not known");
	page_end(page);
	for (size_t i = 0; i < report->facts.count && report->is_guest; i++) {
		page_begin(page, 2, 4);
		page_format(page, "%s:", report->facts.items[i].key);
		page_words(page, report->facts.items[i].value);
		page_end(page);
	}
}

int view_kvm_text(const struct kvm_report *report, const struct kvm_maps *maps,
		  const struct view_style *style, FILE *out)
{
	struct page page = view_page(style, out);

	lines_target(&page, report->waits->tree);
	page_begin(&page, 0, 2);
	if (report->guests.count)
		page_format(&page, "%s guest%s.", format_count(report->guests.count).text,
			    report->guests.count == 1 ? "" : "s");
	else
		page_words(&page, "No guests: no process of QEMU was seen, and no exits.");
	page_end(&page);
	print_self(report, &page);
	print_claims(report, &page);
	for (size_t i = 0; i < report->guests.count; i++)
		print_guest(&report->guests.items[i], &page);
	for (size_t i = 0; i < maps->items.count; i++) {
		page_begin(&page, 0, 0);
		page_end(&page);
		stack_map_text(maps->items.items[i].stack, &page);
	}
	lines_notes(&page, report->notes.items, report->notes.count);
	return stream_flush(out);
}
