/* Is a process read through a helper as it is read without one? */
#include "host/guarded.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/test.h"

static uint32_t own_tgid(void)
{
	return (uint32_t)getpid();
}

static void mappings_are_those_of_the_process(void **state)
{
	owns(guard_free) struct guard *guard = NULL;
	char *text = NULL;
	size_t bytes = 0;

	assert_int_equal(guard_new(&guard), 0);
	assert_int_equal(guarded_maps(guard, own_tgid(), &text, &bytes), 0);
	assert_int_equal(strlen(text), bytes);
	assert_non_null(strstr(text, "[stack]"));
	free(text);
	assert_int_equal(guarded_maps(guard, 0x7ffffff0, &text, &bytes), -ESRCH);
}

static void a_file_is_the_one_at_the_path(void **state)
{
	owns(guard_free) struct guard *guard = NULL;
	struct stat ours, theirs;
	int fd;

	assert_int_equal(guard_new(&guard), 0);
	fd = guarded_open_image(guard, own_tgid(), "/bin/sh");
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &ours), 0);
	assert_int_equal(stat("/bin/sh", &theirs), 0);
	assert_int_equal(ours.st_ino, theirs.st_ino);
	close(fd);
	assert_int_equal(guarded_open_image(guard, own_tgid(), "/no/such/file"), -ENOENT);
}

static void words_are_those_in_memory(void **state)
{
	static uint32_t words[PEEK_WORDS] = { 2, 3, 5, 7, 11 };
	const uint64_t addresses[] = { (uint64_t)(uintptr_t)words, 16, 0 };
	owns(guard_free) struct guard *guard = NULL;
	struct peek_words found[3];

	assert_int_equal(guard_new(&guard), 0);
	assert_int_equal(guarded_peek_words(guard, own_tgid(), addresses, 3, found), 0);
	assert_int_equal(found[0].is_there, 1);
	assert_memory_equal(found[0].word, words, sizeof(words));
	assert_int_equal(found[1].is_there, 0);
	assert_int_equal(found[2].is_there, 0);
}

struct seen {
	size_t count;
	uint32_t frames[600];
	uint64_t last[600];
};

static void see(void *self, size_t index, const struct peek_stack *stack)
{
	struct seen *seen = self;

	assert_int_equal(index, seen->count);
	seen->frames[index] = stack->frames;
	seen->last[index] = stack->frames ? stack->address[stack->frames - 1] : 0;
	seen->count++;
}

/* Frames as a compiler makes them: where the caller's begins, and where to return. */
static uint64_t frames[16] = { 0, 0 };

static struct peek_registers registers_with(uint64_t ip)
{
	uint64_t base = (uint64_t)(uintptr_t)frames;

	frames[2] = base + 48;
	frames[3] = 0x401000;
	frames[6] = base + 80;
	frames[7] = 0x402000;
	frames[10] = 0;
	frames[11] = 0x403000;
	return (struct peek_registers){ .ip = ip, .sp = base, .fp = base + 16 };
}

static void a_stack_is_followed_along_its_frames(void **state)
{
	owns(guard_free) struct guard *guard = NULL;
	struct peek_registers threads[3] = { registers_with(0x400000), registers_with(0),
					     registers_with(0x400000) };
	struct seen seen = {};

	threads[2].fp = 12345; /* it is used for something else */
	assert_int_equal(guard_new(&guard), 0);
	assert_int_equal(guarded_peek_stacks(guard, own_tgid(), threads, 3, see, &seen), 0);
	assert_int_equal(seen.count, 3);
	assert_int_equal(seen.frames[0], 4);
	assert_int_equal(seen.last[0], 0x403000);
	assert_int_equal(seen.frames[1], 0);
	assert_int_equal(seen.frames[2], 1);
	assert_int_equal(seen.last[2], 0x400000);
}

static void a_stack_that_goes_in_circles_ends(void **state)
{
	owns(guard_free) struct guard *guard = NULL;
	struct peek_registers thread = registers_with(0x400000);
	struct seen seen = {};

	frames[6] = (uint64_t)(uintptr_t)frames + 16;
	assert_int_equal(guard_new(&guard), 0);
	assert_int_equal(guarded_peek_stacks(guard, own_tgid(), &thread, 1, see, &seen), 0);
	assert_int_equal(seen.frames[0], 3);
}

static void many_threads_are_asked_about_in_parts(void **state)
{
	owns(guard_free) struct guard *guard = NULL;
	static struct peek_registers threads[600];
	struct seen seen = {};

	for (size_t i = 0; i < 600; i++)
		threads[i] = registers_with(0x400000 + i);
	assert_int_equal(guard_new(&guard), 0);
	assert_int_equal(guarded_peek_stacks(guard, own_tgid(), threads, 600, see, &seen), 0);
	assert_int_equal(seen.count, 600);
	for (size_t i = 0; i < 600; i++)
		assert_int_equal(seen.frames[i], 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mappings_are_those_of_the_process),
		cmocka_unit_test(a_file_is_the_one_at_the_path),
		cmocka_unit_test(words_are_those_in_memory),
		cmocka_unit_test(a_stack_is_followed_along_its_frames),
		cmocka_unit_test(a_stack_that_goes_in_circles_ends),
		cmocka_unit_test(many_threads_are_asked_about_in_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
