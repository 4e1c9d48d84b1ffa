/* By which way are the calls of a function told apart? A ladder: the best rung that fits the
 * function and that this machine has. */
#ifndef CMD_CALL_RUNGS_H
#define CMD_CALL_RUNGS_H

#include <stddef.h>

#include "base/diag.h"
#include "base/own.h"
#include "cmd/kernel_function.h"
#include "cmd/options.h"
#include "host/features.h"

/* What kind of function is asked for. */
enum call_kind {
	CALL_SYSCALL = 1, /* "fsync" */
	CALL_KERNEL = 2,  /* "ext4_sync_file" */
	CALL_PROGRAM = 4, /* "/usr/bin/x:function" */
	CALL_PATTERN = 8, /* "ext4_*": functions of the kernel */
};

enum call_rung_id {
#define CALL_RUNG(ID, name, kinds, feature, by, words) CALL_RUNG_##ID,
#include "cmd/call_rungs.def"
#undef CALL_RUNG
	CALL_RUNG_COUNT,
};

struct call_rung {
	const char *name;
	unsigned int kinds; /* enum call_kind */
	enum feature_id feature;
	enum watch_function_by by;
	const char *words;
};

const struct call_rung *call_rung(enum call_rung_id id);

/* The rung of this name; CALL_RUNG_COUNT: there is none. */
enum call_rung_id call_rung_find(const char *name);

/* What kind the function is of; what is both a system call and a function of the kernel is the
 * first. */
enum call_kind call_kind_of(const char *function);

/*
 * The best rung for the function, or the one that --rung names. Better ones that this machine lacks
 * are named in *ret_refused, with the reason (empty: none). Where programs are put at the functions
 * that a pattern stands for, these are in *ret_functions; free it with kernel_functions_free(),
 * whatever came of it. -EINVAL: the rung is not for such functions; -ENOTSUP: this machine has
 * none; others as of kernel_functions_find().
 */
must_check int call_rung_climb(const struct options *options, struct features *features,
			       enum call_rung_id *ret, struct kernel_functions *ret_functions,
			       struct diag *ret_refused, struct diag *why);

#endif
