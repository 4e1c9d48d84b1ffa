/* Is a title told from a command line? */
#include "host/titles.h"

#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/test.h"

#define PARSE(text, ret) title_parse(text, sizeof(text) - 1, ret)

static void what_was_written_over_a_command_line_is_a_title(void **state)
{
	struct title title;

	assert_true(PARSE("postgres: checkpointer \0\0\0\0\0\0", &title));
	assert_string_equal(title.text, "postgres: checkpointer");
	assert_true(PARSE("nginx: worker process", &title));
	assert_string_equal(title.text, "nginx: worker process");
	assert_true(PARSE("postgres: app shop [local] UPDATE waiting\0", &title));
	assert_string_equal(title.text, "postgres: app shop [local] UPDATE waiting");
}

static void a_command_line_is_none(void **state)
{
	struct title title;

	assert_false(PARSE("mysql\0-psecret\0", &title));
	assert_false(PARSE("sh\0-c\0echo a: b\0", &title));
	assert_false(PARSE("/usr/bin/daemon\0", &title));
	assert_false(PARSE("tool --password x: y\0", &title));
	assert_false(PARSE("tool: \0", &title));
	assert_false(PARSE("", &title));
	assert_false(PARSE("\0\0\0", &title));
}

static void a_long_title_is_cut(void **state)
{
	char text[2 * TITLE_BYTES];
	struct title title;

	memset(text, 'x', sizeof(text));
	memcpy(text, "a: ", 3);
	assert_true(title_parse(text, sizeof(text), &title));
	assert_int_equal(strlen(title.text), TITLE_BYTES - 1);
}

struct seen {
	uint32_t tgid; /* of the only one that is looked for */
	uint32_t count;
	struct title title;
};

static int see(void *self, uint32_t tgid, const struct title *title)
{
	struct seen *seen = self;

	if (tgid != seen->tgid)
		return 0;
	seen->count++;
	seen->title = *title;
	return 0;
}

static bool is_never_over(void *self)
{
	return false;
}

static void read_titles(const uint32_t *tgids, size_t count, struct seen *seen)
{
	owns(guard_free) struct guard *guard = NULL;
	const struct titles_wanted wanted = { tgids, count, see, is_never_over, seen };

	assert_int_equal(guard_new(&guard), 0);
	assert_int_equal(titles_read(guard, &wanted), 0);
}

/* "cat" with a name that is a title, and no further argument: that is what a title looks like. */
static void the_title_of_a_process_is_read_as_it_is_now(void **state)
{
	uint32_t tgids[300];
	struct seen seen = {};
	int ends[2];
	pid_t pid;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		(void)dup2(ends[0], 0);
		execl("/bin/cat", "reader: waits for nothing", (char *)NULL);
		_exit(1);
	}
	assert_true(pid > 0);
	close(ends[0]);
	/* Among many that have none, or are none. */
	for (size_t i = 0; i < 300; i++)
		tgids[i] = i % 2 ? (uint32_t)getpid() : 0x7ffffff0;
	tgids[200] = seen.tgid = (uint32_t)pid;
	for (int i = 0; i < 1000 && !seen.count; i++) {
		usleep(10000);
		read_titles(tgids, 300, &seen);
	}
	assert_int_equal(seen.count, 1);
	assert_string_equal(seen.title.text, "reader: waits for nothing");
	close(ends[1]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_written_over_a_command_line_is_a_title),
		cmocka_unit_test(a_command_line_is_none),
		cmocka_unit_test(a_long_title_is_cut),
		cmocka_unit_test(the_title_of_a_process_is_read_as_it_is_now),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
