/* Which commands are there? The table, and what stands in for a command: help, version, schema. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/help.h"
#include "cmd/version.h"
#include "view/files_json.h"
#include "view/json.h"
#include "view/locks_json.h"
#include "view/profile_json.h"
#include "view/stuck_json.h"
#include "view/wait_json.h"

/* What a live watch takes. */
#define WATCHING                                                                               \
	(OPTION_BIT(PID) | OPTION_BIT(DURATION) | OPTION_BIT(OUTPUT) | OPTION_BIT(FREQUENCY) | \
	 OPTION_BIT(WITHOUT) | OPTION_BIT(QUIET) | OPTION_ARGV_BIT)

static int check_profile_keys(const char *text)
{
	struct profile_keys keys;

	return profile_keys_read(text, &keys);
}

static int check_wait_keys(const char *text)
{
	struct wait_keys keys;

	return wait_keys_read(text, &keys);
}

static int check_files_keys(const char *text)
{
	struct files_keys keys;

	return files_keys_read(text, &keys);
}

/* The first one is what slowpath does when no command is named. */
const struct command COMMANDS[] = {
	{
		.name = "diagnose",
		.summary = "say why the target is slow, and who is to blame (the default command)",
		.description =
			"Watch the machine, the processes given with -p, or the command after --; or read a recording "
			"or a perf.data file with -i. Then print the verdict: a ranked list of findings, each with its share of the time, the "
			"chain of who waited for whom, the evidence, how much faster the target could at most be without "
			"it, and what to do.\n"
			"What could not be attributed is printed as unknown, and what could not be seen is listed. Ctrl-C "
			"ends the watch early and still prints the verdict. Options mean the same before and after the "
			"command's name.\n"
			"From a perf.data file comes what perf recorded: samples, and with -a and the tracepoints of sched, "
			"block and raw_syscalls a verdict as from a watch. Kernel functions have names when the recorded "
			"kernel is the one that runs here, or with --kallsyms; a text that does not fit is refused.",
		.run = cmd_diagnose,
		.options = WATCHING | OPTION_BIT(INPUT) | OPTION_BIT(KALLSYMS) | OPTION_BIT(JSON) |
			   OPTION_BIT(JSON_SCHEMA) | OPTION_BIT(COLOR),
		.word_name = "",
	},
	{
		.name = "cpu",
		.summary = "say which code burns the CPU, called from where, in which threads",
		.description =
			"Watch the machine, the processes given with -p, or the command after --; or read a recording with "
			"-i. Then print the functions that the samples are in (self) and that called those (total), the "
			"call tree, and the CPU time of each pool of threads: threads that do one kind of work, known by "
			"their names with the numbers folded. Of processes and commands the samples of their own threads "
			"count.\n"
			"With --wall the tree is of wall time: what the threads waited for stands in it beside what they "
			"ran, below the code that waited, and each thread's parts sum to its life. Best for one process or "
			"command.\n"
			"Samples are few at the default frequency, so that nobody is disturbed: -F 999 shows ten times "
			"as much. What is known to be wrong with them is told at the end.",
		.run = cmd_cpu,
		.options = WATCHING | OPTION_BIT(INPUT) | OPTION_BIT(JSON) |
			   OPTION_BIT(JSON_SCHEMA) | OPTION_BIT(COLOR) | OPTION_BIT(BY) |
			   OPTION_BIT(MIN) | OPTION_BIT(WALL) | OPTION_BIT(FOLDED) |
			   OPTION_BIT(FLAME) | OPTION_BIT(BEFORE) | OPTION_BIT(KALLSYMS),
		.keys = "comm, pool, dso and symbol",
		.check_keys = check_profile_keys,
		.print_schema = view_profile_json_schema,
		.word_name = "",
	},
	{
		.name = "wait",
		.summary =
			"say where threads waited, what for, and who ended each wait, called from where",
		.description =
			"Watch the machine, the processes given with -p, or the command after --; or read a recording with "
			"-i. Then print what the threads waited for while they did not run: how often, how long, and who woke "
			"them (a thread, or an interrupt and the device whose request it completed), and the tree of stacks: "
			"the code that waited, what for, and below it the waker's stack from the inside out.\n"
			"Every wait counts, to the nanosecond. Stacks of short ones are drawn by lot; those without are told apart "
			"as \"stack not taken\". Of processes and commands the waits of their own threads count; kernel threads "
			"are the machine's. On the machine, waits of threads that have nothing to do are only summed, unless "
			"--idle is given.\n"
			"With --wakers the answer is who wakes whom: for each thread who ended its waits and whom it wakes. What a "
			"thread is there for is told where its name or its stacks show it: a vCPU, an I/O thread, a journal, a "
			"worker and its work.",
		.run = cmd_wait,
		.options = WATCHING | OPTION_BIT(INPUT) | OPTION_BIT(JSON) |
			   OPTION_BIT(JSON_SCHEMA) | OPTION_BIT(COLOR) | OPTION_BIT(BY) |
			   OPTION_BIT(MIN) | OPTION_BIT(OVER) | OPTION_BIT(STATE) |
			   OPTION_BIT(IDLE) | OPTION_BIT(WAKERS) | OPTION_BIT(DOT) |
			   OPTION_BIT(FOLDED) | OPTION_BIT(FLAME) | OPTION_BIT(BEFORE) |
			   OPTION_BIT(KALLSYMS),
		.keys = "thread, comm, pool, cause, function, waker, syscall and state",
		.check_keys = check_wait_keys,
		.print_schema = view_wait_json_schema,
		.word_name = "",
	},
	{
		.name = "stuck",
		.summary = "say what is stuck, crashed or stopped, and whom it waits for",
		.description =
			"Look at all threads twice, as far apart as -d says, and read the kernel's log; or "
			"take such looks from a recording with -i. Then tell each process that does not get on: its class "
			"(locked up in user space or in the kernel, crashed, spinning, stopped, a zombie), which row of the "
			"decision table fits and on what numbers, who waits for whom down to the one that it depends on, and "
			"what to do. Below stand deadlocks with all members, and the stacks of all threads, like ones told "
			"once.\n"
			"Processes that merely wait for work, or get on, are told only when they are named with -p. Nothing is "
			"stopped, traced or signalled.\n"
			"The exit status is that of the worst class among the processes that are told; 0 when none is stuck.",
		.run = cmd_stuck,
		.options = OPTION_BIT(PID) | OPTION_BIT(DURATION) | OPTION_BIT(INPUT) |
			   OPTION_BIT(OUTPUT) | OPTION_BIT(WITHOUT) | OPTION_BIT(JSON) |
			   OPTION_BIT(JSON_SCHEMA) | OPTION_BIT(COLOR) | OPTION_BIT(QUIET) |
			   OPTION_BIT(ALL),
		.print_schema = view_stuck_json_schema,
		.duration = "1",
		.word_name = "",
	},
	{
		.name = "record",
		.summary = "watch and keep the events in a file, to be diagnosed later",
		.description =
			"Watch as diagnose does, but print no verdict: the events are kept in a recording, from which "
			"slowpath -i gives the same answers at any time and on any machine. The file is the one given with "
			"-o, or slowpath.slowpath. A recorder that is killed leaves a file that can be read up to its last "
			"whole chunk.",
		.run = cmd_record,
		.options = WATCHING,
		.word_name = "",
	},
	{
		.name = "doctor",
		.summary = "say what can be seen on this machine, and what is missing",
		.description =
			"Try every facility that slowpath can use, and print for each whether it works, in which way, what "
			"is lost without it, and how to get it.",
		.run = cmd_doctor,
		.options = OPTION_BIT(JSON) | OPTION_BIT(WITHOUT),
		.word_name = "",
	},
	{
		.name = "symbols",
		.summary =
			"say which code has names and lines, and how to get those that are missing",
		.description =
			"Look at the kernel and all loaded modules; or at one module, at all files that a process runs, or at "
			"one file, a module's too, packed or not. Say for each whether it has names and lines, where they come "
			"from, whether it is still the file that runs, and, where something is missing, the exact commands "
			"that bring it: for modules built by DKMS, for packages of a distribution, for own builds, and for "
			"code that a runtime makes while it runs.\n"
			"Names of another build are worse than none: files and debug files whose build-id differs from what "
			"runs are refused, and that is said. Nothing is run, changed or fetched.",
		.run = cmd_symbols,
		.options = OPTION_BIT(JSON) | OPTION_BIT(COLOR),
		.words_max = 1,
		.word_name = "MODULE|PID|FILE",
	},
	{
		.name = "locks",
		.summary =
			"say which locks were waited for, who held them, and what the holders did",
		.description =
			"Watch the machine, the processes given with -p, or the command after --; or read a recording with "
			"-i. Then print each lock that threads had to wait for, of the kernel and of programs (futexes): how "
			"often, how long, who held it meanwhile, what the holder was doing, where was waited and where the lock "
			"was let go.\n"
			"With -i a copy of /proc/lock_stat is read as well: the kernel's own statistics of all its locks, which "
			"kernels built with CONFIG_LOCK_STAT have. With --before an earlier copy, what came between the two is "
			"told. A watch on such a kernel turns the statistics on if they are off, tells what they counted "
			"meanwhile, and turns them off again, also when it is interrupted; if it is killed (SIGKILL) they stay "
			"on: echo 0 > /proc/sys/kernel/lock_stat.",
		.run = cmd_locks,
		.options = WATCHING | OPTION_BIT(INPUT) | OPTION_BIT(KALLSYMS) | OPTION_BIT(JSON) |
			   OPTION_BIT(JSON_SCHEMA) | OPTION_BIT(COLOR) | OPTION_BIT(SORT) |
			   OPTION_BIT(BEFORE),
		.print_schema = view_locks_json_schema,
		.word_name = "",
	},
	{
		.name = "files",
		.summary =
			"say which operations on which files took how long, and where the time went",
		.description =
			"Watch the machine, the processes given with -p, or the command after --; or read a recording of such "
			"a watch with -i. Then print the operations on files, by system calls, libaio, io_uring and faults on "
			"mapped files: how many, how much, how long they took, and whether they were served from memory or "
			"by a device.\n"
			"Operations of --over and longer are told one by one, the slowest first, with the time split by layer: "
			"before the block layer, in the device's queue, in the device, and until the completion was taken. The "
			"time of an operation is from when the kernel began with it until its call returned (system calls), its "
			"completion was posted (io_uring) or was reaped (libaio).\n"
			"Block requests that no operation waited for, as when written pages are written back, are told by file.",
		.run = cmd_files,
		.options = (WATCHING & ~OPTION_BIT(FREQUENCY)) | OPTION_BIT(INPUT) |
			   OPTION_BIT(JSON) | OPTION_BIT(JSON_SCHEMA) | OPTION_BIT(COLOR) |
			   OPTION_BIT(BY) | OPTION_BIT(MIN) | OPTION_BIT(OVER),
		.keys = "file, dir, mount, type, op, engine, thread and comm",
		.check_keys = check_files_keys,
		.print_schema = view_files_json_schema,
		.word_name = "",
	},
	{
		.name = "help",
		.summary = "print the help of slowpath, or of a command",
		.description = "The same as --help.",
		.run = cmd_help,
		.words_max = 1,
		.word_name = "COMMAND",
	},
	{},
};

/* The command whose help is wanted; NULL: slowpath as a whole. */
static const struct command *subject_of(const struct options *options)
{
	return options->is_command_named ? options->command : NULL;
}

static int flush_output(void)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	return errno ? -errno : -EIO;
}

/* Did standard output take all of it? The exit status. */
static int finish_output(int r)
{
	struct diag why = {};

	if (r == 0)
		return CMD_DONE;
	(void)diag_set(&why, r, "cannot write to standard output: %s", strerror(-r));
	cmd_complain(&why);
	return CMD_FAILED;
}

int cmd_help(struct options *options)
{
	const struct command *subject = NULL;
	struct diag why = {};

	if (options->word_count) {
		subject = command_find(COMMANDS, options->words[0]);
		if (!subject) {
			(void)diag_set(&why, -EINVAL,
				       "there is no command '%s'; see slowpath --help",
				       options->words[0]);
			cmd_complain(&why);
			return CMD_USAGE;
		}
	}
	help_print(COMMANDS, subject, stdout);
	return finish_output(flush_output());
}

static int print_schema(const struct command *command)
{
	return command->print_schema ? command->print_schema(stdout) : view_json_schema(stdout);
}

int command_run(struct options *options)
{
	if (options->version)
		(void)puts("slowpath " SLOWPATH_VERSION);
	else if (options->man)
		help_print_man(COMMANDS, subject_of(options), stdout);
	else if (options->help)
		help_print(COMMANDS, subject_of(options), stdout);
	else if (options->json_schema)
		return finish_output(print_schema(options->command));
	else
		return options->command->run(options);
	return finish_output(flush_output());
}
