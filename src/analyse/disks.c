/* What did the block devices do? Single requests and tallies are summed side by side: the tallies
 * are exact, and single requests tell the rest. */
#include "analyse/disks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/disk_state.h"

enum {
	MISSING_MAX = 32,
	LOGGED_MAX = 16,
	LOG_WARNING = 4, /* level of syslog(3) */
};

int disks_new(const struct disks_options *options, struct disks **ret)
{
	struct disks *disks = calloc(1, sizeof(*disks));

	if (!disks)
		return -ENOMEM;
	disks->options = *options;
	*ret = disks;
	return 0;
}

void disks_free(struct disks **disks)
{
	struct disks *old = *disks;

	*disks = NULL;
	if (!old)
		return;
	names_free(&old->names);
	requests_free(&old->devices);
	issuers_free(&old->issuers);
	sums_free(&old->told);
	sums_free(&old->tallied);
	sums_free(&old->by_issuer);
	disk_lines_free(&old->lines);
	array_free(&old->slowest.items);
	hash_free(&old->blocks);
	array_free(&old->missing);
	array_free(&old->logged);
	free(old);
}

uint32_t disks_whole(const struct disks *disks, uint32_t dev)
{
	const struct device *device = requests_device(&disks->devices, dev);

	return device ? device->whole_dev : dev;
}

/* --- single requests --- */

/* Of processes their own requests count. */
static bool is_wanted(const struct disks *disks, uint32_t tid)
{
	const struct disk_task *task;

	if (!disks->is_seen || disks->watch.target == WATCH_MACHINE)
		return true;
	task = issuers_task(&disks->issuers, tid);
	return task && task->flags & TASK_TARGET;
}

/* The stages in their order, whatever the file says. */
static struct event_request in_order(const struct event_request *event)
{
	struct event_request request = *event;

	if (request.issue_ns > request.head.time_ns)
		request.issue_ns = request.head.time_ns;
	if (request.start_ns > request.head.time_ns)
		request.start_ns = request.head.time_ns;
	if (request.issue_ns < request.start_ns)
		request.issue_ns = request.start_ns;
	if (is_empty_flush(request.flags, request.bytes))
		request.issue_ns = request.head.time_ns;
	return request;
}

static int add_to_sums(struct disks *disks, const struct event_request *request, uint32_t issuer)
{
	const struct disk_id id = { request->dev, request->flags, issuer + 1 };
	struct disk_sum *sum = sums_get(&disks->told, &id);

	if (!sum)
		return -ENOMEM;
	sum->errors += request->error != 0;
	sum->bytes += request->bytes;
	sum->merged += request->bios > 1 ? request->bios - 1 : 0;
	histogram_add(&sum->total, request->head.time_ns - request->start_ns);
	if (!is_empty_flush(request->flags, request->bytes))
		histogram_add(&sum->device, request->head.time_ns - request->issue_ns);
	if (!(request->flags & REQUEST_BIO))
		histogram_add(&sum->queue, request->issue_ns - request->start_ns);
	return 0;
}

static int take_request(struct disks *disks, const struct event_request *event)
{
	struct event_request request = in_order(event);
	uint32_t issuer;
	int r;

	if (!is_wanted(disks, event->tid))
		return 0;
	disks->told_count++;
	r = issuers_find(&disks->issuers, &disks->names, event->tid, event->work, &issuer);
	if (r == 0)
		r = add_to_sums(disks, &request, issuer);
	if (r == 0)
		r = lines_take(&disks->lines, disks_whole(disks, event->dev), &request);
	if (r < 0 || disk_op_of(event->flags) == DISK_FLUSH)
		return r;
	return slowest_take(&disks->slowest, disks->options.over_ns, &request, issuer);
}

/* --- tallies --- */

static int add_tally(struct disk_sums *sums, const struct event_tally *tally, uint32_t issuer)
{
	const struct disk_id id = { tally->dev, tally->operation, issuer };
	struct disk_sum *sum = sums_get(sums, &id);

	if (!sum)
		return -ENOMEM;
	if (tally->what == TALLY_MERGES) {
		sum->merged += tally->count;
		return 0;
	}
	if (tally->what == TALLY_SERVICE) {
		histogram_add_tally(&sum->device, tally);
		return 0;
	}
	sum->errors += tally->errors;
	sum->bytes += tally->bytes;
	histogram_add_tally(&sum->total, tally);
	return 0;
}

static int take_tally(struct disks *disks, const struct event_tally *tally)
{
	uint32_t issuer;
	int r;

	disks->has_requests |= tally->what == TALLY_REQUESTS;
	if (tally->what == TALLY_REQUESTS || tally->what == TALLY_SERVICE ||
	    tally->what == TALLY_MERGES)
		return add_tally(&disks->tallied, tally, 0);
	if (tally->what != TALLY_ISSUERS)
		return 0;
	r = issuers_find_sum(&disks->issuers, &disks->names, tally->tid, &issuer);
	return r < 0 ? r : add_tally(&disks->by_issuer, tally, issuer + 1);
}

/* --- what else is told --- */

static bool begins_with(const struct event_fact *event, const char *words)
{
	return event->key_bytes >= strlen(words) && memcmp(event->text, words, strlen(words)) == 0;
}

static bool is_fact(const struct event_fact *event, const char *key, const char *value)
{
	return event->key_bytes == strlen(key) && event->value_bytes == strlen(value) &&
	       memcmp(event->text, key, event->key_bytes) == 0 &&
	       memcmp(event->text + event->key_bytes, value, event->value_bytes) == 0;
}

/* "physical_block.8:0" = "4096" */
static int take_block(struct disks *disks, const struct event_fact *event)
{
	static const size_t PREFIX = sizeof("physical_block.") - 1;
	char text[64] = "";
	unsigned int major, minor;
	uint64_t *place;

	if (event->key_bytes + event->value_bytes >= sizeof(text) - 1)
		return 0;
	memcpy(text, event->text, event->key_bytes);
	text[event->key_bytes] = ' ';
	memcpy(text + event->key_bytes + 1, event->text + event->key_bytes, event->value_bytes);
	/* NOLINTNEXTLINE(cert-err34-c): what does not fit is none of ours */
	if (sscanf(text + PREFIX, "%u:%u ", &major, &minor) != 2 || minor >= 1U << 20)
		return 0;
	place = hash_put(&disks->blocks, (uint64_t)major << 20 | minor);
	if (!place)
		return -ENOMEM;
	*place = strtoul(text + event->key_bytes + 1, NULL, 10);
	return 0;
}

uint32_t disks_physical_block(const struct disks *disks, uint32_t whole_dev)
{
	const uint64_t *place = hash_find(&disks->blocks, whole_dev);

	return place && *place <= UINT32_MAX ? (uint32_t)*place : 0;
}

/* That nothing but requests was recorded is no lack here. */
static int take_fact(struct disks *disks, const struct event_fact *event)
{
	uint32_t *place;

	if (begins_with(event, "physical_block."))
		return take_block(disks, event);
	disks->is_classic |= is_fact(event, "facility.block", "tp_classic");
	if (!begins_with(event, "missing.") || begins_with(event, "missing.waits") ||
	    disks->missing.count >= MISSING_MAX)
		return 0;
	place = array_push(&disks->missing);
	if (!place)
		return -ENOMEM;
	*place = names_put(&disks->names, event->text + event->key_bytes, event->value_bytes);
	return 0;
}

/* The kernel says so of block devices when one fails: block/blk-core.c, blk_print_req_error(). */
static int take_log(struct disks *disks, const struct event_log *event)
{
	static const char *const WORDS[] = { "I/O error, dev", "error, dev ",
					     "timeout error, dev" };
	uint32_t *place;
	bool is_one = false;

	if (event->level > LOG_WARNING || event->written_ns < disks->watch.head.time_ns ||
	    disks->logged.count >= LOGGED_MAX)
		return 0;
	for (size_t i = 0; i < array_count(WORDS); i++)
		is_one |=
			memmem(event->text, event->text_bytes, WORDS[i], strlen(WORDS[i])) != NULL;
	if (!is_one)
		return 0;
	place = array_push(&disks->logged);
	if (!place)
		return -ENOMEM;
	*place = names_put(&disks->names, event->text, event->text_bytes);
	return 0;
}

static void take_watch(struct disks *disks, const struct event_watch *event)
{
	disks->watch = *event;
	disks->is_seen = true;
	disks->lines.begin_ns = event->head.time_ns;
}

static void take_loss(struct disks *disks, const struct event_loss *event)
{
	if (event->what < array_count(disks->losses))
		disks->losses[event->what] += event->count;
}

/* Not a switch over all kinds: all but these few say nothing of disks. */
static int dispatch(struct disks *disks, const struct event *event)
{
	const void *any = event;

	if (event->kind == EVENT_REQUEST)
		return take_request(disks, any);
	if (event->kind == EVENT_TALLY)
		return take_tally(disks, any);
	if (event->kind == EVENT_TASK)
		return issuers_take_task(&disks->issuers, &disks->names, any);
	if (event->kind == EVENT_SYMBOL)
		return issuers_take_symbol(&disks->issuers, &disks->names, any);
	if (event->kind == EVENT_DEVICE)
		return requests_take_device(&disks->devices, &disks->names, any);
	if (event->kind == EVENT_FACT)
		return take_fact(disks, any);
	if (event->kind == EVENT_LOG)
		return take_log(disks, any);
	if (event->kind == EVENT_WATCH)
		take_watch(disks, any);
	if (event->kind == EVENT_LOSS)
		take_loss(disks, any);
	return 0;
}

int disks_take(void *self, const struct event *event, struct diag *why)
{
	struct disks *disks = self;
	int r;

	if (!event_kind_name(event->kind) || !event_is_sound(event, event->bytes))
		return 0;
	if (event->time_ns > disks->end_ns)
		disks->end_ns = event->time_ns;
	r = dispatch(disks, event);
	if (r == 0 && disks->names.is_out_of_memory)
		r = -ENOMEM;
	return r < 0 ? diag_set(why, r, "no memory left to look at the block devices") : 0;
}

int disks_report(struct disks *disks, struct disk_report **ret, struct diag *why)
{
	owns(disk_report_free) struct disk_report *report = calloc(1, sizeof(*report));
	int r = report ? disk_report_make(disks, report) : -ENOMEM;

	if (r < 0)
		return diag_set(why, r, "no memory left for the report of block devices");
	*ret = give(report);
	return 0;
}
