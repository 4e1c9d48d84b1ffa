/* Is a newborn told before what it maps, and that before the stacks that lie in it? */
#include "probe/dictionary.h"

#include <string.h>

#include "base/array.h"
#include "harness/test.h"
#include "probe/mappings.h"

enum fixture {
	TGID = 42,
	STRANGER = 43,
	NOW = 1000, /* the stream's clock */
};

struct heard {
	ARRAY(uint16_t) kinds;
	uint32_t tgid; /* of the last mapping */
	uint64_t start;
	uint64_t time_ns;
};

static int hear(void *self, const struct event *event, struct diag *why)
{
	struct heard *heard = self;
	uint16_t *kind = array_push(&heard->kinds);

	assert_non_null(kind);
	*kind = event->kind;
	assert_true(event_is_sound(event, event->bytes));
	if (event->kind == EVENT_MAPPING) {
		const struct event_mapping *mapping = (const void *)event;

		heard->tgid = mapping->tgid;
		heard->start = mapping->start;
		heard->time_ns = mapping->head.time_ns;
	}
	return 0;
}

static void heard_free(struct heard *heard)
{
	array_free(&heard->kinds);
}

static struct translator make(struct heard *heard)
{
	return (struct translator){ .sink = { .take = hear, .self = heard },
				    .end_ns = UINT64_MAX,
				    .told_ns = NOW };
}

static void keep_mapping(struct dictionary *dictionary, uint32_t tgid, uint64_t time_ns)
{
	union mapping_room room = { .event = {
					    .head = { .kind = EVENT_MAPPING, .time_ns = time_ns },
					    .tgid = tgid,
					    .start = time_ns,
					    .path_bytes = 4 } };
	struct diag why = {};

	room.event.head.bytes = sizeof(room.event) + 8;
	memcpy(room.bytes + sizeof(room.event), "/x/y", 4);
	assert_int_equal(dictionary_keep(dictionary, &room.event.head, &why), 0);
}

static void take_task(struct dictionary *dictionary, struct translator *translator, uint32_t tgid)
{
	struct wire_task task = { .head = { .kind = WIRE_TASK, .tid = tgid },
				  .tgid = tgid,
				  .is_target = tgid == TGID };
	struct diag why = {};

	assert_int_equal(dictionary_take(dictionary, translator, &task.head, sizeof(task), &why),
			 0);
}

static void take_stack(struct dictionary *dictionary, struct translator *translator)
{
	struct wire_stack stack = { .head = { .kind = WIRE_STACK, .tid = TGID },
				    .id = 1,
				    .frames = 1 };
	struct diag why = {};

	assert_int_equal(
		dictionary_take(dictionary, translator, &stack.head, WIRE_STACK_BYTES(1), &why), 0);
}

static void tell(struct dictionary *dictionary, struct translator *translator)
{
	struct diag why = {};

	assert_int_equal(dictionary_tell(dictionary, translator, &why), 0);
}

static void births_come_first_then_mappings_then_stacks(void **state)
{
	static const uint16_t ORDER[] = { EVENT_TASK, EVENT_MAPPING, EVENT_MAPPING, EVENT_STACK };
	owns(dictionary_free) struct dictionary *dictionary = NULL;
	owns(heard_free) struct heard heard = {};
	struct translator translator = make(&heard);

	assert_int_equal(dictionary_new(true, false, &dictionary), 0);
	keep_mapping(dictionary, TGID, 2000);
	keep_mapping(dictionary, TGID, 1500); /* another CPU's */
	take_stack(dictionary, &translator);
	take_task(dictionary, &translator, TGID);
	tell(dictionary, &translator);
	assert_int_equal(heard.kinds.count, array_count(ORDER));
	assert_memory_equal(heard.kinds.items, ORDER, sizeof(ORDER));
	assert_int_equal(heard.start, 2000);  /* the younger one came last */
	assert_int_equal(heard.time_ns, NOW); /* what follows in the stream is older than it */

	tell(dictionary, &translator);
	assert_int_equal(heard.kinds.count, array_count(ORDER));
}

static void what_a_new_program_maps_comes_after_its_name(void **state)
{
	static const uint16_t ORDER[] = { EVENT_TASK, EVENT_MAPPING };
	owns(dictionary_free) struct dictionary *dictionary = NULL;
	owns(heard_free) struct heard heard = {};
	struct translator translator = make(&heard);
	struct wire_task exec = { .head = { .kind = WIRE_EXEC, .tid = TGID },
				  .tgid = TGID,
				  .is_target = 1 };
	struct diag why = {};

	assert_int_equal(dictionary_new(true, false, &dictionary), 0);
	keep_mapping(dictionary, TGID, 2000);
	assert_int_equal(dictionary_take(dictionary, &translator, &exec.head, sizeof(exec), &why),
			 0);
	tell(dictionary, &translator);
	assert_int_equal(heard.kinds.count, array_count(ORDER));
	assert_memory_equal(heard.kinds.items, ORDER, sizeof(ORDER));
}

static void mappings_of_strangers_are_not_told(void **state)
{
	owns(dictionary_free) struct dictionary *dictionary = NULL;
	owns(heard_free) struct heard heard = {};
	struct translator translator = make(&heard);

	assert_int_equal(dictionary_new(true, false, &dictionary), 0);
	take_task(dictionary, &translator, STRANGER);
	keep_mapping(dictionary, STRANGER, 2000);
	keep_mapping(dictionary, UINT32_MAX - 1, 2000);
	tell(dictionary, &translator);
	assert_int_equal(heard.kinds.count, 1);
}

static void what_the_target_itself_maps_is_told_even_before_its_birth_is_read(void **state)
{
	owns(dictionary_free) struct dictionary *dictionary = NULL;
	owns(heard_free) struct heard heard = {};
	struct translator translator = make(&heard);

	assert_int_equal(dictionary_new(true, false, &dictionary), 0);
	assert_int_equal(dictionary_follow(dictionary, TGID), 0);
	keep_mapping(dictionary, TGID, 2000);
	keep_mapping(dictionary, STRANGER, 2000);
	tell(dictionary, &translator);
	assert_int_equal(heard.kinds.count, 1);
	assert_int_equal(heard.tgid, TGID);
}

static void on_the_whole_machine_nobody_is_a_stranger(void **state)
{
	owns(dictionary_free) struct dictionary *dictionary = NULL;
	owns(heard_free) struct heard heard = {};
	struct translator translator = make(&heard);

	assert_int_equal(dictionary_new(true, true, &dictionary), 0);
	keep_mapping(dictionary, STRANGER, 2000);
	tell(dictionary, &translator);
	assert_int_equal(heard.tgid, STRANGER);
}

static void without_mappings_no_stack_waits(void **state)
{
	owns(dictionary_free) struct dictionary *dictionary = NULL;
	owns(heard_free) struct heard heard = {};
	struct translator translator = make(&heard);

	assert_int_equal(dictionary_new(false, false, &dictionary), 0);
	take_stack(dictionary, &translator);
	assert_int_equal(heard.kinds.count, 1);
}

static void a_broken_stack_is_refused_at_once(void **state)
{
	owns(dictionary_free) struct dictionary *dictionary = NULL;
	owns(heard_free) struct heard heard = {};
	struct translator translator = make(&heard);
	struct wire_stack stack = { .head = { .kind = WIRE_STACK }, .frames = 9 };
	struct diag why = {};

	assert_int_equal(dictionary_new(true, false, &dictionary), 0);
	assert_true(dictionary_take(dictionary, &translator, &stack.head, WIRE_STACK_BYTES(8),
				    &why) < 0);
	tell(dictionary, &translator);
	assert_int_equal(heard.kinds.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(births_come_first_then_mappings_then_stacks),
		cmocka_unit_test(what_a_new_program_maps_comes_after_its_name),
		cmocka_unit_test(mappings_of_strangers_are_not_told),
		cmocka_unit_test(what_the_target_itself_maps_is_told_even_before_its_birth_is_read),
		cmocka_unit_test(on_the_whole_machine_nobody_is_a_stranger),
		cmocka_unit_test(without_mappings_no_stack_waits),
		cmocka_unit_test(a_broken_stack_is_refused_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
