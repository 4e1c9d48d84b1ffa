/* Does the live screen look as it was accepted, whatever its size, and say what must not be
 * overlooked? */
#include "view/top_screen.h"

#include <string.h>

#include "base/array.h"
#include "harness/golden.h"
#include "harness/printed.h"
#include "unit/view/sample_top.h"

/* It as text, the caller's. */
static char *text_of(struct sample_top *sample, struct top_state *state, struct screen_style style)
{
	owns(screen_free) struct screen screen = {};
	struct printed printed = {};

	sample_top_choose(sample, state);
	assert_int_equal(top_screen_make(state, &sample->model, &style, &screen), 0);
	assert_true(screen.lines.count <= style.lines || !style.lines);
	printed_begin(&printed);
	assert_int_equal(screen_print(&screen, printed.out), 0);
	return printed_end(&printed);
}

static void looks_as(const char *name, struct top_state state, struct screen_style style)
{
	owns(own_free) char *text = NULL;
	struct sample_top sample;

	sample_top_make(&sample);
	text = text_of(&sample, &state, style);
	assert_harmless(text);
	assert_columns(text, style.columns, style.utf8);
	golden_assert(name, text);
	sample_top_free(&sample);
}

static void each_page_looks_as_it_was_accepted(void **state)
{
	static const char *const NAMES[] = {
		[TOP_PAGE_THREADS] = "top-threads",
		[TOP_PAGE_CULPRITS] = "top-culprits",
		[TOP_PAGE_DETAIL] = "top-detail",
		[TOP_PAGE_HELP] = "top-help",
	};
	static const struct {
		const char *ending;
		struct screen_style style;
	} SIZES[] = {
		{ "120x40", { .columns = 120, .lines = 40, .utf8 = true } },
		{ "80x24", { .columns = 80, .lines = 24, .utf8 = true } },
		{ "40x10-ascii", { .columns = 40, .lines = 10 } },
	};
	char name[64];

	for (size_t page = 0; page < array_count(NAMES); page++) {
		for (size_t i = 0; i < array_count(SIZES); i++) {
			struct top_state begin = { .page = (enum top_page)page };

			(void)snprintf(name, sizeof(name), "%s-%s", NAMES[page], SIZES[i].ending);
			looks_as(name, begin, SIZES[i].style);
		}
	}
}

static void on_paper_nothing_is_selected_and_no_key_is_told(void **state)
{
	const struct screen_style style = {
		.columns = 100, .lines = SCREEN_SIDE_MAX, .utf8 = true, .is_paper = true
	};

	looks_as("top-paper-100", (struct top_state){}, style);
}

static void every_page_fits_into_every_size(void **state)
{
	struct sample_top sample;

	sample_top_make(&sample);
	for (unsigned int lines = 0; lines <= 30; lines++) {
		for (unsigned int columns = 0; columns <= 130; columns += lines == 10 ? 1 : 13) {
			for (int page = TOP_PAGE_THREADS; page <= TOP_PAGE_HELP; page++) {
				struct top_state any = { .page = (enum top_page)page,
							 .scroll = 1000 };
				owns(own_free) char *text =
					text_of(&sample, &any,
						(struct screen_style){ .columns = columns,
								       .lines = lines,
								       .utf8 = columns % 2 });

				assert_harmless(text);
				assert_columns(text, columns, columns % 2);
			}
		}
	}
	sample_top_free(&sample);
}

static void assert_told(struct top_state state, struct sample_top *sample, const char *words)
{
	owns(own_free) char *text =
		text_of(sample, &state, (struct screen_style){ .columns = 170, .lines = 24 });

	if (!strstr(text, words))
		fail_msg("'%s' is not told:\n%s", words, text);
}

static void what_must_not_be_overlooked_is_told(void **state)
{
	struct sample_top sample;

	sample_top_make(&sample);
	sample.model.paused_s = 3;
	assert_told((struct top_state){}, &sample, "12 events LOST");
	assert_told((struct top_state){ .is_paused = true }, &sample, "PAUSED for 3.00 s");
	sample.report->refused = 5;
	assert_told((struct top_state){}, &sample, "5 amounts left out");
	sample.model.renewals = 2;
	assert_told((struct top_state){}, &sample, "begun anew 2 times");
	assert_told((struct top_state){ .filter = "nobody" }, &sample, "no thread matches");
	assert_told((struct top_state){ .filter = "nobody" }, &sample, "[filter: nobody]");
	assert_told((struct top_state){ .filter = "no\033", .is_typing = true }, &sample,
		    "Filter: no\\x1b_");
	assert_told((struct top_state){ .message = "it failed" }, &sample, "it failed");
	assert_told((struct top_state){ .order = TOP_BY_CPU }, &sample, "[by cpu]");
	sample.model.detail = NULL;
	assert_told((struct top_state){ .page = TOP_PAGE_DETAIL, .tid = 31 }, &sample,
		    "thread 31 is not there any more");
	sample.model.report = NULL;
	assert_told((struct top_state){}, &sample, "the first numbers come in a moment");
	sample_top_free(&sample);
}

/* Of what the kernel does not count no number is told. */
static void what_is_not_known_is_told_as_unknown(void **state)
{
	struct sample_top sample;

	sample_top_make(&sample);
	assert_told((struct top_state){}, &sample, "stolen unknown");
	assert_told((struct top_state){}, &sample, "memory 0 % (all unknown)");
	sample_top_free(&sample);
}

static void the_selected_row_is_always_seen(void **state)
{
	struct sample_top sample;

	sample_top_make(&sample);
	for (unsigned int lines = 4; lines < 16; lines++) {
		for (size_t place = 0; place < 5; place++) {
			struct top_state chosen = { .place = place, .has_chosen = true };
			owns(own_free) char *text =
				text_of(&sample, &chosen,
					(struct screen_style){ .columns = 80, .lines = lines });

			assert_non_null(strstr(text, "\n>"));
		}
	}
	sample_top_free(&sample);
}

static void a_page_is_not_scrolled_beyond_its_end(void **state)
{
	struct sample_top sample;
	struct top_state far = { .page = TOP_PAGE_DETAIL, .scroll = 100000 };
	owns(own_free) char *text = NULL;

	sample_top_make(&sample);
	text = text_of(&sample, &far, (struct screen_style){ .columns = 80, .lines = 12 });
	assert_true(far.scroll < 100);
	assert_non_null(strstr(text, "vda: busy"));
	sample_top_free(&sample);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_page_looks_as_it_was_accepted),
		cmocka_unit_test(on_paper_nothing_is_selected_and_no_key_is_told),
		cmocka_unit_test(every_page_fits_into_every_size),
		cmocka_unit_test(what_must_not_be_overlooked_is_told),
		cmocka_unit_test(what_is_not_known_is_told_as_unknown),
		cmocka_unit_test(the_selected_row_is_always_seen),
		cmocka_unit_test(a_page_is_not_scrolled_beyond_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
