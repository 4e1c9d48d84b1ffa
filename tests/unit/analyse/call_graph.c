/* Are calls added up to the tree, the rows and the single calls that were asked for? */
#include "analyse/call_graph.h"

#include <errno.h>
#include <string.h>

#include "harness/test.h"

/* A stream of calls, as an importer tells them: each after those that it made. */
struct teller {
	struct call_graph *graph;
	struct diag why;
	uint64_t ids;
};

static void tell(struct teller *teller, void *event, enum event_kind kind, size_t bytes)
{
	struct event *head = event;

	head->bytes = (uint32_t)bytes;
	head->kind = (uint16_t)kind;
	assert_int_equal(call_graph_take(teller->graph, head, &teller->why), 0);
}

static void name(struct teller *teller, uint32_t id, const char *text)
{
	union {
		struct event_symbol symbol;
		char bytes[sizeof(struct event_symbol) + 64];
	} event = { .symbol = { .id = id, .name_bytes = (uint16_t)strlen(text) } };

	strcpy(event.bytes + sizeof(event.symbol), text);
	tell(teller, &event, EVENT_SYMBOL, sizeof(event));
}

static void task(struct teller *teller, uint32_t tid, const char *comm)
{
	struct event_task event = { .tid = tid, .tgid = tid };

	strcpy(event.comm, comm);
	tell(teller, &event, EVENT_TASK, sizeof(event));
}

static void begin(struct teller *teller, const struct call_graph_options *options)
{
	struct event_watch watch = { .head.time_ns = 1000, .target = WATCH_MACHINE, .cpus = 2 };

	*teller = (struct teller){};
	assert_int_equal(call_graph_new(options, &teller->graph), 0);
	tell(teller, &watch, EVENT_WATCH, sizeof(watch));
	name(teller, 1, "read");
	name(teller, 2, "lock");
	name(teller, 3, "copy");
	name(teller, 4, "irq");
	task(teller, 7, "cat");
	task(teller, 8, "dd");
}

/* Paths are made of the functions' numbers. */
static uint64_t call(struct teller *teller, uint64_t path, uint32_t depth, uint64_t parent,
		     struct event_call event)
{
	event.id = event.id ?: ++teller->ids;
	event.parent = parent;
	event.path = path;
	event.parent_path = path / 10;
	event.symbol = (uint32_t)(path % 10);
	event.depth = depth;
	event.tid = event.tid ?: 7;
	event.head.time_ns = event.start_ns + event.duration_ns;
	tell(teller, &event, EVENT_CALL, sizeof(event));
	return event.id;
}

/* read { lock(); copy(); } of this length: a tenth each is theirs. */
static void read_call(struct teller *teller, uint32_t tid, uint64_t start_ns, uint64_t ns)
{
	uint64_t id = teller->ids += 100;

	(void)call(teller, 12, 1, id,
		   (struct event_call){ .start_ns = start_ns + 10,
					.duration_ns = ns / 10,
					.self_ns = ns / 10,
					.tid = tid });
	(void)call(teller, 13, 1, id,
		   (struct event_call){ .start_ns = start_ns + 10 + ns / 10,
					.duration_ns = ns / 10,
					.self_ns = ns / 10,
					.tid = tid });
	(void)call(teller, 1, 0, 0,
		   (struct event_call){ .id = id,
					.start_ns = start_ns,
					.duration_ns = ns,
					.self_ns = ns / 10 * 8,
					.tid = tid });
}

static struct call_report *report_of(struct teller *teller)
{
	struct call_report *report = NULL;

	assert_int_equal(call_graph_report(teller->graph, &report, &teller->why), 0);
	assert_int_equal(report->counts.count, report->tree->nodes.count);
	/* The children of each node sum to no more than it. */
	for (size_t i = 0; i < report->tree->nodes.count; i++) {
		const struct profile_node *node = &report->tree->nodes.items[i];
		uint64_t sum = node->self;

		for (size_t n = i + 1; n < report->tree->nodes.count &&
				       report->tree->nodes.items[n].depth > node->depth;
		     n++) {
			if (report->tree->nodes.items[n].depth == node->depth + 1)
				sum += report->tree->nodes.items[n].total;
		}
		assert_int_equal(sum, node->total);
	}
	return report;
}

static size_t node_of(const struct call_report *report, const char *wanted, uint32_t depth)
{
	for (size_t i = 0; i < report->tree->nodes.count; i++) {
		const struct profile_node *node = &report->tree->nodes.items[i];

		if (node->depth == depth &&
		    strcmp(report->tree->frames.items[node->frame].name, wanted) == 0)
			return i;
	}
	fail_msg("there is no %s at depth %u", wanted, depth);
	return 0;
}

static const struct call_row *row_of(const struct call_report *report, const char *wanted)
{
	for (size_t i = 0; i < report->rows.count; i++) {
		if (strcmp(report->tree->frames.items[report->rows.items[i].frame].name, wanted) ==
		    0)
			return &report->rows.items[i];
	}
	fail_msg("there is no row %s", wanted);
	return NULL;
}

static void end(struct teller *teller, struct call_report *report)
{
	call_report_free(&report);
	call_graph_free(&teller->graph);
}

static void calls_add_up_by_path_and_by_function(void **state)
{
	struct call_report *report;
	struct teller teller;
	size_t place;

	begin(&teller, &(struct call_graph_options){});
	read_call(&teller, 7, 2000, 1000);
	read_call(&teller, 7, 4000, 3000);
	read_call(&teller, 8, 5000, 500);
	report = report_of(&teller);
	assert_int_equal(report->calls, 9);
	assert_int_equal(report->tree->amount, 4500);
	place = node_of(report, "cat", 1);
	assert_int_equal(report->tree->nodes.items[place].total, 4000);
	place = node_of(report, "read", 2);
	assert_int_equal(report->counts.items[place].calls, 2);
	assert_int_equal(report->counts.items[place].max_ns, 3000);
	assert_int_equal(call_count_avg(&report->counts.items[place]), 2000);
	assert_int_equal(row_of(report, "read")->total_ns, 4500);
	assert_int_equal(row_of(report, "read")->self_ns, 3600);
	assert_int_equal(row_of(report, "lock")->count.calls, 3);
	assert_int_equal(row_of(report, "lock")->latency.max_ns, 300);
	assert_string_equal(report->tree->frames.items[report->rows.items[0].frame].name, "read");
	end(&teller, report);
}

static void time_off_the_cpu_and_what_is_unknown_stand_by_name(void **state)
{
	struct call_report *report;
	struct teller teller;

	begin(&teller, &(struct call_graph_options){});
	(void)call(&teller, 1, 0, 0,
		   (struct event_call){ .start_ns = 2000,
					.duration_ns = 1000,
					.self_ns = 700,
					.unknown_ns = 300,
					.off_ns = 400,
					.self_off_ns = 400,
					.flags = CALL_LOSS });
	report = report_of(&teller);
	assert_int_equal(report->tree->nodes.items[node_of(report, "off the CPU", 3)].total, 400);
	assert_int_equal(report->tree->nodes.items[node_of(report, "[not recorded]", 3)].total,
			 300);
	assert_int_equal(report->tree->nodes.items[node_of(report, "read", 2)].self, 300);
	assert_int_equal(row_of(report, "read")->off_ns, 400);
	assert_int_equal(row_of(report, "read")->unknown_ns, 300);
	assert_int_equal(report->losses.lossy, 1);
	assert_true(report->has_switches);
	end(&teller, report);
}

static void interrupts_are_apart_and_their_victims_without_them(void **state)
{
	struct call_report *report;
	struct teller teller;

	begin(&teller, &(struct call_graph_options){});
	(void)call(&teller, 4, 1, 0,
		   (struct event_call){ .start_ns = 2100,
					.duration_ns = 600,
					.self_ns = 600,
					.flags = CALL_HARD_IRQ });
	(void)call(&teller, 1, 0, 0,
		   (struct event_call){
			   .start_ns = 2000, .duration_ns = 1000, .self_ns = 400, .irq_ns = 600 });
	report = report_of(&teller);
	assert_int_equal(report->hard_irq_ns, 600);
	assert_int_equal(report->tree->nodes.items[node_of(report, "hard interrupts", 1)].total,
			 600);
	assert_int_equal(row_of(report, "read")->count.max_ns, 400);
	assert_int_equal(report->tree->nodes.items[node_of(report, "cat", 1)].total, 400);
	end(&teller, report);
}

static void lower_bounds_are_counted_but_in_no_distribution(void **state)
{
	struct call_report *report;
	struct teller teller;

	begin(&teller, &(struct call_graph_options){});
	read_call(&teller, 7, 2000, 100);
	(void)call(&teller, 1, 0, 0,
		   (struct event_call){ .start_ns = 3000,
					.duration_ns = 9000,
					.self_ns = 9000,
					.flags = CALL_EXIT_UNSEEN | CALL_AT_LEAST });
	report = report_of(&teller);
	assert_int_equal(row_of(report, "read")->count.calls, 2);
	assert_int_equal(row_of(report, "read")->count.timed, 1);
	assert_int_equal(row_of(report, "read")->count.max_ns, 100);
	assert_int_equal(row_of(report, "read")->latency.count, 1);
	assert_int_equal(report->tree->amount, 9100);
	end(&teller, report);
}

/* A function that calls itself has its time once. */
static void recursion_counts_its_time_once(void **state)
{
	struct call_report *report;
	struct teller teller;

	begin(&teller, &(struct call_graph_options){});
	(void)call(&teller, 11, 1, 50,
		   (struct event_call){ .start_ns = 2100, .duration_ns = 400, .self_ns = 400 });
	(void)call(&teller, 1, 0, 0,
		   (struct event_call){
			   .id = 50, .start_ns = 2000, .duration_ns = 1000, .self_ns = 600 });
	report = report_of(&teller);
	assert_int_equal(row_of(report, "read")->total_ns, 1000);
	assert_int_equal(row_of(report, "read")->self_ns, 1000);
	assert_int_equal(row_of(report, "read")->count.calls, 2);
	end(&teller, report);
}

static void the_slowest_calls_of_a_function_are_trees(void **state)
{
	const struct call_graph_options options = { .function = "read", .slowest = 2 };
	struct call_report *report;
	const struct call_one *one;
	struct teller teller;

	begin(&teller, &options);
	read_call(&teller, 7, 2000, 1000);
	read_call(&teller, 8, 4000, 3000);
	read_call(&teller, 7, 9000, 2000);
	report = report_of(&teller);
	assert_int_equal(report->slowest.count, 2);
	one = &report->slowest.items[0];
	assert_int_equal(one->duration_ns, 3000);
	assert_int_equal(one->tid, 8);
	assert_string_equal(one->comm, "dd");
	assert_int_equal(one->start_ns, 3000);
	assert_int_equal(one->steps.count, 3);
	assert_string_equal(report->tree->frames.items[one->steps.items[1].frame].name, "lock");
	assert_int_equal(one->steps.items[1].depth, 1);
	assert_int_equal(one->steps.items[1].start_ns, 10);
	assert_string_equal(report->tree->frames.items[one->steps.items[2].frame].name, "copy");
	assert_int_equal(report->slowest.items[1].duration_ns, 2000);
	/* The tree is of the function, from wherever it was called. */
	assert_int_equal(report->tree->nodes.items[node_of(report, "read", 1)].total, 6000);
	assert_int_equal(row_of(report, "read")->count.calls, 3);
	end(&teller, report);
}

static void only_calls_that_took_long_are_told(void **state)
{
	const struct call_graph_options options = { .function = "read",
						    .over_ns = 1500,
						    .is_each = true };
	struct call_report *report;
	struct teller teller;

	begin(&teller, &options);
	read_call(&teller, 7, 2000, 1000);
	read_call(&teller, 7, 4000, 3000);
	read_call(&teller, 7, 9000, 2000);
	report = report_of(&teller);
	assert_int_equal(report->left_out_calls, 1);
	assert_int_equal(report->tree->amount, 5000);
	assert_int_equal(report->each.count, 2);
	assert_int_equal(report->each.items[0].duration_ns, 3000);
	assert_int_equal(report->each.items[1].start_ns, 8000);
	assert_int_equal(row_of(report, "read")->latency.count, 2);
	end(&teller, report);
}

static void short_calls_in_a_row_are_one_step(void **state)
{
	const struct call_graph_options options = { .function = "read", .slowest = 1 };
	struct call_report *report;
	struct teller teller;

	begin(&teller, &options);
	for (uint64_t i = 0; i < 5; i++)
		(void)call(&teller, 12, 1, 50,
			   (struct event_call){
				   .start_ns = 2100 + i * 10, .duration_ns = 4, .self_ns = 4 });
	(void)call(&teller, 1, 0, 0,
		   (struct event_call){
			   .id = 50, .start_ns = 2000, .duration_ns = 1000, .self_ns = 980 });
	report = report_of(&teller);
	assert_int_equal(report->slowest.items[0].steps.count, 2);
	assert_int_equal(report->slowest.items[0].steps.items[1].repeats, 5);
	assert_int_equal(report->slowest.items[0].steps.items[1].duration_ns, 20);
	end(&teller, report);
}

static void a_call_that_never_ends_does_not_take_all_memory(void **state)
{
	const struct call_graph_options options = { .function = "read", .slowest = 1 };
	struct call_report *report;
	struct teller teller;

	begin(&teller, &options);
	for (uint64_t i = 0; i < 200000; i++)
		(void)call(&teller, i % 100 ? 412 : 41, i % 100 ? 2 : 1, 50,
			   (struct event_call){ .start_ns = 2000 + i * 10,
						.duration_ns = i % 100 ? 5 : 900,
						.self_ns = 5 });
	report = report_of(&teller);
	assert_true(row_of(report, "read")->count.calls >= 1000);
	assert_true(report->left_out_steps > 0);
	end(&teller, report);
}

static void what_is_not_there_is_said(void **state)
{
	struct call_report *report = NULL;
	struct teller teller;

	begin(&teller, &(struct call_graph_options){});
	assert_int_equal(call_graph_report(teller.graph, &report, &teller.why), -ENOENT);
	assert_non_null(strstr(teller.why.text, "no call"));
	call_graph_free(&teller.graph);
	begin(&teller, &(struct call_graph_options){ .function = "write" });
	read_call(&teller, 7, 2000, 1000);
	assert_int_equal(call_graph_report(teller.graph, &report, &teller.why), -ENOENT);
	assert_non_null(strstr(teller.why.text, "write"));
	call_graph_free(&teller.graph);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_add_up_by_path_and_by_function),
		cmocka_unit_test(time_off_the_cpu_and_what_is_unknown_stand_by_name),
		cmocka_unit_test(interrupts_are_apart_and_their_victims_without_them),
		cmocka_unit_test(lower_bounds_are_counted_but_in_no_distribution),
		cmocka_unit_test(recursion_counts_its_time_once),
		cmocka_unit_test(the_slowest_calls_of_a_function_are_trees),
		cmocka_unit_test(only_calls_that_took_long_are_told),
		cmocka_unit_test(short_calls_in_a_row_are_one_step),
		cmocka_unit_test(a_call_that_never_ends_does_not_take_all_memory),
		cmocka_unit_test(what_is_not_there_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
