/* On what evidence? The numbers behind each claim, in sentences. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/words.h"
#include "finding/format.h"

#define TOP_SHOWN 3

/* Shares below this are not worth a word. */
#define SHARE_SHOWN 0.01

struct clause {
	char text[192];
};

static double share_of(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

static int compare_details(const void *left, const void *right)
{
	const struct detail_slot *a = left, *b = right;

	if (a->ns != b->ns)
		return a->ns > b->ns ? -1 : 1;
	return memcmp(&a->detail, &b->detail, sizeof(a->detail));
}

/* "in fsync of journal.log (ext4 on vda)", as far as it is known; "" when nothing is. */
static struct clause say_place(struct analysis *analysis, const struct detail *detail)
{
	const struct names *names = &analysis->names;
	const struct file *file = requests_get_file(&analysis->requests, detail->file);
	const char *call = detail->syscall >= 0 ? syscall_name(detail->syscall) : NULL;
	const struct device *device = file ? requests_device(&analysis->requests, file->dev) : NULL;
	struct clause place = {};
	char lies[96] = "";

	if (file && file->fs_type)
		(void)snprintf(lies, sizeof(lies), device && device->name ? " (%s on %s)" : " (%s)",
			       names_text(names, file->fs_type),
			       device ? names_text(names, device->name) : "");
	if (call && file && file->name)
		(void)snprintf(place.text, sizeof(place.text), "in %s of %.80s%s", call,
			       names_text(names, file->name), lies);
	else if (file && file->name)
		(void)snprintf(place.text, sizeof(place.text), "on %.80s%s",
			       names_text(names, file->name), lies);
	else if (call)
		(void)snprintf(place.text, sizeof(place.text), "in %s", call);
	return place;
}

/* "ext4 journal commit, in jbd2_log_wait_commit". */
static struct clause say_wait(struct analysis *analysis, const struct detail *detail)
{
	const struct class *class = classes_get(&analysis->classes, detail->class_id);
	const char *label = names_text(&analysis->names, class->label);
	const char *function = names_text(&analysis->names, class->function);
	struct clause wait = {};

	if (function[0] && class->label != class->function)
		(void)snprintf(wait.text, sizeof(wait.text), "%.90s, in %.90s", label, function);
	else
		(void)snprintf(wait.text, sizeof(wait.text), "%.180s", label);
	return wait;
}

/* What reads the same is one: calls without a name cannot be told apart by the reader. */
static void merge_details(struct detail_slot *details)
{
	for (size_t i = 0; i < ENTRY_SLOTS; i++) {
		if (!syscall_name(details[i].detail.syscall))
			details[i].detail.syscall = -1;
		for (size_t k = 0; k < i; k++) {
			if (memcmp(&details[i].detail, &details[k].detail,
				   sizeof(details[i].detail)) != 0)
				continue;
			details[k].ns += details[i].ns;
			details[i].ns = 0;
			break;
		}
	}
}

static int add_places(struct analysis *analysis, const struct entry *entry, struct finding *finding)
{
	struct detail_slot details[ENTRY_SLOTS];
	int r = 0;

	memcpy(details, entry->details, sizeof(details));
	merge_details(details);
	qsort(details, ENTRY_SLOTS, sizeof(details[0]), compare_details);
	for (size_t i = 0; i < TOP_SHOWN && r == 0; i++) {
		struct clause place = say_place(analysis, &details[i].detail);
		struct clause wait = say_wait(analysis, &details[i].detail);
		double share = share_of(details[i].ns, entry->ns);

		if (share < SHARE_SHOWN || (!place.text[0] && !wait.text[0]))
			continue;
		r = text_add(&finding->evidence, "%s of it %s%s%s%s%s", format_share(share).text,
			     place.text, place.text[0] && wait.text[0] ? " " : "",
			     wait.text[0] ? "(" : "", wait.text, wait.text[0] ? ")" : "");
	}
	return r;
}

static int add_waits(const struct entry *entry, struct finding *finding)
{
	const struct histogram *waits = &entry->waits;
	int r = 0;

	if (waits->count == 1 && !entry->forgotten_count)
		r = text_add(&finding->evidence, "1 wait of %s",
			     format_duration(waits->sum_ns).text);
	else if (waits->count)
		r = text_add(&finding->evidence, "%s waits, median %s, p99 %s, longest %s",
			     format_count(waits->count).text,
			     format_duration(histogram_quantile(waits, 0.5)).text,
			     format_duration(histogram_quantile(waits, 0.99)).text,
			     format_duration(waits->max_ns).text);
	if (r == 0 && entry->forgotten_count)
		r = text_add(&finding->evidence,
			     "%s %swait%s of which only the sum is kept, longest %s",
			     format_count(entry->forgotten_count).text,
			     waits->count ? "older " : "", entry->forgotten_count == 1 ? "" : "s",
			     format_duration(entry->forgotten_longest_ns).text);
	return r;
}

/* ", 4.0 KiB on average; 30 % of their time was in the queue", as far as there is anything to say.
 */
static struct clause say_requests(const struct op_stats *stats)
{
	double queue_share = share_of(stats->queue_ns, stats->queue_ns + stats->device.sum_ns);
	struct clause rest = {};
	int used = 0;

	if (stats->bytes)
		used = snprintf(rest.text, sizeof(rest.text), ", %s on average",
				format_bytes(stats->bytes / stats->device.count).text);
	if (used >= 0 && queue_share >= SHARE_SHOWN)
		(void)snprintf(rest.text + used, sizeof(rest.text) - (size_t)used,
			       "; %s of %s time was in the queue", format_share(queue_share).text,
			       stats->device.count == 1 ? "its" : "their");
	return rest;
}

/* Each operation by itself: long queued discards say nothing of the reads. */
static int add_requests(const struct device *device, const char *name, struct finding *finding)
{
	uint64_t others = 0;
	int r = 0;

	for (int op = 0; op < OP_COUNT && r == 0; op++) {
		const struct op_stats *stats = &device->ops[op];
		uint64_t count = stats->device.count;

		others += stats->others;
		if (!count)
			continue;
		r = text_add(&finding->evidence, "%s %s of %s, median %s, p99 %s%s",
			     format_count(count).text,
			     request_op_name((enum request_op)op, count != 1), name,
			     format_duration(histogram_quantile(&stats->device, 0.5)).text,
			     format_duration(histogram_quantile(&stats->device, 0.99)).text,
			     say_requests(stats).text);
	}
	if (r == 0 && others)
		r = text_add(&finding->evidence,
			     "%s other request%s of %s, which no wait was charged to",
			     format_count(others).text, others == 1 ? "" : "s", name);
	return r;
}

static int add_device(struct analysis *analysis, const struct entry *entry, struct finding *finding)
{
	const struct device *device =
		requests_device(&analysis->requests, (uint32_t)entry->blame.id);

	if (!device || !device->ops)
		return 0;
	return add_requests(device, finding->subject.name, finding);
}

/* "sampled: 812 samples of gzip in user code: deflate_slow 61 %, longest_match 22 %". */
static int add_functions(struct analysis *analysis, const struct entry *entry,
			 struct finding *finding)
{
	bool is_user = entry->cause == CAUSE_CPU_USER;
	enum tally_kind kind = is_user ? TALLY_USER : TALLY_KERNEL;
	uint32_t process = (uint32_t)entry->blame.id;
	struct tally total = samples_total(&analysis->samples, kind, process);
	struct tally top[TOP_SHOWN];
	size_t count = samples_top(&analysis->samples, kind, process, top, TOP_SHOWN);
	char list[256] = "";
	int used = 0;

	if (!analysis->watch.sample_events)
		return text_add(&finding->evidence,
				"timed by the scheduler; no CPU samples were taken");
	for (size_t i = 0; i < count && used < (int)sizeof(list) - 1; i++) {
		const char *name = names_text(&analysis->names, top[i].what);
		double share = total.ns ? share_of(top[i].ns, total.ns)
					: share_of(top[i].count, total.count);

		used += snprintf(list + used, sizeof(list) - (size_t)used, "%s%.60s %s",
				 i ? ", " : "", name[0] ? name : "(no name)",
				 format_share(share).text);
	}
	return text_add(&finding->evidence, "sampled: %s samples of %s in %s%s%s",
			format_count(total.count).text, names_text(&analysis->names, process),
			is_user ? "user code" : "the kernel", count ? ": " : "", list);
}

static int add_syscalls(struct analysis *analysis, const struct entry *entry,
			struct finding *finding)
{
	uint32_t process = (uint32_t)entry->blame.id;
	struct tally top[TOP_SHOWN];
	size_t count = samples_top(&analysis->samples, TALLY_SYSCALL, process, top, TOP_SHOWN);
	struct tally spin = samples_total(&analysis->samples, TALLY_SPIN, process);
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i++) {
		const char *name = syscall_name((int32_t)top[i].what);
		char number[24];

		(void)snprintf(number, sizeof(number), "system call %u", top[i].what);
		r = text_add(&finding->evidence, "%s called %s %s time%s, %s in all",
			     names_text(&analysis->names, process), name ? name : number,
			     format_count(top[i].count).text, top[i].count == 1 ? "" : "s",
			     format_duration(top[i].ns).text);
	}
	if (r == 0 && spin.count)
		r = text_add(&finding->evidence, "%s spun %s time%s for kernel locks, %s in all",
			     names_text(&analysis->names, process), format_count(spin.count).text,
			     spin.count == 1 ? "" : "s", format_duration(spin.ns).text);
	return r;
}

/* Steal is counted per machine: which thread it hit cannot be told. */
static int add_steal(const struct analysis *analysis, struct finding *finding)
{
	const struct watch *watch = &analysis->watch;
	uint64_t end_ns = watch->has_ended ? watch->end_ns : analysis->now_ns;
	uint64_t cpu_ns = (end_ns - watch->begin_ns) * (watch->cpus ? watch->cpus : 1);
	uint64_t steal_ns = watch->last_steal_ns - watch->first_steal_ns;

	if (watch->last_steal_ns <= watch->first_steal_ns ||
	    share_of(steal_ns, cpu_ns) <= SHARE_SHOWN)
		return 0;
	return text_add(
		&finding->evidence,
		"the hypervisor ran someone else for %s of all CPUs' time; how much of it was at the cost of "
		"these threads cannot be told",
		format_share(share_of(steal_ns, cpu_ns)).text);
}

/* Who ran while others were ready. */
struct rival {
	const struct entry *entry;
};

static int compare_rivals(const void *left, const void *right)
{
	const struct entry *a = ((const struct rival *)left)->entry;
	const struct entry *b = ((const struct rival *)right)->entry;

	if (a->ns != b->ns)
		return a->ns > b->ns ? -1 : 1;
	return (a->blame.id > b->blame.id) - (a->blame.id < b->blame.id);
}

static const char *rival_name(const struct analysis *analysis, const struct entry *entry)
{
	if (entry->blame.kind == BLAME_PROCESS)
		return names_text(&analysis->names, (uint32_t)entry->blame.id);
	return entry->blame.kind == BLAME_NOBODY ? "nobody (wake-up latency)" : "others";
}

/* "ran instead: hog 61 %, cc1 30 %, nobody (wake-up latency) 9 %", of all the time spent ready. */
static int add_rivals(const struct analysis *analysis, struct finding *finding)
{
	const struct ledger *ledger = &analysis->ledger;
	owns(own_free) struct rival *rivals = calloc(ledger->entries.count + 1, sizeof(*rivals));
	size_t count = 0;
	uint64_t total_ns = 0;
	char list[256] = "";
	int used = 0;

	if (!rivals)
		return -ENOMEM;
	for (size_t i = 0; i < ledger->entries.count; i++) {
		if (ledger->entries.items[i].cause != CAUSE_CPU_RUNQUEUE)
			continue;
		rivals[count++].entry = &ledger->entries.items[i];
		total_ns += ledger->entries.items[i].ns;
	}
	qsort(rivals, count, sizeof(*rivals), compare_rivals);
	for (size_t i = 0; i < count && i < TOP_SHOWN && used < (int)sizeof(list) - 1; i++)
		used += snprintf(list + used, sizeof(list) - (size_t)used, "%s%s %s", i ? ", " : "",
				 rival_name(analysis, rivals[i].entry),
				 format_share(share_of(rivals[i].entry->ns, total_ns)).text);
	return text_add(&finding->evidence, "ran instead: %s", list);
}

int words_evidence(struct analysis *analysis, const struct entry *entry, struct finding *finding)
{
	int r = 0;

	if (entry->cause == CAUSE_CPU_USER || entry->cause == CAUSE_CPU_KERNEL) {
		r = add_functions(analysis, entry, finding);
		if (r == 0 && entry->cause == CAUSE_CPU_KERNEL)
			r = add_syscalls(analysis, entry, finding);
		return r < 0 ? r : add_steal(analysis, finding);
	}
	/* What a frozen file system's device does says nothing of who froze it. */
	if (entry->blame.kind == BLAME_DEVICE && entry->cause != CAUSE_FS_FROZEN)
		r = add_device(analysis, entry, finding);
	if (r == 0)
		r = add_waits(entry, finding);
	if (r == 0)
		r = add_places(analysis, entry, finding);
	if (r == 0 && entry->cause == CAUSE_CPU_RUNQUEUE)
		r = add_rivals(analysis, finding);
	if (r == 0 && entry->cause == CAUSE_CPU_RUNQUEUE)
		r = add_steal(analysis, finding);
	return r;
}
