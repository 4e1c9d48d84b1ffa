/* Is a trace.dat read as what was recorded, whichever way it was written? */
#include "import/trace_dat.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness/test.h"
#include "unit/import/trace_image.h"

struct told {
	ARRAY(struct event_call) calls;
	size_t tasks;
	size_t facts;
	uint64_t lost;
	uint64_t newest_ns;
	bool has_begun;
	bool has_ended;
	char damage[256];
	struct diag why;
};

static int take(void *self, const struct event *event, struct diag *why)
{
	struct told *told = self;
	struct event_call *call;

	assert_true(event_is_sound(event, event->bytes));
	assert_true(event->time_ns >= told->newest_ns && !told->has_ended);
	told->newest_ns = event->time_ns;
	told->has_begun |= event->kind == EVENT_WATCH;
	told->has_ended |= event->kind == EVENT_WATCH_END;
	told->tasks += event->kind == EVENT_TASK;
	told->facts += event->kind == EVENT_FACT;
	if (event->kind == EVENT_LOSS)
		told->lost += ((const struct event_loss *)event)->count;
	if (event->kind != EVENT_CALL)
		return 0;
	call = array_push(&told->calls);
	assert_non_null(call);
	*call = *(const struct event_call *)event;
	return 0;
}

static int read_bytes(const struct bytes *file, struct told *told)
{
	const struct event_sink sink = { take, told };
	int fd = memfd_create("trace.dat", 0);
	struct trace_dat *dat = NULL;
	int r;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, file->at, file->count), file->count);
	r = trace_dat_open(fd, "x.dat", &dat, &told->why);
	if (r == 0)
		r = trace_dat_read(dat, &sink, &told->why);
	if (dat && trace_dat_damage(dat))
		(void)snprintf(told->damage, sizeof(told->damage), "%s", trace_dat_damage(dat));
	trace_dat_free(&dat);
	close(fd);
	return r;
}

static void told_free(struct told *told)
{
	array_free(&told->calls);
}

static void make_image(const struct story *story, unsigned int version, const char *packing,
		       bool swap, struct bytes *file)
{
	struct bytes pages[STORY_CPUS] = {};
	const struct trace_image image = { version, packing, swap, pages, STORY_CPUS };

	for (uint32_t cpu = 0; cpu < STORY_CPUS; cpu++) {
		pages[cpu].swap = swap;
		trace_pages_of(&pages[cpu], story, cpu);
	}
	trace_image_make(file, &image);
	for (uint32_t cpu = 0; cpu < STORY_CPUS; cpu++)
		bytes_free(&pages[cpu]);
}

static void make_story(struct story *story, bool is_lossy)
{
	const struct story_options options = { .seed = 11,
					       .steps = 5000,
					       .has_times = true,
					       .has_edges = true,
					       .has_interrupts = true,
					       .has_switches = true };

	story_make(&options, story);
	if (is_lossy)
		story_lose(story, 3, 8);
}

static void check_same(const struct told *one, const struct told *other)
{
	assert_int_equal(one->calls.count, other->calls.count);
	for (size_t i = 0; i < one->calls.count; i++)
		assert_memory_equal(&one->calls.items[i], &other->calls.items[i],
				    sizeof(one->calls.items[i]));
}

static void each_way_to_write_it_tells_the_same(void **state)
{
	static const struct {
		unsigned int version;
		const char *packing;
		bool swap;
	} WAYS[] = {
		{ 6, "none", false }, { 6, "none", true },  { 7, "none", false },
		{ 7, "zstd", false }, { 7, "zlib", false }, { 7, "zstd", true },
	};
	struct told first = {};
	struct story story;

	make_story(&story, false);
	for (size_t i = 0; i < array_count(WAYS); i++) {
		struct told told = {};
		struct bytes file = {};

		make_image(&story, WAYS[i].version, WAYS[i].packing, WAYS[i].swap, &file);
		assert_int_equal(read_bytes(&file, &told), 0);
		assert_string_equal(told.damage, "");
		assert_true(told.has_begun && told.has_ended);
		assert_int_equal(told.tasks, STORY_TASKS);
		assert_int_equal(told.calls.count, story.calls.count);
		if (i) {
			check_same(&told, &first);
			told_free(&told);
		} else {
			first = told;
		}
		bytes_free(&file);
	}
	told_free(&first);
	story_free(&story);
}

static void names_of_functions_come_along(void **state)
{
	struct story story;
	struct bytes file = {};
	struct trace_dat *dat = NULL;
	struct diag why = {};
	size_t bytes = 0;
	char *text = NULL;
	int fd = memfd_create("trace.dat", 0);

	make_story(&story, false);
	make_image(&story, 7, "zstd", false, &file);
	assert_int_equal(write(fd, file.at, file.count), file.count);
	assert_int_equal(trace_dat_open(fd, "x.dat", &dat, &why), 0);
	assert_int_equal(trace_dat_kallsyms(dat, &text, &bytes, &why), 0);
	assert_true(bytes > 40);
	assert_memory_equal(text, "ffffffff81000100 T function_1\n", 30);
	free(text);
	trace_dat_free(&dat);
	close(fd);
	bytes_free(&file);
	story_free(&story);
}

static void what_pages_say_was_lost_is_counted_and_marked(void **state)
{
	struct story story;
	struct told told = {};
	struct bytes file = {};
	size_t lossy = 0;

	make_story(&story, true);
	make_image(&story, 6, "none", false, &file);
	assert_int_equal(read_bytes(&file, &told), 0);
	assert_true(told.lost >= 6);
	for (size_t i = 0; i < told.calls.count; i++)
		lossy += (told.calls.items[i].flags & CALL_LOSS) != 0;
	assert_true(lossy > 0 && lossy < told.calls.count / 2);
	told_free(&told);
	bytes_free(&file);
	story_free(&story);
}

static void a_file_that_was_cut_is_read_to_there(void **state)
{
	struct story story;
	struct told told = {};
	struct bytes file = {};

	make_story(&story, false);
	make_image(&story, 6, "none", false, &file);
	file.count -= 5000;
	assert_int_equal(read_bytes(&file, &told), 0);
	assert_true(told.calls.count > 100 && told.calls.count < story.calls.count);
	assert_true(told.has_ended);
	assert_non_null(strstr(told.damage, "cut"));
	told_free(&told);
	bytes_free(&file);
	story_free(&story);
}

static void what_cannot_be_read_is_refused_in_words(void **state)
{
	static const struct {
		const char *bytes;
		size_t count;
		const char *words;
	} BAD[] = {
		{ "", 0, "not a trace.dat" },
		{ "\x17\x08\x44tracing", 10, "breaks off" },
		{ "\x17\x08\x44tracing5\0\0\x08\0\x10\0\0", 18, "version 5" },
		{ "\x17\x08\x44tracing6\0\0\x08\0\x10\0\0", 18, "breaks off" },
		{ "\x17\x08\x44tracing7\0\0\x08\0\x10\0\0lz9\0001\0\0\0\0\0\0\0\0\0", 33, "lz9" },
	};

	for (size_t i = 0; i < array_count(BAD); i++) {
		struct told told = {};
		struct bytes file = {};

		add(&file, BAD[i].bytes, BAD[i].count);
		assert_true(read_bytes(&file, &told) < 0);
		if (!strstr(told.why.text, BAD[i].words))
			fail_msg("%s", told.why.text);
		bytes_free(&file);
		told_free(&told);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_way_to_write_it_tells_the_same),
		cmocka_unit_test(names_of_functions_come_along),
		cmocka_unit_test(what_pages_say_was_lost_is_counted_and_marked),
		cmocka_unit_test(a_file_that_was_cut_is_read_to_there),
		cmocka_unit_test(what_cannot_be_read_is_refused_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
