/* Does the text of a story tell the story's calls, whichever columns it has? */
#include "import/ftrace_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness/test.h"
#include "unit/import/story.h"

struct told {
	ARRAY(struct event_call) calls;
	char names[64][64]; /* by symbol */
	char comms[512][16];
	uint64_t lost;
	uint64_t newest_ns;
	struct ftrace_text text;
	struct diag why;
};

static int take(void *self, const struct event *event, struct diag *why)
{
	struct told *told = self;
	struct event_call *call;

	assert_true(event_is_sound(event, event->bytes));
	assert_true(event->time_ns >= told->newest_ns);
	told->newest_ns = event->time_ns;
	if (event->kind == EVENT_SYMBOL) {
		const struct event_symbol *symbol = (const void *)event;

		assert_true(symbol->id < 64 && symbol->name_bytes < 64);
		memcpy(told->names[symbol->id], symbol->text, symbol->name_bytes);
	}
	if (event->kind == EVENT_TASK) {
		const struct event_task *task = (const void *)event;

		if (task->tid < 512)
			memcpy(told->comms[task->tid], task->comm, 16);
	}
	if (event->kind == EVENT_LOSS)
		told->lost += ((const struct event_loss *)event)->count;
	if (event->kind != EVENT_CALL)
		return 0;
	call = array_push(&told->calls);
	assert_non_null(call);
	*call = *(const struct event_call *)event;
	return 0;
}

static int read_text(const char *text, struct told *told)
{
	const struct event_sink sink = { take, told };
	int fd = memfd_create("trace.txt", 0), r;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	r = ftrace_text_read(fd, "x.txt", &sink, &told->text, &told->why);
	close(fd);
	return r;
}

static const struct event_call *call_of(const struct told *told, const char *name)
{
	for (size_t i = 0; i < told->calls.count; i++) {
		if (strcmp(told->names[told->calls.items[i].symbol], name) == 0)
			return &told->calls.items[i];
	}
	fail_msg("there is no call of %s", name);
	return NULL;
}

/* --- a whole story --- */

struct columns {
	bool has_time;
	bool has_task;
	bool has_duration;
	bool has_tail;
};

static void print_exit(const struct story_record *record, const struct columns *columns, FILE *out)
{
	if (columns->has_duration)
		(void)fprintf(out, " %7.3f us    |",
			      (double)(record->end_ns - record->start_ns) / 1e3);
	(void)fprintf(out, "  %*s}", record->depth * 2, "");
	if (columns->has_tail)
		(void)fprintf(out, " /* function_%u */", record->function);
}

static void print_story(const struct story *story, const struct columns *columns, FILE *out)
{
	(void)fputs("# tracer: function_graph\n#\n", out);
	for (size_t i = 0; i < story->records.count; i++) {
		const struct story_record *record = &story->records.items[i];

		if (columns->has_time)
			(void)fprintf(out, " %5" PRIu64 ".%06" PRIu64 " |  ",
				      record->time_ns / 1000000000,
				      record->time_ns / 1000 % 1000000);
		(void)fprintf(out, " %u)", record->cpu);
		if (columns->has_task)
			(void)fprintf(out, "   task%u-%u   |", record->tid, record->tid);
		/* The mark of interrupts, as the option latency-format has it. */
		(void)fprintf(out, "  d.%c1.  |", ".sh"[record->level]);
		switch (record->kind) {
		case STORY_ENTRY:
			(void)fprintf(out, "%s  %*sfunction_%u() {",
				      columns->has_duration ? "               |" : "",
				      record->depth * 2, "", record->function);
			break;
		case STORY_EXIT:
			print_exit(record, columns, out);
			break;
		case STORY_SWITCH:
			(void)fprintf(out,
				      "               |  /* sched_switch: prev_comm=a prev_pid=%u "
				      "prev_prio=120 prev_state=S ==> next_comm=task%u next_pid=%u "
				      "next_prio=120 */",
				      record->tid, record->next_tid, record->next_tid);
			break;
		}
		(void)fputc('\n', out);
	}
}

static void check_story(const struct columns *columns)
{
	const struct story_options options = { .seed = 4,
					       .steps = 4000,
					       .has_times = true,
					       .has_interrupts = true,
					       .has_switches = true };
	struct told told = {};
	struct story story;
	char *text = NULL;
	size_t bytes, ended = 0, whole = 0;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	story_make(&options, &story);
	print_story(&story, columns, out);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(read_text(text, &told), 0);
	assert_int_equal(told.text.unknown, 0);
	assert_int_equal(told.calls.count, story.calls.count);
	for (size_t i = 0; i < story.calls.count; i++)
		ended += story.calls.items[i].end_ns != 0;
	/* Each is told when it ends, in the order of the records: so they stand side by side. */
	for (size_t i = 0, n = 0; i < story.records.count; i++) {
		const struct story_record *record = &story.records.items[i];
		const struct event_call *call = &told.calls.items[n];
		char name[32];

		if (record->kind != STORY_EXIT)
			continue;
		n++;
		whole++;
		(void)snprintf(name, sizeof(name), "function_%u", record->function);
		assert_string_equal(told.names[call->symbol], name);
		assert_int_equal(call->tid, record->tid);
		assert_int_equal(call->depth, record->depth);
		assert_false(call->flags & CALL_AT_LEAST);
		if (columns->has_duration)
			assert_int_equal(call->duration_ns, record->end_ns - record->start_ns);
	}
	assert_int_equal(whole, ended);
	assert_true(ended > 500);
	array_free(&told.calls);
	story_free(&story);
	free(text);
}

static void a_story_is_told_by_any_columns_that_suffice(void **state)
{
	check_story(&(struct columns){ true, true, true, true });
	check_story(&(struct columns){ true, true, true, false });
	check_story(&(struct columns){ true, true, false, true });
	check_story(&(struct columns){ false, true, true, true });
	check_story(&(struct columns){ false, true, true, false });
}

/* --- single texts --- */

static void a_tree_without_times_has_its_durations(void **state)
{
	static const char TEXT[] = "# tracer: function_graph\n"
				   " 0)               |  outer() {\n"
				   " 0)   2.000 us    |    inner [ext4]();\n"
				   " 0)   5.500 us    |  }\n";
	struct told told = {};
	const struct event_call *outer;

	assert_int_equal(read_text(TEXT, &told), 0);
	assert_int_equal(told.calls.count, 2);
	outer = call_of(&told, "outer");
	assert_int_equal(outer->duration_ns, 5500);
	assert_int_equal(outer->self_ns, 3500);
	assert_int_equal(outer->head.time_ns, 0);
	assert_int_equal(call_of(&told, "inner")->parent, outer->id);
	array_free(&told.calls);
}

static void interrupts_are_known_by_their_names_and_arrows(void **state)
{
	static const char TEXT[] = " 0)   a-5    |               |  work() {\n"
				   " 0)   a-5    |               |    __common_interrupt() {\n"
				   " 0)   a-5    |   1.000 us    |      handler();\n"
				   " 0)   a-5    |   3.000 us    |    }\n"
				   " 0)   a-5    |  ==========>  |\n"
				   " 0)   a-5    |   2.000 us    |    do_that();\n"
				   " 0)   a-5    |  <==========  |\n"
				   " 0)   a-5    |   9.000 us    |  }\n";
	struct told told = {};
	const struct event_call *work;

	assert_int_equal(read_text(TEXT, &told), 0);
	work = call_of(&told, "work");
	assert_int_equal(work->irq_ns, 5000);
	assert_int_equal(work->self_ns, 4000);
	assert_int_equal(call_of(&told, "do_that")->flags, CALL_HARD_IRQ);
	assert_int_equal(call_of(&told, "handler")->flags, CALL_HARD_IRQ);
	assert_int_equal(call_of(&told, "do_that")->parent, 0);
	array_free(&told.calls);
}

/* The lines do not say who runs, only when that changes. */
static void who_runs_is_known_from_the_first_change_on_and_before(void **state)
{
	static const char TEXT[] = " 1)   1.000 us    |  first();\n"
				   " ------------------------------------------\n"
				   " 1)  mig3-258  =>  mig4-259   \n"
				   " ------------------------------------------\n\n"
				   " 1)   1.000 us    |  second();\n";
	struct told told = {};

	assert_int_equal(read_text(TEXT, &told), 0);
	assert_int_equal(call_of(&told, "first")->tid, 258);
	assert_int_equal(call_of(&told, "second")->tid, 259);
	assert_string_equal(told.comms[259], "mig4");
	array_free(&told.calls);
}

/* What was open when the CPU's records were lost is not believed, although the line that says so
 * comes after others. */
static void losses_count_from_where_they_began(void **state)
{
	static const char TEXT[] = "    1.000000 |   0)   a-5    |               |  outer() {\n"
				   "    1.000010 |   1)   b-6    |   1.000 us    |  other();\n"
				   "    1.000020 |   1)   a-5    |   1.000 us    |    inner();\n"
				   "CPU:0 [LOST 44 EVENTS]\n"
				   "    1.000030 |   0)   c-7    |   1.000 us    |  third();\n"
				   "    1.000040 |   1)   a-5    | + 40.000 us   |  }\n";
	struct told told = {};
	const struct event_call *outer;

	assert_int_equal(read_text(TEXT, &told), 0);
	assert_int_equal(told.lost, 44);
	assert_int_equal(call_of(&told, "inner")->parent, 0);
	assert_true(call_of(&told, "inner")->flags & CALL_CALLER_UNKNOWN);
	outer = call_of(&told, "outer");
	assert_true(outer->flags & CALL_LOSS);
	assert_int_equal(outer->duration_ns, 40000);
	assert_true(outer->unknown_ns > 0);
	array_free(&told.calls);
}

static void a_text_without_calls_is_refused(void **state)
{
	struct told told = {};

	assert_int_equal(read_text("some words\nand more\n", &told), -EBADMSG);
	assert_non_null(strstr(told.why.text, "x.txt has no calls"));
}

static void lines_of_unknown_form_are_counted(void **state)
{
	struct told told = {};

	assert_int_equal(read_text(" 0)   1.0 us |  f();\n 0)   1.0 us |  odd thing\n", &told), 0);
	assert_int_equal(told.text.unknown, 1);
	assert_int_equal(told.text.first_bad, 2);
	array_free(&told.calls);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_story_is_told_by_any_columns_that_suffice),
		cmocka_unit_test(a_tree_without_times_has_its_durations),
		cmocka_unit_test(interrupts_are_known_by_their_names_and_arrows),
		cmocka_unit_test(who_runs_is_known_from_the_first_change_on_and_before),
		cmocka_unit_test(losses_count_from_where_they_began),
		cmocka_unit_test(a_text_without_calls_is_refused),
		cmocka_unit_test(lines_of_unknown_form_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
