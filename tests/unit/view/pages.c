/* Does a report for people look as it was accepted, and does it fit in every width? */
#include "unit/view/pages.h"

#include <errno.h>

#include "base/array.h"
#include "harness/golden.h"
#include "harness/printed.h"

char *page_text(page_view *view, const void *report, struct view_style style)
{
	struct printed printed = {};

	printed_begin(&printed);
	assert_int_equal(view(report, &style, printed.out), 0);
	return printed_end(&printed);
}

void page_looks_as(const char *name, page_view *view, const void *report, struct view_style style)
{
	owns(own_free) char *text = page_text(view, report, style);

	assert_harmless(text);
	assert_columns(text, style.columns, style.utf8);
	golden_assert(name, text);
}

void pages_look_as(const char *name, page_view *view, const void *report)
{
	static const struct {
		const char *ending;
		struct view_style style;
	} rows[] = {
		{ "80", { .columns = 80, .utf8 = true } },
		{ "80-ascii", { .columns = 80 } },
		{ "120", { .columns = 120, .utf8 = true } },
		{ "200", { .columns = 200, .utf8 = true } },
	};

	for (size_t i = 0; i < array_count(rows); i++) {
		char whole[64];

		assert_true(snprintf(whole, sizeof(whole), "%s-%s", name, rows[i].ending) <
			    (int)sizeof(whole));
		page_looks_as(whole, view, report, rows[i].style);
	}
}

static void assert_fits(page_view *view, const void *report, struct view_style style)
{
	owns(own_free) char *text = page_text(view, report, style);

	assert_columns(text, style.columns, style.utf8);
}

void page_fits_every_width(page_view *view, const void *report)
{
	for (unsigned int columns = VIEW_COLUMNS_MIN; columns <= VIEW_COLUMNS_MAX; columns++) {
		assert_fits(view, report, (struct view_style){ .columns = columns });
		assert_fits(view, report, (struct view_style){ .columns = columns, .utf8 = true });
	}
}

void page_fails_when_full(page_view *view, const void *report)
{
	FILE *full = printed_nowhere();

	assert_int_equal(view(report, &(struct view_style){ .columns = 80 }, full), -ENOSPC);
	(void)fclose(full);
}
