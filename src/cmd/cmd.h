/* Which commands are there? Each is a function of the options; the table in commands.c says the
 * rest about it. */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include "base/diag.h"
#include "cmd/options.h"

/* Exit statuses. With a command after -- it is that command's, or one of the last three. */
enum {
	CMD_DONE = 0,
	CMD_FAILED = 1,
	CMD_USAGE = 2,
	CMD_OWN_FAILURE = 125,
	CMD_NOT_EXECUTABLE = 126,
	CMD_NOT_FOUND = 127,
};

extern const struct command COMMANDS[];

/* Each does its work and returns the exit status; what went wrong was told. */
int cmd_diagnose(struct options *options);
int cmd_compare(struct options *options);
int cmd_cpu(struct options *options);
int cmd_record(struct options *options);
int cmd_doctor(struct options *options);
int cmd_syscalls(struct options *options);
int cmd_symbols(struct options *options);
int cmd_wait(struct options *options);
int cmd_locks(struct options *options);
int cmd_disk(struct options *options);
int cmd_bench(struct options *options);
int cmd_calls(struct options *options);
int cmd_stuck(struct options *options);
int cmd_export(struct options *options);
int cmd_completion(struct options *options);
int cmd_kvm(struct options *options);
int cmd_files(struct options *options);
int cmd_workload(struct options *options);
int cmd_top(struct options *options);
int cmd_zfs(struct options *options);
int cmd_help(struct options *options);

/* Do what was asked for: the command, or what stands in for it (--help, --version, …). Returns the
 * exit status. */
int command_run(struct options *options);

/* kvm --world-switch: measure, and say it. */
int world_switch_run(struct options *options);

/* Tell the user why, in one line on standard error, with nothing in it that a terminal could obey.
 */
void cmd_complain(const struct diag *why);

#endif
