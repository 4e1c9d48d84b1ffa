/* What does every culprit need? A time budget, a way to fail, and a line that says how much CPU it
 * really used. */
#ifndef CULPRIT_CULPRIT_H
#define CULPRIT_CULPRIT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Say what failed and why, and end with 1: a culprit that could not be slow must not look like one.
 */
_Noreturn void die(const char *what);

uint64_t clock_now_ns(void);

/* When to stop: argv[1] is the budget in seconds; 3 s when there is none. */
uint64_t deadline_from(int argc, char **argv);

/* For a program that never gets on: when the budget is spent it owns up to its CPU and ends with 0,
 * whatever it waits for. */
void end_in_time(int argc, char **argv);

/* Tell the runner which process to look at, if it asked to be told ($CULPRIT_READY is a
 * descriptor). */
void tell_ready(pid_t whom);

/* When the runner was told: wait for its word on standard input. */
void await_go(void);

/* Be a process named "sleeper", which does nothing for as long as its parent lives. */
_Noreturn void be_sleeper(void);

/* A child that is one. */
void start_sleeper(void);

/* argv[index]; ends the program when it is missing. */
const char *argument_at(int argc, char **argv, int index);

/* Burn CPU on some arithmetic of the caller's; never optimised away. */
uint64_t churn(uint64_t state, unsigned rounds);

/* A number below `limit` (not 0); the sequence is the same in each run. */
uint64_t random_below(uint64_t *state, uint64_t limit);

void sleep_ns(uint64_t ns);

/* May this process leave a core file? At most as its own limit allows. */
void allow_core(int may);

/* Memory aligned for O_DIRECT; lives until the program ends. */
void *direct_buffer(size_t bytes);

/* Move this process into the cgroup kept in this folder. */
void join_cgroup(const char *folder);

/* "culprit: cpu_ns=…" on stderr: what the runner compares slowpath's accounting with. */
void report_cpu(void);

#endif
