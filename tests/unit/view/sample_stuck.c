/* What report do the views' tests show? */
#include "unit/view/sample_stuck.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/test.h"

#define MS(n) ((uint64_t)(n)*1000000u)

static void add_text(void *list, const char *words)
{
	assert_int_equal(text_add(list, "%s", words), 0);
}

static struct stuck_process *add_process(struct stuck_report *report, uint32_t pid,
					 const char *name, enum stuck_row row, enum cause cause,
					 const char *words)
{
	struct stuck_process *process = array_push(&report->processes);

	assert_non_null(process);
	process->pid = pid;
	process->row = row;
	process->cause = cause;
	process->words = strdup(words);
	assert_non_null(process->words);
	(void)snprintf(process->name, sizeof(process->name), "%s", name);
	if (stuck_class_advice(stuck_row_class(row))[0])
		add_text(&process->advice, stuck_class_advice(stuck_row_class(row)));
	return process;
}

static void add_link(struct stuck_process *process, const char *who, uint32_t tid, const char *what,
		     const char *detail, uint64_t ms)
{
	struct stuck_link *link = array_push(&process->chain);

	assert_non_null(link);
	link->tid = tid;
	link->ns = MS(ms);
	(void)snprintf(link->who, sizeof(link->who), "%s", who);
	(void)snprintf(link->what, sizeof(link->what), "%s", what);
	(void)snprintf(link->detail, sizeof(link->detail), "%s", detail);
}

static void add_blocked(struct stuck_report *report)
{
	struct stuck_process *process = add_process(
		report, 812, "dd\033[2J", ROW_BLOCKED, CAUSE_DISK_DEVICE,
		"it is blocked in the kernel and does not move: uninterruptible (D) for 2.50 min in "
		"folio_wait_bit_common, unmoved; no signal can end it; it waits for a request of sdb");

	process->ns = MS(150000);
	process->subject = (struct subject){ .kind = "device", .name = "sdb" };
	add_link(process, "dd\033[2J", 812, "request", "a request of sdb", 150000);
	add_link(process, "sdb", 0, "request", "", 149000);
	add_text(&process->evidence,
		 "between the looks, 1.00 s apart: no CPU time, no switch, no read or write");
	add_text(&process->evidence,
		 "kernel stack: folio_wait_bit_common ← filemap_read ← vfs_read ← ksys_read ← "
		 "do_syscall_64");
	add_text(&process->log, "INFO: task dd:812 blocked for more than 120 seconds.");
}

static void add_deadlocked(struct stuck_report *report)
{
	struct stuck_process *process = add_process(
		report, 123, "abba", ROW_USER_CIRCLE, CAUSE_LOCK_DEADLOCK,
		"it waits in a circle: asleep for 34.1 s in futex_do_wait, unmoved; it waits for the "
		"lock at 0x7f0000001000 (a futex) and so for abba-b (124); the circle has 2 threads");
	struct stuck_deadlock *deadlock = array_push(&report->deadlocks);

	assert_non_null(deadlock);
	process->ns = MS(34100);
	process->subject = (struct subject){ .kind = "cycle", .name = "abba (123), abba-b (124)" };
	add_link(process, "abba", 123, "futex", "the lock at 0x7f0000001000 (a futex)", 34100);
	add_link(process, "abba-b", 124, "futex", "the lock at 0x7f0000002000 (a futex)", 34000);
	add_link(process, "abba", 123, "circle", "", 34100);
	add_text(&process->evidence, "so stand 2 of its 2 threads; this is told of abba (123)");
	for (uint32_t i = 0; i < 2; i++) {
		struct stuck_member *member = array_push(&deadlock->members);

		assert_non_null(member);
		member->tid = 123 + i;
		(void)snprintf(member->who, sizeof(member->who), i ? "abba-b" : "abba");
		(void)snprintf(member->holds, sizeof(member->holds),
			       "the lock at 0x7f000000%u000 (a futex)", 2 - i);
		(void)snprintf(member->waits_for, sizeof(member->waits_for),
			       "the lock at 0x7f000000%u000 (a futex)", 1 + i);
		add_text(&member->stack, "futex_do_wait");
		add_text(&member->stack, "__x64_sys_futex");
		add_text(&member->stack, "pthread_mutex_lock");
	}
}

static void add_group(struct stuck_report *report, uint32_t threads, const char *states,
		      uint64_t min_ms, uint64_t max_ms)
{
	static const char *const FUNCTIONS[] = { "ep_poll", "do_epoll_wait", "__x64_sys_epoll_wait",
						 "do_syscall_64",
						 "entry_SYSCALL_64_after_hwframe" };
	struct stuck_group *group = array_push(&report->groups);

	assert_non_null(group);
	group->threads = threads;
	group->min_ns = MS(min_ms);
	group->max_ns = MS(max_ms);
	(void)snprintf(group->states, sizeof(group->states), "%s", states);
	add_text(&group->names, "worker-*");
	add_text(&group->names, "io\nthread");
	group->more_names = 3;
	for (size_t i = 0; i < array_count(FUNCTIONS); i++)
		add_text(&group->kernel, FUNCTIONS[i]);
	if (threads > 1)
		add_text(&group->user, "epoll_wait");
}

struct stuck_report *sample_stuck(void)
{
	struct stuck_report *report = sample_nothing_stuck();
	struct stuck_process *spinner;

	add_blocked(report);
	add_deadlocked(report);
	spinner =
		add_process(report, 900, "spin", ROW_SPINS_USER, CAUSE_CPU_USER,
			    "it runs its own code all the time, without a system call or I/O: ran "
			    "990 ms of 1.00 s");
	spinner->subject = (struct subject){ .kind = "process", .name = "spin (900)" };
	add_link(spinner, "spin", 900, "runs", "", 0);
	report->counts[STUCK_KERNEL_LOCKUP] = report->counts[STUCK_USER_LOCKUP] = 1;
	report->counts[STUCK_SPINNING] = 1;
	report->hidden_processes = 2;
	report->groups.items[0].threads = 900;
	add_group(report, 1, "D", 150000, 150000);
	report->hidden_groups = 7;
	report->idle_kernel_threads = 70;
	report->exit_status = 11;
	add_text(&report->not_seen, "what threads do in their own code: no user stacks of others");
	array_push(&report->losses);
	report->losses.items[0].count = 12;
	(void)snprintf(report->losses.items[0].what, sizeof(report->losses.items[0].what),
		       "stacks");
	return report;
}

struct stuck_report *sample_nothing_stuck(void)
{
	struct stuck_report *report = calloc(1, sizeof(*report));

	assert_non_null(report);
	report->target = TARGET_MACHINE;
	report->looks = 2;
	report->looked_ns = MS(1002);
	report->threads = 1300;
	report->processes_seen = 312;
	report->counts[STUCK_SLOW] = 40;
	report->counts[STUCK_IDLE] = 272;
	add_group(report, 1200, "S", 1100, 34000);
	add_text(&report->how, "look: iter_task");
	add_text(&report->how, "log: kmsg");
	return report;
}
