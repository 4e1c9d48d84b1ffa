/* How do we say it to people who would rather look? Data goes into the page as JSON and nothing
 * else; what it looks like is the script's, which only ever makes texts of it. */
#include "view/html.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "view/flame.h"
#include "view/json_values.h"
#include "view/report.css.h"
#include "view/report.js.h"
#include "view/stream.h"

enum {
	REAL_DIGITS = 15,
	ROWS_MIN = 16, /* lists are not cut shorter */
};

bool view_html_is_built(void)
{
	return REPORT_JS[0] != '\0';
}

/* --- what may stand in a page --- */

/* What stands for the next byte of JSON, where it cannot stand for itself; else NULL. Lines end at
 * U+2028 and U+2029 for older scripts. */
static const char *reference(const char *json, size_t *ret_bytes)
{
	*ret_bytes = 1;
	switch (*json) {
	case '<':
		return "\\u003c";
	case '>':
		return "\\u003e";
	case '&':
		return "\\u0026";
	case '\xe2':
		if (json[1] != '\x80' || (json[2] != '\xa8' && json[2] != '\xa9'))
			return NULL;
		*ret_bytes = 3;
		return json[2] == '\xa8' ? "\\u2028" : "\\u2029";
	default:
		return NULL;
	}
}

void html_put_json(FILE *out, const char *json)
{
	size_t bytes;

	for (; *json; json += bytes) {
		const char *instead = reference(json, &bytes);

		if (instead)
			(void)fputs(instead, out);
		else
			(void)fputc(*json, out);
	}
}

static size_t bytes_in_page(const char *json)
{
	size_t sum = 0, bytes;

	for (; *json; json += bytes) {
		const char *instead = reference(json, &bytes);

		sum += instead ? strlen(instead) : 1;
	}
	return sum;
}

static char *dump(const json_t *value)
{
	return json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(REAL_DIGITS));
}

/* --- the flame graph --- */

static int draw(const struct profile *profile, const struct flame_options *options, char **ret)
{
	owns(own_free) char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);
	int r;

	if (!out)
		return -ENOMEM;
	r = view_flame(profile, options, out);
	if (fclose(out) != 0 && r == 0)
		r = -ENOMEM;
	if (r == 0)
		*ret = give(text);
	return r;
}

static int draw_as_json(const struct profile *profile, const struct flame_options *options,
			char **ret)
{
	owns(own_free) char *svg = NULL;
	json_t *string;
	int r = draw(profile, options, &svg);

	if (r < 0)
		return r;
	string = json_string(svg);
	*ret = string ? dump(string) : NULL;
	json_decref(string);
	return *ret ? 0 : -ENOMEM;
}

int view_html_flame(const struct profile *profile, bool is_differential, size_t bytes_max,
		    char **ret)
{
	static const double LEAST_PX[] = { 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6 };

	for (size_t i = 0; i < sizeof(LEAST_PX) / sizeof(LEAST_PX[0]); i++) {
		const struct flame_options options = { .is_differential = is_differential,
						       .least_px = LEAST_PX[i] };
		owns(own_free) char *json = NULL;
		int r = draw_as_json(profile, &options, &json);

		if (r < 0)
			return r;
		if (bytes_in_page(json) > bytes_max)
			continue;
		*ret = give(json);
		return 0;
	}
	return -EFBIG;
}

/* --- the report --- */

struct named_value {
	const char *name;
	json_t *value; /* somebody else's */
};

struct named_values {
	ARRAY(struct named_value) items;
};

static void values_free(struct named_values *values)
{
	array_free(&values->items);
}

/* How many were left out of lists of this name is told as their sum. */
static int cut(const struct named_value *list, size_t rows_max, json_t *cuts)
{
	uint64_t left_out = 0;
	int bad = 0;

	while (json_array_size(list->value) > rows_max) {
		bad |= json_array_remove(list->value, json_array_size(list->value) - 1);
		left_out++;
	}
	if (!left_out)
		return bad;
	left_out += (uint64_t)json_integer_value(json_object_get(cuts, list->name));
	return bad | json_object_set_new(cuts, list->name, json_unsigned(left_out));
}

static int add_inner(struct named_values *values, const char *name, json_t *value)
{
	struct named_value *added;

	if (!json_is_object(value) && !json_is_array(value))
		return 0;
	added = array_push(&values->items);
	if (!added)
		return -ENOMEM;
	*added = (struct named_value){ name, value };
	return 0;
}

static int add_all_inner(struct named_values *values, struct named_value of)
{
	const char *key;
	json_t *value;
	size_t i;
	int r = 0;

	if (json_is_array(of.value)) {
		json_array_foreach(of.value, i, value) r =
			r < 0 ? r : add_inner(values, of.name, value);
		return r;
	}
	(void)json_object_del(of.value, "tree");
	json_object_foreach(of.value, key, value) r = r < 0 ? r : add_inner(values, key, value);
	return r;
}

/* Lists begin with what matters most: their ends are left out. */
static int cut_all(json_t *report, size_t rows_max, json_t *cuts)
{
	owns(values_free) struct named_values values = {};
	int r = add_inner(&values, "", report);

	while (r == 0 && values.items.count) {
		struct named_value next = values.items.items[--values.items.count];

		if (json_is_array(next.value) && cut(&next, rows_max, cuts))
			return -ENOMEM;
		r = add_all_inner(&values, next);
	}
	return r;
}

static int dump_report(const struct html_page *page, json_t *cuts, char **ret)
{
	json_t *data = json_object();
	int bad = 0;

	bad |= json_object_set_new(data, "command", json_text(page->command));
	bad |= json_object_set_new(data, "version", json_text(page->version));
	if (page->input)
		bad |= json_object_set_new(data, "input", json_text(page->input));
	bad |= json_object_set(data, "cut", cuts);
	bad |= json_object_set(data, "report", page->report);
	*ret = bad ? NULL : dump(data);
	json_decref(data);
	return *ret ? 0 : -ENOMEM;
}

static int fit(const struct html_page *page, json_t *cuts, char **ret)
{
	for (size_t rows_max = HTML_ROWS_MAX; rows_max >= ROWS_MIN; rows_max /= 2) {
		owns(own_free) char *json = NULL;
		int r = cut_all(page->report, rows_max, cuts);

		if (r == 0)
			r = dump_report(page, cuts, &json);
		if (r < 0)
			return r;
		if (bytes_in_page(json) > HTML_REPORT_BYTES_MAX)
			continue;
		*ret = give(json);
		return 0;
	}
	return -EFBIG;
}

/* --- the page --- */

static void put_data(FILE *out, const char *json)
{
	(void)fputs("<script type=\"application/json\" id=\"data\">", out);
	html_put_json(out, json);
	(void)fputs("</script>\n", out);
}

static void put_flame(FILE *out, size_t number, const struct html_flame *flame)
{
	(void)fprintf(out, "<script type=\"application/json\" id=\"flame%zu\" data-name=\"%s\">",
		      number, flame->name);
	html_put_json(out, flame->json);
	(void)fputs("</script>\n", out);
}

static void put_page(const struct html_page *page, const char *report, FILE *out)
{
	(void)fputs(HTML_FIRST_BYTES
		    "<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
		    "<meta name=\"color-scheme\" content=\"light dark\">\n"
		    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		    "script-src 'unsafe-inline'; style-src 'unsafe-inline'\">\n"
		    "<title>slowpath</title>\n<style>\n",
		    out);
	(void)fputs(REPORT_CSS, out);
	(void)fputs("</style>\n</head>\n<body>\n<div id=\"page\"><noscript>This report is drawn by "
		    "its script: open it in a browser that runs scripts.</noscript></div>\n",
		    out);
	put_data(out, report);
	for (size_t i = 0; i < page->flame_count; i++)
		put_flame(out, i, &page->flames[i]);
	(void)fputs("<script>\n", out);
	(void)fputs(REPORT_JS, out);
	(void)fputs("</script>\n</body>\n</html>\n", out);
}

int view_html(const struct html_page *page, FILE *out)
{
	owns(own_free) char *report = NULL;
	json_t *cuts = json_object();
	int r = cuts ? fit(page, cuts, &report) : -ENOMEM;

	json_decref(cuts);
	if (r < 0)
		return r;
	put_page(page, report, out);
	return stream_flush(out);
}
