/* Which commands are there? The table, and what stands in for a command: help, version, schema. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "analyse/profile.h"
#include "cmd/cmd.h"
#include "cmd/completion.h"
#include "cmd/help.h"
#include "cmd/version.h"
#include "export/export.h"
#include "finding/locks.h"
#include "finding/syscalls.h"
#include "finding/top.h"
#include "view/bench_json.h"
#include "view/call_json.h"
#include "view/compare_json.h"
#include "view/disk_json.h"
#include "view/drill_json.h"
#include "view/files_json.h"
#include "view/json.h"
#include "view/kvm_json.h"
#include "view/locks_json.h"
#include "view/profile_json.h"
#include "view/stuck_json.h"
#include "view/syscalls_json.h"
#include "view/wait_json.h"
#include "view/workload_json.h"
#include "view/world_switch.h"
#include "view/zfs_json.h"

/* What a live watch takes. */
#define WATCHING                                                                               \
	(OPTION_BIT(PID) | OPTION_BIT(DURATION) | OPTION_BIT(OUTPUT) | OPTION_BIT(FREQUENCY) | \
	 OPTION_BIT(WITHOUT) | OPTION_BIT(QUIET) | OPTION_ARGV_BIT)

/* What was traced and what is watched have reports of their own. */
static int print_calls_schema(FILE *out)
{
	int r;

	(void)fputs("{\"oneOf\": [\n", out);
	r = view_call_json_schema(out);
	(void)fputs(",\n", out);
	if (r == 0)
		r = view_drill_json_schema(out);
	(void)fputs("]}\n", out);
	return r;
}

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

static int check_disk_keys(const char *text)
{
	struct disk_keys keys;

	return disk_keys_read(text, &keys);
}

static int check_lock_order(const char *text)
{
	enum lock_order order;

	return lock_order_read(text, &order);
}

static int check_syscall_keys(const char *text)
{
	struct syscall_keys keys;

	return syscall_keys_read(text, &keys);
}

static int check_top_order(const char *text)
{
	enum top_order order;

	return top_order_read(text, &order);
}

static int check_syscall_order(const char *text)
{
	enum syscall_order order;

	return syscall_order_read(text, &order);
}

/* The first one is what slowpath does when no command is named. (clang-format 14 breaks lines
 * anywhere in a table of this length.) */
/* clang-format off */
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
			   OPTION_BIT(JSON_SCHEMA) | OPTION_BIT(HTML) | OPTION_BIT(COLOR),
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
			   OPTION_BIT(JSON_SCHEMA) | OPTION_BIT(HTML) | OPTION_BIT(COLOR) |
			   OPTION_BIT(BY) | OPTION_BIT(MIN) | OPTION_BIT(WALL) |
			   OPTION_BIT(FOLDED) | OPTION_BIT(FLAME) | OPTION_BIT(BEFORE) |
			   OPTION_BIT(KALLSYMS) | OPTION_BIT(INLINED),
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
			   OPTION_BIT(JSON_SCHEMA) | OPTION_BIT(HTML) | OPTION_BIT(COLOR) |
			   OPTION_BIT(BY) | OPTION_BIT(MIN) | OPTION_BIT(OVER) | OPTION_BIT(STATE) |
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
			   OPTION_BIT(JSON_SCHEMA) | OPTION_BIT(HTML) | OPTION_BIT(COLOR) |
			   OPTION_BIT(QUIET) | OPTION_BIT(ALL),
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
		.options = WATCHING | OPTION_BIT(INLINED),
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
		.name = "top",
		.summary = "show live which threads lose time just now, and who is to blame",
		.description =
			"Watch the machine, or the processes given with -p, and show on a screen that is made anew each second which "
			"threads lost most time in the last five seconds, by which cause and whose fault; above them CPUs, pressure and "
			"disks. Enter shows all about a thread: the chain of who waited for whom, its stacks, files and block requests; "
			"Tab shows the culprits of all threads; ? shows all keys.\n"
			"LOST is the time in which a thread could not get on: it was blocked for a reason, or was ready without a CPU. A "
			"thread that waits the whole time long is there, too: all threads are looked at each second. Its cause is that of "
			"its wait so far; who ended it, and so what was at fault behind it, is known when it ends. On the machine, waits "
			"of threads that have nothing to do are not lost time.\n"
			"The key f keeps the last ten seconds, or as much of them as 32 MiB hold, in a recording, for slowpath -i: a new file, "
			"named by -o or after the time of day; a file that is there is never touched. q or Ctrl-C ends.\n"
			"What is remembered is bounded: after a day, or when very many threads or functions were seen, the watch "
			"begins anew, which is told.",
		.run = cmd_top,
		.options = OPTION_BIT(PID) | OPTION_BIT(OUTPUT) | OPTION_BIT(FREQUENCY) |
			   OPTION_BIT(WITHOUT) | OPTION_BIT(SORT) | OPTION_BIT(BATCH) |
			   OPTION_BIT(COLOR),
		.orders = "lost, cpu, wait, cause, name, tid",
		.check_order = check_top_order,
		.writes_output = true,
		.word_name = "",
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
			   OPTION_BIT(JSON_SCHEMA) | OPTION_BIT(HTML) | OPTION_BIT(COLOR) |
			   OPTION_BIT(SORT) | OPTION_BIT(BEFORE),
		.orders = "wait, contentions, avg, max, hold, name",
		.check_order = check_lock_order,
		.print_schema = view_locks_json_schema,
		.word_name = "",
	},
	{
		.name = "compare",
		.summary = "say what got slower between recordings, and whether that is chance",
		.description =
			"Read two recordings or perf.data files, or several of each side (those before -- are of before), and "
			"print what differs: the time in all, by cause, by whom it is blamed on, by function and by pool of "
			"threads. Of commands that ran to their end the amounts are those of a run, else of each second of the "
			"watch.\n"
			"A difference is certain when it is larger than what chance makes in one of a hundred comparisons, told "
			"beside it, and not too small to matter. Several runs of each side tell how runs differ; with one run on a "
			"side only how its parts differ is known, and only large differences are called certain.",
		.run = cmd_compare,
		.options = OPTION_BIT(JSON) | OPTION_BIT(JSON_SCHEMA) | OPTION_BIT(HTML) |
			   OPTION_BIT(COLOR) | OPTION_BIT(KALLSYMS) | OPTION_ARGV_BIT,
		.print_schema = view_compare_json_schema,
		.words_max = OPTIONS_WORDS_MAX,
		.word_name = "BEFORE AFTER|BEFORE... -- AFTER...",
	},
	{
		.name = "export",
		.summary = "write what happened in a format that other tools read",
		.description =
			"Watch the machine, the processes given with -p, or the command after --; or read a recording or a "
			"perf.data file with -i. Then write it in the format given with --format, on standard output or into the "
			"new file given with -o:\n"
			"json: each event as a line of JSON, all that is in a recording. The schema of the lines is printed by "
			"--json-schema.\n"
			"folded: one line for each call path with the number of samples, or with --wall the nanoseconds, for "
			"flamegraph.pl. speedscope: the same for speedscope.app. pprof: the same for go tool pprof and Pyroscope, "
			"with the time on a CPU, off it and both.\n"
			"perf-script: samples as perf script prints them; with --wall waits as well, as perf's offcpu-time. Of "
			"processes and commands these are those of their own threads.\n"
			"perfetto: a trace for ui.perfetto.dev: threads and their states, system calls, waits by cause, who woke "
			"whom, block requests, counters and samples.\n"
			"openmetrics: time by cause, and histograms of how long waits, system calls and block requests took, for "
			"Prometheus.\n"
			"Memory stays bounded however long the recording is, and however different its stacks are. folded, pprof "
			"and speedscope take up to 128 MiB, for about half a million different stacks and a million combinations of "
			"a thread's name and stacks. Sums stay exact: samples and waits beyond that are counted below their threads "
			"as " PROFILE_CROWDED ", and a line on standard error says how many. Of the other formats what found no "
			"room is counted and told. Names from the traced system are escaped.",
		.run = cmd_export,
		.options = WATCHING | OPTION_BIT(INPUT) | OPTION_BIT(KALLSYMS) |
			   OPTION_BIT(FORMAT) | OPTION_BIT(WALL) | OPTION_BIT(JSON_SCHEMA),
		.print_schema = export_json_schema,
		.writes_output = true,
		.word_name = "",
	},
	{
		.name = "completion",
		.summary = "print what a shell needs to complete slowpath's words",
		.description =
			"For bash, zsh or fish: source <(slowpath completion bash). Installed packages have "
			"it where the shells look for it.",
		.run = cmd_completion,
		.words_max = 1,
		.word_name = "bash|zsh|fish",
	},
	{
		.name = "syscalls",
		.summary =
			"say which system calls are made, how long they take, and what the longest "
			"wait for",
		.description =
			"Watch the machine, the processes given with -p, or the command after --; or read a recording or a "
			"perf.data file with -i. Then print how often each system call was made, how often and how it failed, "
			"how long it took in all, on average, in the middle and at worst, and how many bytes it moved; and below "
			"it the longest single calls: on which file, with what result, called from where, what they waited for "
			"and who ended that wait.\n"
			"A watch counts every call where it returns: nothing is sampled, and no program is stopped. Calls that "
			"had begun before the watch, and those that have not returned when it or their thread ends (exit never "
			"does), are in no sum; they are counted beside. Long calls in which a thread had nothing to do, such as "
			"sleeps and waits for events, are only summed, unless --idle is given.\n"
			"Other recordings have calls of 20 us or more one by one and the short ones as sums: what cannot be known "
			"of these is left open.",
		.run = cmd_syscalls,
		.options = (WATCHING & ~OPTION_BIT(FREQUENCY)) | OPTION_BIT(INPUT) |
			   OPTION_BIT(KALLSYMS) | OPTION_BIT(JSON) | OPTION_BIT(JSON_SCHEMA) |
			   OPTION_BIT(HTML) | OPTION_BIT(COLOR) | OPTION_BIT(BY) |
			   OPTION_BIT(SORT) | OPTION_BIT(OVER) | OPTION_BIT(IDLE),
		.keys = "thread, comm, pool, process and syscall",
		.check_keys = check_syscall_keys,
		.orders = "total, count, errors, avg, max, name",
		.check_order = check_syscall_order,
		.print_schema = view_syscalls_json_schema,
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
			"Block requests that no operation waited for, as when written pages are written back, are told by file.\n"
			"--map PATH shows what lies below that path as well; what was measured of each layer is of the block "
			"requests that were told one by one.",
		.run = cmd_files,
		.options = (WATCHING & ~OPTION_BIT(FREQUENCY)) | OPTION_BIT(INPUT) |
			   OPTION_BIT(JSON) | OPTION_BIT(JSON_SCHEMA) | OPTION_BIT(HTML) |
			   OPTION_BIT(COLOR) | OPTION_BIT(BY) | OPTION_BIT(MIN) | OPTION_BIT(OVER) |
			   OPTION_BIT(MAP),
		.keys = "file, dir, mount, type, op, engine, thread and comm",
		.check_keys = check_files_keys,
		.print_schema = view_files_json_schema,
		.word_name = "",
	},
	{
		.name = "disk",
		.summary = "say what the block devices did, for whom, and how long it took",
		.description =
			"Watch the block requests of the machine, of the processes given with -p, or of the command after --; or "
			"read a recording with -i. Then print for each device and operation how many requests there were, how long "
			"they took, from the moment they were submitted and in the device alone, their sizes, whether they follow "
			"each other, how many were under way, and who queued them; and what these numbers show.\n"
			"Requests, bytes, errors and latencies are counted in the kernel, so that they are exact under any load: "
			"they are those of /proc/diskstats. Single requests are told as far as there is room: from these come "
			"depths over time, order, sizes, the heat map (--heat) and the slowest requests (--over). What is of a part "
			"says so.\n"
			"Flushes are counted as the kernel does: a write that needs one waits for it, and the flush itself is told "
			"beside it. Of devices that make no requests of their own (dm, md, zram) the bios are told. A device that "
			"lies on another (a loop device on a disk) is told by itself, and left out of the sums.",
		.run = cmd_disk,
		.options = OPTION_BIT(PID) | OPTION_BIT(DURATION) | OPTION_BIT(OUTPUT) |
			   OPTION_BIT(WITHOUT) | OPTION_BIT(QUIET) | OPTION_ARGV_BIT |
			   OPTION_BIT(INPUT) | OPTION_BIT(KALLSYMS) | OPTION_BIT(JSON) |
			   OPTION_BIT(JSON_SCHEMA) | OPTION_BIT(HTML) | OPTION_BIT(COLOR) |
			   OPTION_BIT(BY) | OPTION_BIT(OVER) | OPTION_BIT(HEAT) | OPTION_BIT(MAP),
		.keys = "device, partition, op, flags and issuer",
		.check_keys = check_disk_keys,
		.print_schema = view_disk_json_schema,
		.word_name = "",
	},
	{
		.name = "calls",
		.summary =
			"say where inside of a function's slow calls the time went; or what ftrace traced",
		.description =
			"Watch a FUNCTION of the machine, of the processes given with -p, or of the command after --: a system "
			"call (fsync), a function of the kernel (ext4_sync_file, or a pattern such as 'ext4_*'), or one of a program "
			"or library (/usr/bin/x:function). Each of its calls "
			"that took at least --over is looked into: what was it waiting for, who ended that, where was it on a CPU. "
			"Their stacks below the function make one tree, and the path that holds most of the time is followed down, "
			"as long as one callee has at least half. Nobody has to name callees. Where programs are at the function and "
			"the kernel has kprobes, the functions on that path are timed by programs as well, as soon as the first calls "
			"have shown it: how long every later call was in each is exact. With -i a recording of a watch is read "
			"instead.\n"
			"A system call is exact from entry to return, and so is a function where this kernel lets programs be put "
			"at its entry and return (uprobe, kprobe_multi, fentry, kprobe). All functions that a pattern stands for "
			"have programs with kprobe_multi, up to 1000 of them: a call is that of the outermost one, and nothing on its "
			"path is timed. Else a function of the kernel is told by stacks: from the first to the last stack of a thread "
			"that has it, which is a lower bound of each call. "
			"What threads waited for is exact, and where they ran on a CPU is known from samples: -F 999 takes "
			"ten times as many. --rung takes another way than the best that works.\n"
			"Or, with -i, read what ftrace's function_graph tracer recorded: a trace.dat file of trace-cmd, the text of "
			"trace-cmd report, or that of the files trace and trace_pipe, whichever of its columns are on. Then "
			"print for each function how often it was called and how long it took, and the call tree by wall time. "
			"With a FUNCTION its calls are told: their distribution, the tree of what they called, and the slowest "
			"ones each as a tree of its own.\n"
			"The records of all CPUs are put in order first, each thread keeps its calls when it moves to another "
			"CPU, and interrupts are no part of the calls that they hit. Where the kernel lost records, or an entry "
			"or exit is missing, nothing is guessed: the time in question stands apart as [not recorded].",
		.run = cmd_calls,
		.options = WATCHING | OPTION_BIT(INPUT) | OPTION_BIT(KALLSYMS) | OPTION_BIT(JSON) |
			   OPTION_BIT(JSON_SCHEMA) | OPTION_BIT(HTML) | OPTION_BIT(COLOR) |
			   OPTION_BIT(MIN) | OPTION_BIT(OVER) | OPTION_BIT(EACH) |
			   OPTION_BIT(SLOWEST) | OPTION_BIT(FOLDED) | OPTION_BIT(FLAME) |
			   OPTION_BIT(RUNG),
		.print_schema = print_calls_schema,
		.words_max = 1,
		.word_name = "FUNCTION",
	},
	{
		.name = "kvm",
		.summary = "say how virtual machines do: exits, disks, and who wakes whom",
		.description =
			"Watch the guests that this machine runs with QEMU, those given with -p, or the command after --; or read a recording, a "
			"perf.data or trace.dat file or a text of KVM's tracepoints with -i. Then print for each guest how it was set up (its "
			"disks, their caches, AIO, iothreads and queues, as its command line says), its threads and what they "
			"are there for, what made it leave and what that cost, and who of its threads is woken by whom, by which way.\n"
			"Exits come from KVM's tracepoints, where the kernel has them, or from others' recordings of these: perf record "
			"-a -e kvm:kvm_exit,kvm:kvm_entry,kvm:kvm_userspace_exit,kvm:kvm_vcpu_wakeup, or the text of ftrace, trace-cmd "
			"report or perf script. Time in which a guest had nothing to do is told apart and is in no share.\n"
			"Where no guest runs it says what this machine is itself: of which hypervisor it is a guest, what that took "
			"from its CPUs (steal) in the time of -d, whether it has performance counters, and its disks' queues.\n"
			"With --world-switch DIR it measures instead: in the guest with --json > FILE, then on the host in a folder "
			"on the disk that the guest's lies on, with --guest FILE. The medians' difference is what a durable write "
			"pays for leaving the guest and coming back. The file that is written has no name and is gone afterwards.",
		.run = cmd_kvm,
		.options = (WATCHING & ~OPTION_BIT(FREQUENCY)) | OPTION_BIT(INPUT) |
			   OPTION_BIT(KALLSYMS) | OPTION_BIT(JSON) | OPTION_BIT(JSON_SCHEMA) |
			   OPTION_BIT(HTML) | OPTION_BIT(COLOR) | OPTION_BIT(WORLD_SWITCH) |
			   OPTION_BIT(GUEST),
		.print_schema = view_kvm_json_schema,
		.word_name = "",
	},
	{
		.name = "workload",
		.summary = "say what programs ask of their files, in words and as a job for fio",
		.description =
			"Watch the machine, the processes given with -p, or the command after --; or read a recording with "
			"-i. Then model what was asked of files: threads that do the same are one job, and each job is told by its "
			"engine (which calls it makes), what it reads and writes and in which order, sizes, depth, batches, how often "
			"writes are made durable, pauses, and whether it waits for what it asked before (closed loop) or not. Below "
			"stands the same as a job file for fio.\n"
			"With each term stands how far it can be believed, and why not further. What cannot be known is left out of the job "
			"file, and a comment there says so.\n"
			"With --verify DIR fio runs that job in DIR, in files of its own, and each term is told as it was recorded "
			"and as it came out.",
		.run = cmd_workload,
		.options = (WATCHING & ~OPTION_BIT(FREQUENCY)) | OPTION_BIT(INPUT) |
			   OPTION_BIT(JSON) | OPTION_BIT(JSON_SCHEMA) | OPTION_BIT(HTML) |
			   OPTION_BIT(COLOR) | OPTION_BIT(FIO) | OPTION_BIT(VERIFY),
		.print_schema = view_workload_json_schema,
		.word_name = "",
	},
	{
		.name = "bench",
		.summary =
			"say how file systems compare under the same load, and why one is slower",
		.description =
			"Have fio try loads in folders on the file systems in question, each given with --target, and print for each "
			"load and target how much was read and written in a second, how long operations took, and the CPU time of "
			"each pool of threads: fio's own, its workers in the kernel, and the kernel's threads, those that came and "
			"went included. Where targets differ by more than chance the slower one is explained: by what its operations "
			"waited for, and by whose CPU time they took, in which functions.\n"
			"The loads (--preset; without this all of them):\n"
#include "cmd/bench_presets.def"
			"Or a job file (--job), which may name no paths, no devices and no other programs. Its jobs are told as "
			"one.\n"
			"Targets take turns in each round (A B A B). Before each run what was written before is on the device and the "
			"page cache has nothing of the file; where reads are served from memory all the same (the page cache, ZFS's "
			"ARC, a loop device) that is told. The file is written once, whole, before the first load. The measured "
			"rounds are watched lightly: only CPU time is counted. One more round of each is watched in full to explain "
			"it, and is in no measured number; -o keeps recordings of these, for slowpath compare and all other "
			"reports.\n"
			"Nothing but new files in a new folder, slowpath-bench-*, is written in each target: devices and existing "
			"files are never touched. All of it is removed at the end, whatever ends slowpath.",
		.run = cmd_bench,
		.options = OPTION_BIT(TARGET) | OPTION_BIT(PRESET) | OPTION_BIT(JOB) |
			   OPTION_BIT(ROUNDS) | OPTION_BIT(SIZE) | OPTION_BIT(DURATION) |
			   OPTION_BIT(OUTPUT) | OPTION_BIT(WITHOUT) | OPTION_BIT(JSON) |
			   OPTION_BIT(JSON_SCHEMA) | OPTION_BIT(HTML) | OPTION_BIT(COLOR) |
			   OPTION_BIT(QUIET),
		.print_schema = view_bench_json_schema,
		.duration = "2",
		.writes_output = true,
		.word_name = "",
	},
	{
		.name = "zfs",
		.summary = "say what is wrong with ZFS's pools and datasets",
		.description =
			"Look at ZFS twice, as long apart as -d says, and judge what it says of itself: pools and their devices "
			"(zpool get, status, iostat, events), datasets (zfs get), the ARC, transaction groups, the intent log, "
			"task queues, ZFS's own log (kstats), the implementations in use, and the CPU time of kernel threads. What "
			"is wrong comes first, with its numbers, what to do about it, and where the rule comes from.\n"
			"With -i nothing is watched: a folder of copies is read, made as root on any machine by these lines "
			"(--copy-commands prints them):\n"
#include "cmd/zfs_copy.def"
			"Its counts are since the module was loaded, or since the copies in the folder given with --before. What "
			"is missing there is said, with what could not be judged; lines that cannot be read are told and left "
			"out. A copy of /proc/spl/kstat or /proc/spl/kstat/zfs alone is read as well.\n"
			"A pool that hangs does not hang slowpath: programs and files that do not answer are left, and that is said.",
		.run = cmd_zfs,
		.options = OPTION_BIT(DURATION) | OPTION_BIT(INPUT) | OPTION_BIT(BEFORE) |
			   OPTION_BIT(JSON) | OPTION_BIT(JSON_SCHEMA) | OPTION_BIT(HTML) |
			   OPTION_BIT(COLOR) | OPTION_BIT(QUIET) | OPTION_BIT(COPY_COMMANDS),
		.print_schema = view_zfs_json_schema,
		.duration = "5",
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
/* clang-format on */

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

int cmd_completion(struct options *options)
{
	struct diag why = {};

	if (!options->word_count || completion_print(COMMANDS, options->words[0], stdout) < 0) {
		(void)diag_set(&why, -EINVAL,
			       "completion is for one of bash, zsh and fish: say for which");
		cmd_complain(&why);
		return CMD_USAGE;
	}
	return finish_output(flush_output());
}

static int print_schema(const struct options *options)
{
	const struct command *command = options->command;

	if (options->world_switch)
		return view_world_switch_json_schema(stdout);
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
		return finish_output(print_schema(options));
	else
		return options->command->run(options);
	return finish_output(flush_output());
}
