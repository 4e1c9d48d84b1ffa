/* Is the JSON what the schema and the contract say, whatever the names hold? */
#include "view/json.h"

#include <jansson.h>
#include <string.h>

#include "harness/test.h"
#include "unit/view/sample.h"
#include "unit/view/schema.h"

static int print(const void *verdict, FILE *out)
{
	return verdict ? view_json(verdict, out) : view_json_schema(out);
}

static void the_verdict_is_what_the_schema_says(void **state)
{
	owns(json_drop) json_t *schema = json_of(print, NULL);
	owns(verdict_free) struct verdict *command = sample_command();
	owns(verdict_free) struct verdict *machine = sample_idle_machine();
	owns(json_drop) json_t *busy = json_of(print, command);
	owns(json_drop) json_t *idle = json_of(print, machine);

	schema_check("verdict", busy, schema);
	schema_check("verdict", idle, schema);
}

static void the_contracts_fields_hold_the_verdicts_values(void **state)
{
	owns(verdict_free) struct verdict *verdict = sample_command();
	owns(json_drop) json_t *object = json_of(print, verdict);
	const char *schema, *kind, *name, *cause, *confidence, *subject, *who, *detail;
	int pid, status, threads, tid;
	double window, share, limit, unknown;

	assert_int_equal(json_unpack(object, "{s:s, s:{s:s, s:s, s:i, s:i}, s:F}", "schema",
				     &schema, "target", "kind", &kind, "name", &name, "pid", &pid,
				     "exit_status", &status, "window_s", &window),
			 0);
	assert_string_equal(schema, "slowpath.verdict/1");
	assert_string_equal(kind, "command");
	assert_string_equal(name, "cp");
	assert_int_equal(pid, 4242);
	assert_int_equal(status, 0);
	assert_true(window == 10.02);

	assert_int_equal(
		json_unpack(
			object,
			"{s:{s:i, s:F}, s:[{s:s, s:F, s:s, s:{s:s}, s:[{s:s, s:i, s:s}], s:F}]}",
			"accounting", "threads", &threads, "unknown_s", &unknown, "findings",
			"cause", &cause, "share", &share, "confidence", &confidence, "subject",
			"name", &subject, "chain", "who", &who, "tid", &tid, "detail", &detail,
			"speedup_limit", &limit),
		0);
	assert_int_equal(threads, 23);
	assert_true(unknown == 0.717);
	assert_string_equal(cause, "fs.sync");
	assert_true(share == 0.829341);
	assert_string_equal(confidence, "high");
	assert_string_equal(subject, "vda");
	assert_string_equal(who, "cp");
	assert_int_equal(tid, 4242);
	assert_string_equal(detail, "jbd2_log_wait_commit");
	assert_true(limit == 5.86);
}

static void a_nanosecond_is_not_lost(void **state)
{
	owns(verdict_free) struct verdict *verdict = sample_command();
	owns(own_free) char *text = NULL;

	verdict->window_ns = 9123456789;
	verdict->idle_ns = 86400000000001;
	text = json_printed(print, verdict);
	assert_non_null(strstr(text, "\"window_s\": 9.123456789,"));
	assert_non_null(strstr(text, "\"idle_s\": 86400.000000001,"));
}

static void the_same_verdict_gives_the_same_bytes(void **state)
{
	owns(verdict_free) struct verdict *one = sample_command();
	owns(verdict_free) struct verdict *other = sample_command();
	owns(own_free) char *first = json_printed(print, one);
	owns(own_free) char *second = json_printed(print, other);

	assert_string_equal(first, second);
	assert_string_equal(first + strlen(first) - 2, "}\n");
}

static void any_bytes_of_a_name_make_sound_json(void **state)
{
	owns(verdict_free) struct verdict *verdict = sample_idle_machine();

	for (unsigned int first = 1; first < 256; first++) {
		owns(own_free) char *text = NULL;
		owns(json_drop) json_t *object = NULL;

		(void)snprintf(verdict->name, sizeof(verdict->name), "%c%c\x7f\x80", (int)first,
			       (int)(256 - first));
		text = json_printed(print, verdict);
		object = json_parsed(text);
		assert_true(json_is_object(object));
		for (const char *c = text; *c; c++)
			assert_true(*c == '\n' || ((unsigned char)*c >= ' ' && *c != '\x7f'));
	}
}

static void what_is_without_bound_is_null(void **state)
{
	owns(verdict_free) struct verdict *verdict = sample_command();
	owns(json_drop) json_t *object = NULL;
	json_t *limit;

	verdict->findings.items[0].speedup_limit = 0;
	object = json_of(print, verdict);
	limit = json_object_get(json_array_get(json_object_get(object, "findings"), 0),
				"speedup_limit");
	assert_true(json_is_null(limit));
}

static void a_signal_stands_in_place_of_the_exit_status(void **state)
{
	owns(verdict_free) struct verdict *verdict = sample_command();
	owns(json_drop) json_t *object = NULL;
	json_t *target;

	verdict->was_signaled = true;
	verdict->exit_status = 9;
	object = json_of(print, verdict);
	target = json_object_get(object, "target");
	assert_null(json_object_get(target, "exit_status"));
	assert_int_equal(json_integer_value(json_object_get(target, "signal")), 9);
}

static void a_stream_that_takes_no_more_is_a_failure(void **state)
{
	owns(verdict_free) struct verdict *verdict = sample_command();

	json_fails_when_full(print, verdict);
}

static void each_thread_has_its_states_by_slice(void **state)
{
	owns(verdict_free) struct verdict *verdict = sample_command();
	struct state_slices *runs = array_push(&verdict->threads.items[0].over_time);
	owns(json_drop) json_t *object = NULL;
	json_t *threads, *states;

	assert_non_null(runs);
	runs->state = THREAD_RUNS_USER;
	runs->ns[0] = 10000000;
	runs->ns[2] = 5000000;
	verdict->slices.slice_ns = 10000000;
	verdict->slices.count = 3;
	verdict->states_left_out_ns = 1500000000;
	object = view_json_threads_over_time(verdict);
	threads = json_object_get(object, "threads");
	assert_true(json_real_value(json_object_get(object, "slice_s")) == 0.01);
	assert_true(json_real_value(json_object_get(object, "left_out_s")) == 1.5);
	assert_int_equal(json_integer_value(json_object_get(object, "slices")), 3);
	assert_int_equal(json_integer_value(json_object_get(object, "threads_left_out")), 0);
	assert_int_equal(json_array_size(threads), verdict->threads.count);
	states = json_object_get(json_array_get(threads, 0), "states");
	assert_int_equal(json_object_size(states), 1);
	states = json_object_get(states, "runs.user");
	assert_int_equal(json_array_size(states), 3);
	assert_true(json_number_value(json_array_get(states, 0)) == 0.01);
	assert_true(json_number_value(json_array_get(states, 1)) == 0);
	assert_true(json_number_value(json_array_get(states, 2)) == 0.005);
}

static void threads_beyond_the_first_are_counted(void **state)
{
	owns(verdict_free) struct verdict *verdict = sample_command();
	owns(json_drop) json_t *object = NULL;
	size_t told;

	while (verdict->threads.count < 100)
		assert_non_null(array_push(&verdict->threads));
	object = view_json_threads_over_time(verdict);
	told = json_array_size(json_object_get(object, "threads"));
	assert_in_range(told, 1, 99);
	assert_int_equal(json_integer_value(json_object_get(object, "threads_left_out")),
			 100 - told);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_verdict_is_what_the_schema_says),
		cmocka_unit_test(the_contracts_fields_hold_the_verdicts_values),
		cmocka_unit_test(a_nanosecond_is_not_lost),
		cmocka_unit_test(the_same_verdict_gives_the_same_bytes),
		cmocka_unit_test(any_bytes_of_a_name_make_sound_json),
		cmocka_unit_test(what_is_without_bound_is_null),
		cmocka_unit_test(a_signal_stands_in_place_of_the_exit_status),
		cmocka_unit_test(a_stream_that_takes_no_more_is_a_failure),
		cmocka_unit_test(each_thread_has_its_states_by_slice),
		cmocka_unit_test(threads_beyond_the_first_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
