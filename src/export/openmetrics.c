/* How does Prometheus want it? Families of metrics, one after another, each with what it means. */
#include "export/openmetrics.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "export/put.h"

struct metrics {
	struct put put;
	const struct verdict *verdict;
	const struct latencies *latencies;
};

static void metrics_free(struct metrics **metrics)
{
	free(*metrics);
	*metrics = NULL;
}

/* --- words --- */

static void put_family(struct put *put, const char *name, const char *type, const char *unit,
		       const char *help)
{
	put_text(put, "# TYPE ");
	put_text(put, name);
	put_char(put, ' ');
	put_text(put, type);
	if (unit[0]) {
		put_text(put, "\n# UNIT ");
		put_text(put, name);
		put_char(put, ' ');
		put_text(put, unit);
	}
	put_text(put, "\n# HELP ");
	put_text(put, name);
	put_char(put, ' ');
	put_text(put, help);
	put_char(put, '\n');
}

static void put_seconds(struct put *put, uint64_t ns)
{
	put_unsigned(put, ns / 1000000000);
	put_char(put, '.');
	put_digits(put, ns % 1000000000, 9);
}

struct label {
	const char *name;
	const char *value;
};

/* "{device=\"vda\",le=\"": empty values are left out. Returns whether there was one. */
static bool put_labels(struct put *put, const struct label *labels, size_t count)
{
	bool has_any = false;

	for (size_t i = 0; i < count; i++) {
		if (!labels[i].value[0])
			continue;
		put_char(put, has_any ? ',' : '{');
		put_text(put, labels[i].name);
		put_text(put, "=\"");
		put_quoted(put, labels[i].value, strlen(labels[i].value));
		put_char(put, '"');
		has_any = true;
	}
	return has_any;
}

static void put_head(struct put *put, const char *name, const char *suffix,
		     const struct label *labels, size_t count)
{
	put_text(put, name);
	put_text(put, suffix);
	if (put_labels(put, labels, count))
		put_char(put, '}');
	put_char(put, ' ');
}

static void put_seconds_of(struct put *put, const char *name, const char *label, const char *value,
			   uint64_t ns)
{
	const struct label labels[] = { { label, value } };

	put_head(put, name, "", labels, array_count(labels));
	put_seconds(put, ns);
	put_char(put, '\n');
}

/* --- the verdict --- */

static void put_watch(struct metrics *metrics)
{
	const struct verdict *verdict = metrics->verdict;
	const struct label labels[] = { { "kind", target_kind_name(verdict->target) },
					{ "name", verdict->name } };
	struct put *put = &metrics->put;

	put_family(put, "slowpath_target", "gauge", "", "What was watched: always 1.");
	put_head(put, "slowpath_target", "", labels, array_count(labels));
	put_text(put, "1\n");
	put_family(put, "slowpath_window_seconds", "gauge", "seconds", "How long was watched.");
	put_seconds_of(put, "slowpath_window_seconds", "", "", verdict->window_ns);
	put_family(put, "slowpath_base_seconds", "gauge", "seconds",
		   "The time that the causes share: they and the unknown sum to it.");
	put_seconds_of(put, "slowpath_base_seconds", "of", verdict->base_words, verdict->base_ns);
}

static uint64_t time_of_cause(const struct verdict *verdict, enum cause cause, bool *ret_is_there)
{
	uint64_t ns = 0;

	*ret_is_there = false;
	for (size_t i = 0; i < verdict->findings.count; i++) {
		if (verdict->findings.items[i].cause != cause)
			continue;
		ns += verdict->findings.items[i].ns;
		*ret_is_there = true;
	}
	return ns;
}

static void put_causes(struct metrics *metrics)
{
	struct put *put = &metrics->put;
	bool is_there;

	put_family(
		put, "slowpath_cause_seconds", "gauge", "seconds",
		"Time by cause, after what threads waited for was charged to what those did whom they waited for.");
	for (size_t i = CAUSE_UNKNOWN + 1; i < CAUSE_COUNT; i++) {
		uint64_t ns = time_of_cause(metrics->verdict, (enum cause)i, &is_there);

		if (is_there)
			put_seconds_of(put, "slowpath_cause_seconds", "cause",
				       cause_id((enum cause)i), ns);
	}
	put_seconds_of(put, "slowpath_cause_seconds", "cause", cause_id(CAUSE_UNKNOWN),
		       metrics->verdict->unknown_ns);
}

static void put_threads(struct metrics *metrics)
{
	const struct verdict *verdict = metrics->verdict;
	uint64_t user_ns = 0, kernel_ns = 0, irq_ns = 0, queue_ns = 0, unknown_ns = 0;
	uint64_t blocked_ns[CAUSE_COUNT] = {};
	struct put *put = &metrics->put;

	for (size_t i = 0; i < verdict->threads.count; i++) {
		const struct thread_account *thread = &verdict->threads.items[i];

		user_ns += thread->user_ns;
		kernel_ns += thread->kernel_ns;
		irq_ns += thread->irq_ns;
		queue_ns += thread->queue_ns;
		unknown_ns += thread->unknown_ns;
		for (size_t cause = 0; cause < CAUSE_COUNT; cause++)
			blocked_ns[cause] += thread->blocked_ns[cause];
	}
	put_family(put, "slowpath_thread_seconds", "gauge", "seconds",
		   "Wall time of all threads of the target, by what each did itself.");
	put_seconds_of(put, "slowpath_thread_seconds", "state", "running user code", user_ns);
	put_seconds_of(put, "slowpath_thread_seconds", "state", "running kernel code", kernel_ns);
	put_seconds_of(put, "slowpath_thread_seconds", "state", "interrupted", irq_ns);
	put_seconds_of(put, "slowpath_thread_seconds", "state", "runnable", queue_ns);
	put_seconds_of(put, "slowpath_thread_seconds", "state", "unknown",
		       unknown_ns + blocked_ns[CAUSE_UNKNOWN]);
	for (size_t cause = CAUSE_UNKNOWN + 1; cause < CAUSE_COUNT; cause++) {
		if (blocked_ns[cause])
			put_seconds_of(put, "slowpath_thread_seconds", "state",
				       cause_id((enum cause)cause), blocked_ns[cause]);
	}
}

static void put_losses(struct metrics *metrics)
{
	struct put *put = &metrics->put;

	put_family(put, "slowpath_lost_events", "gauge", "",
		   "Events that were lost while watching, by what they were.");
	for (size_t i = 0; i < metrics->verdict->losses.count; i++) {
		const struct loss_count *loss = &metrics->verdict->losses.items[i];
		const struct label labels[] = { { "what", loss->what } };

		put_head(put, "slowpath_lost_events", "", labels, array_count(labels));
		put_unsigned(put, loss->count);
		put_char(put, '\n');
	}
	put_family(put, "slowpath_left_out", "gauge", "",
		   "Things that are in no histogram: there were too many kinds.");
	put_text(put, "slowpath_left_out ");
	put_unsigned(put, metrics->latencies->left_out);
	put_char(put, '\n');
}

/* --- how long things took --- */

struct family {
	enum latency_kind kind;
	bool has_doublings;
	const char *name;
	const char *label; /* of the row's name; "": it has none */
	const char *help;
};

static const struct family FAMILIES[] = {
	{ LATENCY_WAIT, true, "slowpath_wait_seconds", "cause",
	  "How long the target's threads were blocked, by what for." },
	{ LATENCY_QUEUE, true, "slowpath_runqueue_seconds", "",
	  "How long the target's threads were ready before they ran." },
	{ LATENCY_SYSCALL, true, "slowpath_syscall_seconds", "syscall",
	  "How long the target's system calls took." },
	{ LATENCY_SYSCALL, false, "slowpath_syscall_time_seconds", "syscall",
	  "All time in the target's system calls, and their number." },
	{ LATENCY_REQUEST, true, "slowpath_request_seconds", "device",
	  "Block requests of the machine, from when they were queued until they were complete." },
	{ LATENCY_SERVICE, true, "slowpath_request_service_seconds", "device",
	  "The same, from when the driver had them until they were complete." },
};

static void put_bucket(struct put *put, const struct family *family, const struct label labels[2],
		       const char *le, uint64_t count)
{
	const struct label all[] = { labels[0], labels[1], { "le", le } };

	put_head(put, family->name, "_bucket", all, array_count(all));
	put_unsigned(put, count);
	put_char(put, '\n');
}

/* 2^n ns in seconds, exactly: its digits end. */
static const char *bound(unsigned int doubling, char room[64])
{
	uint64_t ns = 1ULL << doubling;
	size_t length =
		(size_t)snprintf(room, 64, "%llu.%09llu", (unsigned long long)(ns / 1000000000),
				 (unsigned long long)(ns % 1000000000));

	while (room[length - 1] == '0' && room[length - 2] != '.')
		room[--length] = '\0';
	return room;
}

/*
 * From a microsecond to two minutes, the same for all, so that they can be summed. What took
 * exactly a bound counts in the next bucket: latency.doubling has it there.
 */
enum {
	FIRST_DOUBLING = 10,
	LAST_DOUBLING = 37,
};

static void put_buckets(struct put *put, const struct family *family, const struct label labels[2],
			const struct latency *latency)
{
	uint64_t seen = 0;
	char room[64];

	for (unsigned int n = 0; n < LAST_DOUBLING; n++) {
		seen += latency->doubling[n];
		if (n + 1 >= FIRST_DOUBLING)
			put_bucket(put, family, labels, bound(n + 1, room), seen);
	}
	put_bucket(put, family, labels, "+Inf", latency->count);
}

static void put_row(struct put *put, const struct family *family, const struct latency_row *row)
{
	const struct label labels[] = { { family->label, row->name },
					{ "operation", row->operation } };

	if (family->has_doublings)
		put_buckets(put, family, labels, &row->latency);
	put_head(put, family->name, "_count", labels, array_count(labels));
	put_unsigned(put, row->latency.count);
	put_char(put, '\n');
	put_head(put, family->name, "_sum", labels, array_count(labels));
	put_seconds(put, row->latency.total_ns);
	put_char(put, '\n');
}

static void put_rows(struct metrics *metrics, const struct family *family)
{
	bool has_any = false;

	for (size_t i = 0; i < metrics->latencies->rows.count; i++) {
		const struct latency_row *row = &metrics->latencies->rows.items[i];

		if (row->kind != family->kind || row->has_doublings != family->has_doublings)
			continue;
		if (!has_any)
			put_family(&metrics->put, family->name,
				   family->has_doublings ? "histogram" : "summary", "seconds",
				   family->help);
		has_any = true;
		put_row(&metrics->put, family, row);
	}
}

int export_openmetrics(const struct verdict *verdict, const struct latencies *latencies, FILE *out,
		       struct diag *why)
{
	owns(metrics_free) struct metrics *metrics = calloc(1, sizeof(*metrics));

	if (!metrics)
		return diag_set(why, -ENOMEM, "out of memory");
	metrics->put.out = out;
	metrics->verdict = verdict;
	metrics->latencies = latencies;
	put_watch(metrics);
	put_causes(metrics);
	put_threads(metrics);
	put_losses(metrics);
	for (size_t i = 0; i < array_count(FAMILIES); i++)
		put_rows(metrics, &FAMILIES[i]);
	put_text(&metrics->put, "# EOF\n");
	return put_flush(&metrics->put, why);
}
