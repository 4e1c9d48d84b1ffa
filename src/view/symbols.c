/* How do we say what can be named? A line for what is, then what to do about it, ready to be
 * copied.
 */
#include "view/symbols.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "base/escape.h"
#include "view/page.h"

enum {
	ITEM_INDENT = 3,
	COMMAND_INDENT = 7,
};

static int flush(FILE *out)
{
	errno = 0;
	if (fflush(out) != 0 || ferror(out))
		return errno ? -errno : -EIO;
	return 0;
}

static void print_summary(const struct symbols_report *report, struct page *page)
{
	page_paint(page, PAINT_STRONG);
	page_line(page, 0, report->summary);
	page_paint(page, PAINT_PLAIN);
}

/* "/lib/modules/…/zfs.ko.zst (DKMS zfs 2.1.11, zstd)" */
static void print_file(const struct symbols_item *item, struct page *page)
{
	if (!item->path[0])
		return;
	page_begin(page, ITEM_INDENT, ITEM_INDENT + 2);
	page_atom(page, item->path);
	if (item->origin[0] && item->packing[0])
		page_format(page, "(%s, %s)", item->origin, item->packing);
	else if (item->origin[0] || item->packing[0])
		page_format(page, "(%s%s)", item->origin, item->packing);
	page_end(page);
}

static void print_sources(const struct symbols_item *item, struct page *page)
{
	if (!item->names_from[0])
		return;
	bool is_same = strcmp(item->names_from, item->lines_from) == 0;

	page_begin(page, ITEM_INDENT, ITEM_INDENT + 2);
	page_words(page, is_same ? "names and lines from" : "names from");
	page_atom(page, item->names_from);
	if (item->lines_from[0] && !is_same) {
		page_words(page, "and lines from");
		page_atom(page, item->lines_from);
	}
	page_end(page);
}

static void print_item(const struct symbols_item *item, struct page *page)
{
	page_begin(page, 0, ITEM_INDENT);
	page_format(page, "%s:", item->name);
	if (item->state > SYMBOLS_NAMES)
		page_paint(page, PAINT_WARNING);
	page_words(page, symbols_state_words(item->state));
	page_paint(page, PAINT_PLAIN);
	page_end(page);
	print_file(item, page);
	print_sources(item, page);
	if (item->build_id[0]) {
		page_begin(page, ITEM_INDENT, ITEM_INDENT + 2);
		page_format(page, "build-id %s", item->build_id);
		page_end(page);
	}
	if (item->note[0])
		page_line(page, ITEM_INDENT, item->note);
}

/* A command is one line, however long: what is copied must run. */
static void print_command(const char *words, struct page *page)
{
	owns(own_free) char *escaped = escape_copy(words, page->utf8);

	(void)fprintf(page->out, "%*s%s\n", COMMAND_INDENT, "",
		      escaped ? escaped : "out of memory");
}

static void print_fix(const struct symbols_fix *fix, size_t number, struct page *page)
{
	page_end(page);
	page_paint(page, PAINT_STRONG);
	page_begin(page, 0, ITEM_INDENT);
	page_format(page, "%zu.", number);
	page_words(page, fix->title);
	page_end(page);
	page_paint(page, PAINT_PLAIN);
	for (size_t i = 0; i < fix->steps.count; i++) {
		const struct symbols_step *step = &fix->steps.items[i];

		if (step->is_verbatim)
			print_command(step->words, page);
		else
			page_line(page, ITEM_INDENT, step->words);
	}
}

int view_symbols_text(const struct symbols_report *report, const struct view_style *style,
		      FILE *out)
{
	struct page page = view_page(style, out);

	print_summary(report, &page);
	if (report->lists_items && report->items.count)
		page_end(&page);
	for (size_t i = 0; report->lists_items && i < report->items.count; i++)
		print_item(&report->items.items[i], &page);
	for (size_t i = 0; i < report->fixes.count; i++)
		print_fix(&report->fixes.items[i], i + 1, &page);
	if (report->notes.count)
		page_end(&page);
	for (size_t i = 0; i < report->notes.count; i++) {
		page_begin(&page, 0, 2);
		page_words(&page, "•");
		page_words(&page, report->notes.items[i].words);
		page_end(&page);
	}
	return flush(out);
}

static void drop(json_t **value)
{
	json_decref(*value);
	*value = NULL;
}

/* Bytes that JSON cannot hold, or that a terminal would obey, are escaped; null for "". */
static json_t *string(const char *text)
{
	owns(own_free) char *escaped = escape_copy(text, true);

	if (!text[0])
		return json_null();
	return escaped ? json_string(escaped) : NULL;
}

static json_t *finished(json_t *value, int bad)
{
	if (!bad)
		return value;
	json_decref(value);
	return NULL;
}

static json_t *item_object(const struct symbols_item *item)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "kind", string(symbols_kind_name(item->kind)));
	bad |= json_object_set_new(object, "name", string(item->name));
	bad |= json_object_set_new(object, "state", string(symbols_state_id(item->state)));
	bad |= json_object_set_new(object, "path", string(item->path));
	bad |= json_object_set_new(object, "names_from", string(item->names_from));
	bad |= json_object_set_new(object, "lines_from", string(item->lines_from));
	bad |= json_object_set_new(object, "build_id", string(item->build_id));
	bad |= json_object_set_new(object, "packing", string(item->packing));
	bad |= json_object_set_new(object, "origin", string(item->origin));
	bad |= json_object_set_new(object, "note", string(item->note));
	return finished(object, bad);
}

static json_t *fix_object(const struct symbols_fix *fix)
{
	json_t *object = json_object();
	json_t *steps = json_array();
	int bad = 0;

	for (size_t i = 0; i < fix->steps.count; i++) {
		json_t *step = json_object();

		bad |= json_object_set_new(step, "text", string(fix->steps.items[i].words));
		bad |= json_object_set_new(step, "is_verbatim",
					   json_boolean(fix->steps.items[i].is_verbatim));
		bad |= json_array_append_new(steps, step);
	}
	bad |= json_object_set_new(object, "title", string(fix->title));
	bad |= json_object_set_new(object, "steps", steps);
	return finished(object, bad);
}

static json_t *report_object(const struct symbols_report *report)
{
	json_t *object = json_object();
	json_t *items = json_array(), *fixes = json_array(), *notes = json_array();
	int bad = 0;

	for (size_t i = 0; i < report->items.count; i++)
		bad |= json_array_append_new(items, item_object(&report->items.items[i]));
	for (size_t i = 0; i < report->fixes.count; i++)
		bad |= json_array_append_new(fixes, fix_object(&report->fixes.items[i]));
	for (size_t i = 0; i < report->notes.count; i++)
		bad |= json_array_append_new(notes, string(report->notes.items[i].words));
	bad |= json_object_set_new(object, "schema", string("slowpath.symbols/1"));
	bad |= json_object_set_new(object, "summary", string(report->summary));
	bad |= json_object_set_new(object, "items", items);
	bad |= json_object_set_new(object, "fixes", fixes);
	bad |= json_object_set_new(object, "notes", notes);
	return finished(object, bad);
}

int view_symbols_json(const struct symbols_report *report, FILE *out)
{
	owns(drop) json_t *object = report_object(report);
	owns(own_free) char *text = NULL;

	if (object)
		text = json_dumps(object, JSON_INDENT(2));
	if (!text)
		return -ENOMEM;
	(void)fputs(text, out);
	(void)fputs("\n", out);
	return flush(out);
}
