/* Is a command line understood as it was meant, in every order, and refused in words when it makes
 * no sense? */
#include "cmd/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "cmd/cmd.h"
#include "harness/test.h"

/* The words of a line, without quoting: as many as it has spaces, and one more. */
struct line {
	char room[600];
	char *argv[100];
	int argc;
};

static void split(struct line *line, const char *words)
{
	char *rest = NULL;

	*line = (struct line){ .argc = 1 };
	line->argv[0] = (char *)"slowpath";
	assert_true(strlen(words) < sizeof(line->room));
	strcpy(line->room, words);
	for (char *word = strtok_r(line->room, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		line->argv[line->argc++] = word;
}

/* The options point into the line. */
static struct options parse(struct line *line, const char *words)
{
	struct options options = {};
	struct diag why = {};

	split(line, words);
	if (options_parse(COMMANDS, line->argc, line->argv, &options, &why) < 0)
		fail_msg("%s: %s", words, why.text);
	return options;
}

static void assert_refused(const char *words, const char *because)
{
	struct options options = { .duration_ns = 77 };
	struct diag why = {};
	struct line line;

	split(&line, words);
	assert_int_equal(options_parse(COMMANDS, line.argc, line.argv, &options, &why), -EINVAL);
	assert_int_equal(options.duration_ns, 77);
	if (!strstr(why.text, because) || strchr(why.text, '\n'))
		fail_msg("%s: '%s' does not say '%s' in one line", words, why.text, because);
}

static void nothing_said_means_watching_the_machine_for_ten_seconds(void **state)
{
	struct line line;
	struct options options = parse(&line, "");

	assert_string_equal(options.command->name, "diagnose");
	assert_false(options.is_command_named);
	assert_int_equal(options.duration_ns, 10000000000);
	assert_int_equal(options.sample_hz, 99);
	assert_int_equal(options.color, COLOR_AUTO);
	assert_int_equal(options.pids.count, 0);
	assert_null(options.argv);
	assert_null(options.input);
	assert_null(options.output);
}

static void options_mean_the_same_before_and_after_the_command(void **state)
{
	static const char *const lines[] = { "record -p 7 -d 2 -o x",
					     "-p 7 -d 2 -o x record",
					     "-p 7 record -d 2 -o x",
					     "-p7 -d2 record -ox",
					     "--pid=7 --duration=2 record --output=x",
					     "--pid 7 --duration 2s --output x record" };

	for (size_t i = 0; i < array_count(lines); i++) {
		struct line line;
		struct options options = parse(&line, lines[i]);

		assert_string_equal(options.command->name, "record");
		assert_int_equal(options.pids.count, 1);
		assert_int_equal(options.pids.items[0], 7);
		assert_int_equal(options.duration_ns, 2000000000);
		assert_string_equal(options.output, "x");
	}
}

static void several_processes_are_kept_once_each(void **state)
{
	struct line line;
	struct options options = parse(&line, "-p 3 -p4 --pid 5 -p 4");

	assert_int_equal(options.pids.count, 3);
	assert_int_equal(options.pids.items[0], 3);
	assert_int_equal(options.pids.items[1], 4);
	assert_int_equal(options.pids.items[2], 5);
}

static void more_processes_than_fit_are_refused(void **state)
{
	char words[600] = "";

	for (int i = 1; i <= OPTIONS_PIDS_MAX; i++)
		(void)snprintf(words + strlen(words), sizeof(words) - strlen(words), "-p%d ", i);
	{
		struct line line;

		assert_int_equal(parse(&line, words).pids.count, OPTIONS_PIDS_MAX);
	}
	(void)snprintf(words + strlen(words), sizeof(words) - strlen(words), "-p9999");
	assert_refused(words, "64");
}

static void all_after_two_hyphens_is_the_command(void **state)
{
	struct line line;
	struct options options = parse(&line, "-q -- record --json -- x");

	assert_string_equal(options.command->name, "diagnose");
	assert_false(options.json);
	assert_true(options.quiet);
	assert_string_equal(options.argv[0], "record");
	assert_string_equal(options.argv[1], "--json");
	assert_string_equal(options.argv[2], "--");
	assert_string_equal(options.argv[3], "x");
	assert_null(options.argv[4]);
}

static void a_command_has_no_time_limit_unless_it_is_given_one(void **state)
{
	struct line line;

	assert_int_equal(parse(&line, "-- true").duration_ns, 0);
	assert_int_equal(parse(&line, "-d 3 -- true").duration_ns, 3000000000);
	assert_int_equal(parse(&line, "-p 1").duration_ns, 10000000000);
	assert_int_equal(parse(&line, "stuck -p 1").duration_ns, 1000000000);
	assert_int_equal(parse(&line, "-p 1 -d 10 stuck").duration_ns, 10000000000);
}

static void flags_may_share_a_hyphen(void **state)
{
	struct line line;
	struct options options = parse(&line, "-qhp12");

	assert_true(options.quiet);
	assert_true(options.help);
	assert_int_equal(options.pids.items[0], 12);
}

static void lists_of_facilities_are_kept_as_given(void **state)
{
	struct line line;
	struct options options = parse(&line, "--without btf,bpf --without=tracefs doctor");

	assert_int_equal(options.without.count, 2);
	assert_string_equal(options.without.items[0], "btf,bpf");
	assert_string_equal(options.without.items[1], "tracefs");
}

static void targets_of_a_bench_are_kept_as_given(void **state)
{
	struct line line;
	struct options options =
		parse(&line, "bench --target a=/x --target /mnt/b --preset mixed --size 64M");

	assert_int_equal(options.targets.count, 2);
	assert_string_equal(options.targets.items[0], "a=/x");
	assert_string_equal(options.targets.items[1], "/mnt/b");
	assert_int_equal(options.presets, 1u << BENCH_PRESET_MIXED);
	assert_int_equal(options.size_bytes, 64 << 20);
	assert_int_equal(options.rounds, 5);
	assert_int_equal(options.duration_ns, 2000000000);
	assert_refused("bench --target a=/x --target /y/a", "two called 'a'");
	assert_refused("bench --target a=/x --job x --size 1M",
		       "--job and --size do not go together");
	assert_refused(
		"bench --target a=/1 --target b=/1 --target c=/1 --target d=/1 --target e=/1 "
		"--target f=/1 --target g=/1 --target h=/1 --target i=/1",
		"more than 8 targets");
	assert_refused("bench --preset fast", "not a list of presets");
	assert_refused("cpu --target a=/x", "cpu does not take --target");
}

static void the_last_of_two_values_holds(void **state)
{
	struct line line;
	struct options options = parse(&line, "-d 1 -d 2 -o x -o y --color always --color=never");

	assert_int_equal(options.duration_ns, 2000000000);
	assert_string_equal(options.output, "y");
	assert_int_equal(options.color, COLOR_NEVER);
}

static void unknown_options_are_refused_with_what_was_meant(void **state)
{
	assert_refused("--no-such-option", "--no-such-option");
	assert_refused("--jsno", "did you mean --json?");
	assert_refused("--dur 3", "did you mean --duration?");
	assert_refused("--outptu=x", "did you mean --output?");
	assert_refused("-x", "-x");
	assert_refused("-qx", "-x");
	assert_refused("--nan", "--nan; see");
}

static void abbreviations_are_refused(void **state)
{
	assert_refused("--js", "did you mean --json?");
	assert_refused("--quie", "--quiet");
	assert_refused("--", "no command after --");
}

static void unknown_commands_are_refused_with_what_was_meant(void **state)
{
	assert_refused("recrod", "did you mean slowpath record?");
	assert_refused("cp big /mnt/x", "slowpath -- cp");
	assert_refused("1234", "slowpath -p 1234");
	assert_refused("diagnose cp", "slowpath diagnose -- cp");
	assert_refused("doctor x", "one word too many");
	assert_refused("help record x", "one word too many");
}

static void values_that_lack_or_are_too_many_are_refused(void **state)
{
	assert_refused("-p", "-p needs a PID");
	assert_refused("--duration", "--duration needs a TIME");
	assert_refused("-q -d", "-d needs a TIME");
	assert_refused("--json=1", "--json takes no value");
	assert_refused("--output=", "--output: the value is empty");
}

static void wrong_values_are_refused_with_their_option(void **state)
{
	assert_refused("-p abc", "-p: 'abc'");
	assert_refused("-p -1", "-p: '-1'");
	assert_refused("--pid=0", "--pid: '0'");
	assert_refused("-d nan", "-d: 'nan'");
	assert_refused("-d 99999999999999999999", "too long");
	assert_refused("--without luck", "luck");
	assert_refused("--color=blue", "blue");
}

static void what_makes_no_sense_together_is_refused(void **state)
{
	assert_refused("-p 1 -- true", "--pid and a command after --");
	assert_refused("-i x -- true", "--input and a command after --");
	assert_refused("-i x -p 1", "--input and --pid");
	assert_refused("-i x -d 1", "--input and --duration");
	assert_refused("-i x -o y", "--input and --output");
	assert_refused("--kallsyms x", "--kallsyms goes with --input");
}

static void what_is_read_can_be_written_again_only_as_something_else(void **state)
{
	struct options options = {};
	struct line line;

	split(&line, "export -f json -i a -o b");
	assert_int_equal(options_parse(COMMANDS, line.argc, line.argv, &options, NULL), 0);
	assert_int_equal(options.format, EXPORT_JSON);
	assert_string_equal(options.output, "b");
	assert_refused("-i a -o b", "nothing is watched");
	assert_refused("export -f json -i a -d 5", "nothing is watched");
	assert_refused("export -f xml", "there is no format 'xml'");
}

static void a_profile_is_by_name_file_and_function_unless_it_is_said(void **state)
{
	struct line line;
	struct options options = parse(&line, "cpu");

	assert_null(options.by);
	assert_true(options.min_share > 0.0049 && options.min_share < 0.0051);
	options = parse(&line, "cpu --by pool,symbol --min 2 --wall");
	assert_string_equal(options.by, "pool,symbol");
	assert_true(options.wall && options.min_share == 0.02);
	assert_false(options.inlined);
	options = parse(&line, "record --inlined");
	assert_true(options.inlined);
	options = parse(&line, "cpu --inlined");
	assert_true(options.inlined);
	assert_refused("wait --inlined", "wait does not take --inlined");
	assert_refused("cpu --by function", "--by: 'function'");
	assert_refused("cpu --min 200", "--min: '200'");
	assert_refused("cpu --json --folded", "--json and --folded do not go together");
}

static void waits_have_keys_of_their_own(void **state)
{
	struct line line;
	struct options options = parse(&line, "wait --over 1ms --state D --idle");

	assert_int_equal(options.over_ns, 1000000);
	assert_int_equal(options.state, WAIT_STATE_D);
	assert_true(options.idle && !options.wakers);
	options = parse(&line, "--by thread,waker wait --wakers --dot");
	assert_string_equal(options.by, "thread,waker");
	assert_int_equal(options.state, WAIT_STATE_ALL);
	assert_refused("wait --by symbol", "--by: 'symbol' is not a list of thread");
	assert_refused("cpu --by cause", "--by: 'cause' is not a list of comm");
	assert_refused("wait --state R", "--state: 'R'");
	assert_refused("wait --over 0", "--over: '0'");
	assert_refused("wait --dot", "--dot goes with --wakers");
	assert_refused("wait --wakers --folded", "--folded and --wakers do not go together");
	assert_refused("cpu --wakers", "cpu does not take --wakers");
}

static void each_command_sorts_by_words_of_its_own(void **state)
{
	struct options options;
	struct line line;

	options = parse(&line, "syscalls --sort errors --by process,syscall");
	assert_string_equal(options.order, "errors");
	options = parse(&line, "locks");
	assert_null(options.order);
	assert_refused("syscalls --sort hold", "--sort: 'hold' is none of total, count");
	assert_refused("locks --sort count", "--sort: 'count' is none of wait");
	assert_refused("syscalls --by cause", "--by: 'cause' is not a list of thread");
	assert_refused("wait --sort name", "wait does not take --sort");
}

static void what_a_command_does_not_take_is_refused(void **state)
{
	assert_refused("record -i x", "record does not take --input");
	assert_refused("--json record", "record does not take --json");
	assert_refused("doctor -p 1", "doctor does not take --pid");
	assert_refused("doctor -- true", "doctor does not take a command after --");
}

static void help_is_given_whatever_else_was_said(void **state)
{
	struct line line;

	assert_true(parse(&line, "-p 1 --help -- true").help);
	assert_true(parse(&line, "record -i x -h").help);
	assert_true(parse(&line, "--json-schema -i x -p 1").json_schema);
	assert_true(parse(&line, "doctor --version -p 1").version);
}

static void an_empty_vector_is_as_nothing_said(void **state)
{
	char *argv[] = { NULL };
	struct options options = {};

	assert_int_equal(options_parse(COMMANDS, 0, argv, &options, NULL), 0);
	assert_string_equal(options.command->name, "diagnose");
}

static void names_and_letters_of_options_are_unique(void **state)
{
	for (size_t a = 0; a < OPTION_COUNT; a++) {
		for (size_t b = 0; b < a; b++) {
			const struct option_row *one = option_row((enum option_id)a);
			const struct option_row *other = option_row((enum option_id)b);

			assert_string_not_equal(one->name, other->name);
			assert_true(!one->short_name || one->short_name != other->short_name);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_said_means_watching_the_machine_for_ten_seconds),
		cmocka_unit_test(options_mean_the_same_before_and_after_the_command),
		cmocka_unit_test(several_processes_are_kept_once_each),
		cmocka_unit_test(more_processes_than_fit_are_refused),
		cmocka_unit_test(all_after_two_hyphens_is_the_command),
		cmocka_unit_test(a_command_has_no_time_limit_unless_it_is_given_one),
		cmocka_unit_test(flags_may_share_a_hyphen),
		cmocka_unit_test(lists_of_facilities_are_kept_as_given),
		cmocka_unit_test(targets_of_a_bench_are_kept_as_given),
		cmocka_unit_test(the_last_of_two_values_holds),
		cmocka_unit_test(unknown_options_are_refused_with_what_was_meant),
		cmocka_unit_test(abbreviations_are_refused),
		cmocka_unit_test(unknown_commands_are_refused_with_what_was_meant),
		cmocka_unit_test(values_that_lack_or_are_too_many_are_refused),
		cmocka_unit_test(wrong_values_are_refused_with_their_option),
		cmocka_unit_test(what_makes_no_sense_together_is_refused),
		cmocka_unit_test(what_is_read_can_be_written_again_only_as_something_else),
		cmocka_unit_test(a_profile_is_by_name_file_and_function_unless_it_is_said),
		cmocka_unit_test(waits_have_keys_of_their_own),
		cmocka_unit_test(each_command_sorts_by_words_of_its_own),
		cmocka_unit_test(what_a_command_does_not_take_is_refused),
		cmocka_unit_test(help_is_given_whatever_else_was_said),
		cmocka_unit_test(an_empty_vector_is_as_nothing_said),
		cmocka_unit_test(names_and_letters_of_options_are_unique),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
