/* Does all of tracefs become as it was, and is nobody else's tracing touched? */
#include "probe/graph_settings.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "unit/host/tree.h"

/* The top of a tracefs that nobody uses, whose instances have no tracer. */
static void make_tracefs(struct tree *tree)
{
	tree_make(tree);
	tree_add(tree, "/current_tracer", "nop\n");
	tree_add(tree, "/trace", "# tracer: nop\n");
	tree_add(tree, "/set_graph_function", "#### all functions enabled ####\n");
	tree_add(tree, "/set_ftrace_pid", "no pid\n");
	tree_add(tree, "/set_event_pid", "");
	tree_add(tree, "/options/function-fork", "0\n");
	tree_add(tree, "/options/event-fork", "1\n");
	tree_add(tree, "/trace_clock", "local [global] counter\n");
	tree_add(tree, "/buffer_size_kb", "7 (expanded: 1408)\n");
	tree_add(tree, "/tracing_on", "1\n");
	tree_add(tree, "/events/enable", "0\n");
	tree_add(tree, "/events/sched/sched_switch/enable", "0\n");
	tree_add(tree, "/instances/somebody/current_tracer", "nop\n");
}

static void assert_holds(const struct tree *tree, const char *name, const char *wanted)
{
	owns(own_free) char *text = NULL;

	assert_int_equal(tracefs_read(tree->root, name, &text), 0);
	if (strcmp(text, wanted) != 0)
		fail_msg("%s holds '%s', not '%s'", name, text, wanted);
}

static void change_all(const struct tree *tree)
{
	static const char *const NAMES[] = { "current_tracer",     "set_graph_function",
					     "set_ftrace_pid",     "options/function-fork",
					     "options/event-fork", "trace_clock",
					     "buffer_size_kb",     "tracing_on" };

	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++)
		assert_int_equal(tracefs_write(tree->root, NAMES[i], "ours"), 0);
}

static void assert_all_is_as_it_was(const struct tree *tree)
{
	char path[TRACEFS_PATH_BYTES];

	assert_holds(tree, "current_tracer", "nop");
	assert_holds(tree, "set_graph_function", "");
	assert_holds(tree, "set_ftrace_pid", "");
	assert_holds(tree, "options/function-fork", "0");
	assert_holds(tree, "options/event-fork", "1");
	assert_holds(tree, "trace_clock", "global");
	assert_holds(tree, "buffer_size_kb", "7");
	assert_holds(tree, "tracing_on", "1");
	assert_true(tracefs_path(path, tree->root, "instances/slowpath-%d", (int)getpid()));
	assert_int_equal(access(path, F_OK), -1);
}

static void what_was_changed_is_put_back(void **state)
{
	struct graph_settings settings = GRAPH_SETTINGS_NONE;
	struct diag why = {};
	struct tree tree;

	make_tracefs(&tree);
	assert_int_equal(graph_settings_take(tree.root, &settings, &why), 0);
	assert_false(settings.is_instance);
	assert_string_equal(settings.folder, tree.root);
	change_all(&tree);
	assert_int_equal(graph_settings_give_back(&settings, &why), 0);
	assert_all_is_as_it_was(&tree);
	tree_remove(&tree);
}

/* Also when nobody is left who could ask for it. */
static void what_one_who_is_killed_has_changed_is_put_back(void **state)
{
	const struct timespec moment = { .tv_nsec = 5000000 };
	owns(own_free) char *text = NULL;
	struct tree tree;
	int ready[2];
	pid_t pid;
	char byte;

	make_tracefs(&tree);
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct graph_settings settings = GRAPH_SETTINGS_NONE;

		if (graph_settings_take(tree.root, &settings, NULL) == 0 &&
		    tracefs_write(tree.root, "current_tracer", "ours") == 0 &&
		    tracefs_write(tree.root, "tracing_on", "0") == 0 &&
		    write(ready[1], "x", 1) == 1)
			for (;;)
				(void)pause();
		_exit(1);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_holds(&tree, "current_tracer", "ours");
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	for (int i = 0; i < 2000; i++) {
		own_free(&text);
		text = NULL;
		assert_int_equal(tracefs_read(tree.root, "tracing_on", &text), 0);
		if (strcmp(text, "1") == 0)
			break;
		(void)nanosleep(&moment, NULL);
	}
	assert_holds(&tree, "current_tracer", "nop");
	(void)close(ready[0]);
	(void)close(ready[1]);
	tree_remove(&tree);
}

static void who_traces_already_is_left_alone(void **state)
{
	static const struct {
		const char *name;
		const char *text;
	} USES[] = {
		{ "current_tracer", "function\n" }, { "set_graph_function", "vfs_read\n" },
		{ "set_ftrace_pid", "1\n" },        { "set_event_pid", "1\n" },
		{ "events/enable", "X\n" },
	};

	for (size_t i = 0; i < sizeof(USES) / sizeof(USES[0]); i++) {
		struct graph_settings settings = GRAPH_SETTINGS_NONE;
		struct diag why = {};
		struct tree tree;

		make_tracefs(&tree);
		assert_int_equal(tracefs_write(tree.root, USES[i].name, USES[i].text), 0);
		assert_int_equal(graph_settings_take(tree.root, &settings, &why), -EBUSY);
		assert_non_null(strstr(why.text, "somebody else traces here"));
		assert_holds(&tree, "tracing_on", "1");
		tree_remove(&tree);
	}
}

static void only_instances_of_the_dead_are_stale(void **state)
{
	char path[TRACEFS_PATH_BYTES];
	struct tree tree;

	make_tracefs(&tree);
	assert_true(tracefs_path(path, tree.root, "instances/slowpath-1"));
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(graph_settings_stale(tree.root, false), 0);
	assert_true(tracefs_path(path, tree.root, "instances/slowpath-2147483647"));
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(graph_settings_stale(tree.root, false), 1);
	assert_int_equal(access(path, F_OK), 0);
	(void)graph_settings_stale(tree.root, true);
	assert_int_equal(access(path, F_OK), -1);
	assert_true(tracefs_path(path, tree.root, "instances/somebody"));
	assert_int_equal(access(path, F_OK), 0);
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_changed_is_put_back),
		cmocka_unit_test(what_one_who_is_killed_has_changed_is_put_back),
		cmocka_unit_test(who_traces_already_is_left_alone),
		cmocka_unit_test(only_instances_of_the_dead_are_stale),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
