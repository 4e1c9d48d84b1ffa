/* Does fio do the same when it runs the job? Runs it in a folder that the user named, watches that,
 * and compares. */
#ifndef CMD_VERIFY_H
#define CMD_VERIFY_H

#include "base/diag.h"
#include "base/own.h"
#include "cmd/options.h"
#include "finding/workload.h"

/*
 * Run the job file of this model in a new folder below options->verify, for a few seconds and with
 * files of bounded size; the folder is removed afterwards. *ret is the caller's. -ENOTDIR: there is
 * no such folder; -ENODATA: there is no job; -ENOENT: there is no fio; or as the watch failed. A
 * watch that fails has told so itself: then *ret_was_told is set.
 */
must_check int verify_run(const struct options *options, const struct workload *workload,
			  struct workload_comparison **ret, bool *ret_was_told, struct diag *why);

#endif
