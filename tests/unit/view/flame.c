/* Is the picture sound XML, whatever the names hold, and does it say what the profile says? */
#include "view/flame.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "harness/test.h"
#include "unit/view/flames.h"

static const char *const SAMPLES[] = { "on-cpu", "differential", "wall", "hostile",
				       "empty",  "deep",         "wide" };

static char *write_flame(const struct profile *profile, const struct flame_options *options)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	assert_int_equal(view_flame(profile, options, out), 0);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(strlen(text), bytes);
	return text;
}

static char *write_sample(const char *name, struct flame_options options)
{
	owns(flames_free) struct profile *profile = flames_sample(name, &options);

	assert_non_null(profile);
	return write_flame(profile, &options);
}

static char *write_steps(const struct flame_step *steps, size_t count,
			 const struct flame_options *options)
{
	owns(flames_free) struct profile *profile = flames_build(steps, count);

	return write_flame(profile, options);
}

static size_t count_of(const char *text, const char *part)
{
	size_t count = 0;

	for (text = strstr(text, part); text; text = strstr(text + 1, part))
		count++;
	return count;
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("it lacks: %s", part);
}

/* Of XML as much as these files use; anything else is a fault. */
struct reader {
	const char *at;
	const char *open[16]; /* names of the elements that we are in */
	size_t depth;
};

static bool take(struct reader *reader, const char *word)
{
	if (strncmp(reader->at, word, strlen(word)) != 0)
		return false;
	reader->at += strlen(word);
	return true;
}

static void skip_past(struct reader *reader, const char *word)
{
	const char *end = strstr(reader->at, word);

	if (!end)
		fail_msg("no %s after: %.60s", word, reader->at);
	reader->at = end + strlen(word);
}

/* Characters up to one of `ends`; references are the only use of '&'. */
static void read_characters(struct reader *reader, const char *ends)
{
	static const char *const REFERENCES[] = { "&amp;", "&lt;", "&gt;", "&quot;", "&#39;" };

	while (*reader->at && !strchr(ends, *reader->at)) {
		size_t i = 0;

		assert_true((unsigned char)*reader->at >= ' ' || *reader->at == '\n');
		assert_true(*reader->at != '<' && *reader->at != '\x7f');
		assert_true(strncmp(reader->at, "]]>", 3) != 0);
		if (*reader->at != '&') {
			reader->at++;
			continue;
		}
		while (i < array_count(REFERENCES) && !take(reader, REFERENCES[i]))
			i++;
		if (i == array_count(REFERENCES))
			fail_msg("no reference: %.20s", reader->at);
	}
}

static size_t name_length(const char *at)
{
	size_t length = 0;

	while (isalnum((unsigned char)at[length]) || at[length] == '-')
		length++;
	if (!length)
		fail_msg("no name: %.40s", at);
	return length;
}

static void read_attributes(struct reader *reader)
{
	while (take(reader, " ")) {
		reader->at += name_length(reader->at);
		assert_true(take(reader, "=\""));
		read_characters(reader, "\"");
		assert_true(take(reader, "\""));
	}
}

static void read_tag(struct reader *reader)
{
	size_t length;

	if (take(reader, "/")) {
		assert_true(reader->depth > 0);
		length = name_length(reader->at);
		assert_memory_equal(reader->open[--reader->depth], reader->at, length);
		assert_int_equal(name_length(reader->open[reader->depth]), length);
		reader->at += length;
		assert_true(take(reader, ">"));
		return;
	}

	assert_true(reader->depth < array_count(reader->open));
	reader->open[reader->depth] = reader->at;
	reader->at += name_length(reader->at);
	read_attributes(reader);
	if (take(reader, "/>"))
		return;
	assert_true(take(reader, ">"));
	reader->depth++;
}

static void assert_well_formed(const char *text)
{
	struct reader reader = { .at = text };
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	locale_t old = uselocale(utf8);

	assert_true(mbstowcs(NULL, text, 0) != (size_t)-1);
	uselocale(old);
	freelocale(utf8);

	assert_true(take(&reader, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"));
	while (*reader.at) {
		if (take(&reader, "<![CDATA["))
			skip_past(&reader, "]]>");
		else if (take(&reader, "<!--"))
			skip_past(&reader, "-->");
		else if (take(&reader, "<"))
			read_tag(&reader);
		else
			read_characters(&reader, "<");
	}
	assert_int_equal(reader.depth, 0);
}

static void every_graph_is_well_formed(void **state)
{
	for (size_t i = 0; i < array_count(SAMPLES); i++) {
		owns(own_free) char *flames = write_sample(SAMPLES[i], (struct flame_options){});
		owns(own_free) char *icicle =
			write_sample(SAMPLES[i], (struct flame_options){ .is_icicle = true });

		assert_well_formed(flames);
		assert_well_formed(icicle);
	}
}

static void any_bytes_of_a_name_make_sound_xml(void **state)
{
	for (unsigned int first = 1; first < 256; first++) {
		const char name[] = { (char)first, (char)(256 - first), '<', '\x80', '\0' };
		const struct flame_step steps[] = {
			{ 1, FRAME_USER, name, name, 1000, 0 },
			{ 2, FRAME_USER, "", name, 1000, 0 },
		};
		const struct flame_options options = { .title = name };
		owns(own_free) char *text = write_steps(steps, array_count(steps), &options);

		assert_well_formed(text);
	}
}

static void a_name_is_never_markup(void **state)
{
	owns(own_free) char *text = write_sample("hostile", (struct flame_options){});

	assert_int_equal(count_of(text, "<script"), 1);
	assert_int_equal(count_of(text, "</script"), 1);
	assert_int_equal(count_of(text, "<svg"), 1);
	assert_int_equal(count_of(text, "]]>"), 2); /* the style's end and the script's */
	assert_int_equal(count_of(text, "<![CDATA["), 2);
	assert_int_equal(count_of(text, "<!--"), 1);
	assert_null(strstr(text, "onload=\""));
	assert_null(strstr(text, "onclick='"));
	assert_null(strstr(text, "\033"));
	assert_has(text, "&lt;script&gt;alert(1)&lt;/script&gt;");
	assert_has(text, "n=\"\\x1b]0;owned\\x07\\x1b[2J\\x01\\x7f\" m=\"\\xff\\xfe\\x80\"");
}

static void nothing_is_fetched_from_elsewhere(void **state)
{
	for (size_t i = 0; i < array_count(SAMPLES); i++) {
		owns(own_free) char *text = write_sample(SAMPLES[i], (struct flame_options){});

		assert_int_equal(count_of(text, "://"), count_of(text, "http://www.w3.org/"));
		assert_int_equal(count_of(text, "href"), 0);
		assert_int_equal(count_of(text, "url("), count_of(text, "url(#"));
		assert_int_equal(count_of(text, "@import"), 0);
	}
}

static void the_same_profile_gives_the_same_bytes(void **state)
{
	for (size_t i = 0; i < array_count(SAMPLES); i++) {
		owns(own_free) char *first = write_sample(SAMPLES[i], (struct flame_options){});
		owns(own_free) char *second = write_sample(SAMPLES[i], (struct flame_options){});

		assert_string_equal(first, second);
	}
}

static void an_earlier_graph_is_known_by_its_ends(void **state)
{
	owns(own_free) char *text = write_sample("on-cpu", (struct flame_options){});

	assert_memory_equal(text, FLAME_FIRST_BYTES, strlen(FLAME_FIRST_BYTES));
	assert_string_equal(text + strlen(text) - 7, "</svg>\n");
}

static void an_empty_profile_says_so(void **state)
{
	owns(own_free) char *text = write_sample("empty", (struct flame_options){});

	assert_has(text, "There is nothing to draw: the profile has no samples.");
	assert_null(strstr(text, "data-d="));
}

static const struct flame_step SMALL[] = {
	{ 1, FRAME_THREADS, "worker", "", 0, 100 }, { 2, FRAME_USER, "main", "/bin/x", 600, 400 },
	{ 3, FRAME_KERNEL, "copy", "", 399, 400 },  { 3, FRAME_USER, "rare", "", 1, 0 },
	{ 3, FRAME_USER, "old", "", 0, 100 },
};

static void a_frame_tells_what_the_profile_says(void **state)
{
	owns(flames_free) struct profile *profile = flames_build(SMALL, array_count(SMALL));
	const struct flame_options options = {};
	owns(own_free) char *text = NULL;

	profile->frames.items[1].place = "x.c:12";
	profile->nodes.items[3].samples = 12345;
	text = write_flame(profile, &options);
	/* root, worker, main, copy, rare: from the left, the bottom up */
	assert_has(
		text,
		"<rect class=\"a\" x=\"0\" y=\"164\" width=\"1200\" data-d=\"0;100 %;1.00 us;1\"/>");
	assert_has(text, "y=\"110\" width=\"478.8\" data-d=\"3;40 %;399 ns;12,345\"/>");
	assert_has(text, "x=\"478.8\" y=\"110\" width=\"1.2\" data-d=\"4;0.1 %;1 ns;1\"/>");
	assert_has(text, "<i k=\"u\" n=\"main\" m=\"/bin/x\" p=\"x.c:12\"/>");
	assert_has(text, "<text class=\"t\" x=\"3\" y=\"159\">worker</text>");
	assert_has(text, "postgres[4711]: on-CPU time</title>");
	assert_has(text, "user code</text>");
	assert_null(strstr(text, "blocked</text>"));
}

static void icicles_hang_from_the_root(void **state)
{
	const struct flame_options options = { .is_icicle = true };
	owns(own_free) char *text = write_steps(SMALL, array_count(SMALL), &options);

	assert_has(text, "<rect class=\"a\" x=\"0\" y=\"110\" width=\"1200\"");
	assert_has(text, "<text class=\"t\" x=\"3\" y=\"141\">worker</text>");
}

static void what_is_too_narrow_is_counted_and_told(void **state)
{
	const struct flame_options options = { .least_px = 2.5 };
	owns(flames_free) struct profile *profile = flames_build(SMALL, array_count(SMALL));
	owns(own_free) char *text = NULL;

	profile->unit = PROFILE_COUNT;
	profile->lost_samples = 1234;
	profile->hidden_rows = 17;
	text = write_flame(profile, &options);
	assert_int_equal(count_of(text, "data-d="), 4);
	assert_has(text,
		   "1 frame narrower than 2.5 px is not drawn and cannot be searched: 1 in all.");
	assert_has(text, "1,234 samples were lost.");
	assert_has(text, "17 rows and call paths below the least share asked for are left out.");
	assert_has(text, "data-cut=\"1\"");
	assert_has(text, "data-unit=\" cpu-clock\"");
}

static void a_comparison_tells_both_sides(void **state)
{
	const struct flame_options options = { .is_differential = true };
	owns(own_free) char *text = write_steps(SMALL, array_count(SMALL), &options);

	/* main: from 900 to 1,000; copy: from 400 to 399; rare: from none to 1, of 1,000. */
	assert_has(text, "data-d=\"2;100 %;1.00 us;1;900 ns;+100 ns\"/>");
	assert_has(text, "<text class=\"u\" x=\"3\" y=\"141\">▲ main</text>");
	assert_has(text, "<rect class=\"g5\"");
	assert_has(text, "<rect class=\"z\" x=\"0\" y=\"110\"");
	assert_has(text, "data-d=\"3;40 %;399 ns;1;400 ns;−1 ns\"/>");
	assert_has(text, "0 s;+1 ns\"/>");
	assert_has(text,
		   "1 frame of before did not come again, and has no width here: 100 ns in all");
	assert_has(text, "postgres[4711]: change of on-CPU time</title>");
}

static void what_shrank_has_the_other_colour(void **state)
{
	static const struct flame_step STEPS[] = {
		{ 1, FRAME_USER, "less", "", 500, 530 },
		{ 1, FRAME_USER, "same", "", 500, 500 },
	};
	const struct flame_options options = { .is_differential = true };
	owns(own_free) char *text = write_steps(STEPS, array_count(STEPS), &options);

	assert_has(text, "<rect class=\"s3\" x=\"0\" y=\"110\"");
	assert_has(text, "▼ less</text>");
	assert_has(text, "<rect class=\"z\" x=\"600\" y=\"110\"");
	assert_has(text, "500 ns;±0 s\"/>");
}

static void waiting_has_a_pattern_and_an_edge(void **state)
{
	owns(own_free) char *text = write_sample("wall", (struct flame_options){});

	assert_has(text, "<rect class=\"b0 b\" ");
	assert_has(text, "<rect class=\"r0 r\" ");
	assert_has(text, ">blocked</text>");
	assert_has(text, ">waiting for a CPU</text>");
	assert_has(text, "wall-clock time");
}

/* The class of the frame of this name, in a graph of its own below so many others. */
static unsigned int shade_of(const char *name, unsigned int depth)
{
	const struct flame_step steps[] = {
		{ 1, FRAME_USER, "_start", "", depth, 0 },
		{ 2, FRAME_USER, name, "", 1000, 0 },
	};
	const struct flame_options options = {};
	owns(own_free) char *text = write_steps(steps, array_count(steps), &options);
	const char *last = strstr(text, "data-d=\"2;");

	assert_non_null(last);
	while (strncmp(last, "<rect", 5) != 0)
		last--;
	assert_memory_equal(last, "<rect class=\"u", 14);
	return (unsigned int)(last[14] - '0');
}

static void a_function_has_the_same_colour_in_every_graph(void **state)
{
	unsigned int seen = 0;
	char name[16];

	for (unsigned int i = 0; i < 40; i++) {
		(void)snprintf(name, sizeof(name), "function_%u", i);
		seen |= 1U << shade_of(name, 1);
		assert_int_equal(shade_of(name, 1), shade_of(name, 500));
	}
	assert_int_equal(seen, 0xff);
}

static void a_name_without_room_is_cut(void **state)
{
	char name[400] = {};
	const struct flame_step steps[] = { { 1, FRAME_USER, name, "", 1000, 0 } };
	const struct flame_options options = {};
	owns(own_free) char *text = NULL;

	memset(name, 'x', sizeof(name) - 1);
	text = write_steps(steps, array_count(steps), &options);
	assert_has(text, "xxx…</text>");
	assert_int_equal(count_of(text, name), 1); /* the whole of it: for the hover text */
}

static void a_stream_that_takes_no_more_is_a_failure(void **state)
{
	struct flame_options options = {};
	owns(flames_free) struct profile *profile = flames_sample("on-cpu", &options);
	FILE *full = fopen("/dev/full", "we");

	if (!full)
		skip();
	assert_int_equal(view_flame(profile, &options, full), -ENOSPC);
	(void)fclose(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_graph_is_well_formed),
		cmocka_unit_test(any_bytes_of_a_name_make_sound_xml),
		cmocka_unit_test(a_name_is_never_markup),
		cmocka_unit_test(nothing_is_fetched_from_elsewhere),
		cmocka_unit_test(the_same_profile_gives_the_same_bytes),
		cmocka_unit_test(an_earlier_graph_is_known_by_its_ends),
		cmocka_unit_test(an_empty_profile_says_so),
		cmocka_unit_test(a_frame_tells_what_the_profile_says),
		cmocka_unit_test(icicles_hang_from_the_root),
		cmocka_unit_test(what_is_too_narrow_is_counted_and_told),
		cmocka_unit_test(a_comparison_tells_both_sides),
		cmocka_unit_test(what_shrank_has_the_other_colour),
		cmocka_unit_test(waiting_has_a_pattern_and_an_edge),
		cmocka_unit_test(a_function_has_the_same_colour_in_every_graph),
		cmocka_unit_test(a_name_without_room_is_cut),
		cmocka_unit_test(a_stream_that_takes_no_more_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
