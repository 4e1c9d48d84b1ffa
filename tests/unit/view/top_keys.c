/* Does each key of the live screen do what the help says, wherever it is pressed? */
#include <string.h>

#include "harness/test.h"
#include "unit/view/sample_top.h"

enum {
	LINES = 24,
	CTRL_C = 3,
	CTRL_L = 12,
	CTRL_Z = 26,
};

static enum top_action press(struct top_state *state, struct sample_top *sample, int key)
{
	enum top_action action = top_key_take(state, &sample->model, key, LINES);

	if (action == TOP_ACTION_REORDER) {
		sample->rows.tids.count = 0;
		sample_top_choose(sample, state);
		top_state_follow(state, &sample->model);
	}
	return action;
}

static void type(struct top_state *state, struct sample_top *sample, const char *keys)
{
	for (; *keys; keys++)
		(void)press(state, sample, (unsigned char)*keys);
}

static void keys_that_end_suspend_and_redraw_do_so_on_each_page(void **state)
{
	struct sample_top sample;

	sample_top_make(&sample);
	for (int page = TOP_PAGE_THREADS; page <= TOP_PAGE_HELP; page++) {
		struct top_state any = { .page = (enum top_page)page };

		assert_int_equal(press(&any, &sample, 'q'), TOP_ACTION_QUIT);
		assert_int_equal(press(&any, &sample, CTRL_C), TOP_ACTION_QUIT);
		assert_int_equal(press(&any, &sample, CTRL_Z), TOP_ACTION_SUSPEND);
		assert_int_equal(press(&any, &sample, CTRL_L), TOP_ACTION_REDRAW);
		assert_int_equal(press(&any, &sample, 'f'), TOP_ACTION_FREEZE);
		assert_int_equal(press(&any, &sample, TOP_KEY_OTHER), TOP_ACTION_NONE);
		assert_int_equal(press(&any, &sample, TOP_KEY_NONE), TOP_ACTION_NONE);
		assert_int_equal(any.page, page);
	}
	sample_top_free(&sample);
}

static void the_first_row_is_selected_until_another_one_is_chosen(void **state)
{
	struct top_state chosen = {};
	struct sample_top sample;

	sample_top_make(&sample);
	top_state_follow(&chosen, &sample.model);
	assert_int_equal(chosen.tid, 4242);
	(void)press(&chosen, &sample, TOP_KEY_DOWN);
	assert_int_equal(chosen.tid, 4243);
	(void)press(&chosen, &sample, 'j');
	assert_int_equal(chosen.tid, 77);
	(void)press(&chosen, &sample, 'k');
	assert_int_equal(chosen.tid, 4243);
	(void)press(&chosen, &sample, TOP_KEY_END);
	assert_int_equal(chosen.tid, 4999);
	(void)press(&chosen, &sample, TOP_KEY_PAGE_DOWN);
	assert_int_equal(chosen.tid, 4999);
	(void)press(&chosen, &sample, TOP_KEY_PAGE_UP);
	(void)press(&chosen, &sample, TOP_KEY_UP);
	assert_int_equal(chosen.tid, 4242);
	sample_top_free(&sample);
}

static void a_chosen_row_stays_selected_wherever_it_moves(void **state)
{
	struct top_state chosen = {};
	struct sample_top sample;

	sample_top_make(&sample);
	(void)press(&chosen, &sample, TOP_KEY_DOWN);
	assert_int_equal(chosen.place, 1);
	(void)press(&chosen, &sample, 't');
	assert_int_equal(chosen.order, TOP_BY_TID);
	assert_int_equal(chosen.tid, 4243);
	assert_int_equal(chosen.place, 3);
	/* When it is not there any more the place is what is left. */
	type(&chosen, &sample, "/rcu\n");
	assert_int_equal(chosen.tid, 9);
	assert_int_equal(chosen.place, 0);
	sample_top_free(&sample);
}

static void enter_opens_the_selected_thread_and_escape_leaves_it(void **state)
{
	struct top_state opened = {};
	struct sample_top sample;

	sample_top_make(&sample);
	(void)press(&opened, &sample, TOP_KEY_DOWN);
	assert_int_equal(press(&opened, &sample, '\r'), TOP_ACTION_DETAIL);
	assert_int_equal(opened.page, TOP_PAGE_DETAIL);
	assert_int_equal(opened.tid, 4243);
	(void)press(&opened, &sample, TOP_KEY_DOWN);
	assert_int_equal(opened.scroll, 1);
	assert_int_equal(opened.tid, 4243);
	/* It stays that thread's while its row is not shown. */
	sample.rows.places.count = 1;
	top_state_follow(&opened, &sample.model);
	assert_int_equal(opened.tid, 4243);
	(void)press(&opened, &sample, '?');
	assert_int_equal(opened.page, TOP_PAGE_HELP);
	assert_int_equal(press(&opened, &sample, TOP_KEY_ESCAPE), TOP_ACTION_DETAIL);
	assert_int_equal(opened.page, TOP_PAGE_DETAIL);
	(void)press(&opened, &sample, TOP_KEY_ESCAPE);
	assert_int_equal(opened.page, TOP_PAGE_THREADS);
	assert_int_equal(opened.scroll, 0);
	sample_top_free(&sample);
}

static void enter_opens_nothing_where_there_is_no_row(void **state)
{
	struct sample_top sample;
	struct top_state empty = {};

	sample_top_make(&sample);
	type(&empty, &sample, "/nobody\n");
	assert_int_equal(press(&empty, &sample, TOP_KEY_ENTER), TOP_ACTION_NONE);
	assert_int_equal(empty.page, TOP_PAGE_THREADS);
	sample.model.report = NULL;
	assert_int_equal(press(&empty, &sample, TOP_KEY_ENTER), TOP_ACTION_NONE);
	assert_int_equal(press(&empty, &sample, TOP_KEY_DOWN), TOP_ACTION_NONE);
	sample_top_free(&sample);
}

static void tab_goes_to_the_culprits_and_back(void **state)
{
	struct top_state tabbed = {};
	struct sample_top sample;

	sample_top_make(&sample);
	(void)press(&tabbed, &sample, '\t');
	assert_int_equal(tabbed.page, TOP_PAGE_CULPRITS);
	(void)press(&tabbed, &sample, 'h');
	assert_int_equal(tabbed.page, TOP_PAGE_HELP);
	(void)press(&tabbed, &sample, 'h');
	assert_int_equal(tabbed.page, TOP_PAGE_CULPRITS);
	(void)press(&tabbed, &sample, '\t');
	assert_int_equal(tabbed.page, TOP_PAGE_THREADS);
	sample_top_free(&sample);
}

static void each_order_has_its_key_and_s_takes_the_next(void **state)
{
	struct top_state ordered = {};
	struct sample_top sample;

	sample_top_make(&sample);
	for (enum top_order order = 0; order < TOP_ORDERS; order++) {
		assert_int_equal(ordered.order, order);
		assert_int_equal(press(&ordered, &sample, 's'), TOP_ACTION_REORDER);
	}
	assert_int_equal(ordered.order, TOP_BY_LOST);
	for (enum top_order order = 0; order < TOP_ORDERS; order++) {
		assert_int_equal(press(&ordered, &sample, top_order_key(order)),
				 TOP_ACTION_REORDER);
		assert_int_equal(ordered.order, order);
	}
	sample_top_free(&sample);
}

static void a_filter_is_typed_kept_and_undone(void **state)
{
	struct top_state typed = {};
	struct sample_top sample;

	sample_top_make(&sample);
	type(&typed, &sample, "/qf");
	assert_true(typed.is_typing);
	(void)press(&typed, &sample, TOP_KEY_BACKSPACE);
	(void)press(&typed, &sample, TOP_KEY_BACKSPACE);
	type(&typed, &sample, "jbd2");
	assert_string_equal(typed.filter, "jbd2");
	assert_int_equal(sample.rows.places.count, 2);
	(void)press(&typed, &sample, '\n');
	assert_false(typed.is_typing);
	type(&typed, &sample, "/x");
	assert_string_equal(typed.filter, "jbd2x");
	assert_int_equal(sample.rows.places.count, 0);
	(void)press(&typed, &sample, TOP_KEY_ESCAPE);
	assert_string_equal(typed.filter, "jbd2");
	assert_int_equal(sample.rows.places.count, 2);
	/* And then escape takes it away. */
	(void)press(&typed, &sample, TOP_KEY_ESCAPE);
	assert_string_equal(typed.filter, "");
	assert_int_equal(sample.rows.places.count, 5);
	sample_top_free(&sample);
}

static void while_a_filter_is_typed_letters_are_letters(void **state)
{
	struct top_state typed = {};
	struct sample_top sample;

	sample_top_make(&sample);
	type(&typed, &sample, "/qpfi?s /jk\t");
	assert_string_equal(typed.filter, "qpfi?s /jk");
	assert_int_equal(typed.page, TOP_PAGE_THREADS);
	assert_false(typed.is_paused || typed.with_idle);
	assert_int_equal(press(&typed, &sample, CTRL_C), TOP_ACTION_QUIT);
	assert_int_equal(press(&typed, &sample, CTRL_Z), TOP_ACTION_SUSPEND);
	sample_top_free(&sample);
}

static void a_filter_does_not_outgrow_its_room_and_loses_whole_characters(void **state)
{
	struct top_state typed = {};
	struct sample_top sample;

	sample_top_make(&sample);
	type(&typed, &sample, "/");
	for (int i = 0; i < 1000; i++)
		(void)press(&typed, &sample, 'x');
	assert_int_equal(strlen(typed.filter), TOP_FILTER_BYTES - 1);
	for (int i = 0; i < 1000; i++)
		(void)press(&typed, &sample, 127);
	assert_string_equal(typed.filter, "");
	type(&typed, &sample, "a\xc3\xa4");
	(void)press(&typed, &sample, 127);
	assert_string_equal(typed.filter, "a");
	sample_top_free(&sample);
}

static void pause_and_idle_are_turned_on_and_off(void **state)
{
	struct top_state turned = {};
	struct sample_top sample;

	sample_top_make(&sample);
	(void)press(&turned, &sample, 'p');
	assert_true(turned.is_paused);
	(void)press(&turned, &sample, ' ');
	assert_false(turned.is_paused);
	assert_int_equal(press(&turned, &sample, 'i'), TOP_ACTION_REORDER);
	assert_int_equal(sample.rows.places.count, 6);
	assert_int_equal(press(&turned, &sample, 'i'), TOP_ACTION_REORDER);
	assert_int_equal(sample.rows.places.count, 5);
	sample_top_free(&sample);
}

static void a_message_is_told_until_the_next_key(void **state)
{
	struct top_state told = { .message = "kept" };
	struct sample_top sample;

	sample_top_make(&sample);
	(void)press(&told, &sample, TOP_KEY_NONE);
	assert_string_equal(told.message, "kept");
	(void)press(&told, &sample, TOP_KEY_DOWN);
	assert_string_equal(told.message, "");
	sample_top_free(&sample);
}

/* Keys at random: whatever they are, what they lead to is one of the pages, with a row that is
 * there. */
static void no_sequence_of_keys_leads_astray(void **state)
{
	struct top_state any = {};
	struct sample_top sample;
	uint32_t seed = 1;

	sample_top_make(&sample);
	for (int i = 0; i < 20000; i++) {
		seed = seed * 1664525 + 1013904223;
		(void)press(&any, &sample, (int)(seed >> 16) % (TOP_KEY_OTHER + 1));
		assert_true(any.page <= TOP_PAGE_HELP && any.order < TOP_ORDERS);
		assert_true(any.place < sample.rows.places.count || !any.place ||
			    any.page != TOP_PAGE_THREADS);
		assert_non_null(memchr(any.filter, '\0', sizeof(any.filter)));
	}
	sample_top_free(&sample);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_that_end_suspend_and_redraw_do_so_on_each_page),
		cmocka_unit_test(the_first_row_is_selected_until_another_one_is_chosen),
		cmocka_unit_test(a_chosen_row_stays_selected_wherever_it_moves),
		cmocka_unit_test(enter_opens_the_selected_thread_and_escape_leaves_it),
		cmocka_unit_test(enter_opens_nothing_where_there_is_no_row),
		cmocka_unit_test(tab_goes_to_the_culprits_and_back),
		cmocka_unit_test(each_order_has_its_key_and_s_takes_the_next),
		cmocka_unit_test(a_filter_is_typed_kept_and_undone),
		cmocka_unit_test(while_a_filter_is_typed_letters_are_letters),
		cmocka_unit_test(a_filter_does_not_outgrow_its_room_and_loses_whole_characters),
		cmocka_unit_test(pause_and_idle_are_turned_on_and_off),
		cmocka_unit_test(a_message_is_told_until_the_next_key),
		cmocka_unit_test(no_sequence_of_keys_leads_astray),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
