/* What can this machine show us? Each facility is tried by doing when it is first asked about. */
#ifndef HOST_FEATURES_H
#define HOST_FEATURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"

enum feature_id {
#define FEATURE(ID, id, try_it, needs, detail, name, lost, remedy) FEATURE_##ID,
#include "host/features.def"
#undef FEATURE
	FEATURE_COUNT,
};

enum feature_state {
	FEATURE_UNTRIED = 0,
	FEATURE_ABSENT = 1,
	FEATURE_PARTLY = 2, /* usable, with limits that answer.why tells */
	FEATURE_WORKS = 3,
	FEATURE_UNKNOWN = 4, /* there is no way to try it here */
};

/* Both texts are printable ASCII, whatever the machine's files held. */
struct feature_answer {
	enum feature_state state;
	char rung[80]; /* the way in which it works, or a measured value; empty when it does not */
	char why[200]; /* why it does not, or not wholly; else empty */
	bool unmet;    /* it was not tried: the facility that why names must be there first */
};

struct btf;

/*
 * All zero: nothing was tried yet. No try leaves anything behind in the kernel. End with
 * features_free().
 */
struct features {
	const char *root; /* NULL; or a folder to read /proc, /sys and /etc in: for tests */
	struct feature_answer answers[FEATURE_COUNT];
	bool forbidden[FEATURE_COUNT];
	struct btf *btf; /* the kernel's, once it was loaded */
};

struct feature_row {
	const char *id;
	const char *name;
	const char *lost;
	const char *remedy;
	const char *detail;
};

void features_free(struct features *features);

const struct feature_row *feature_row(enum feature_id id);

/* What came of trying it, now or before. Never NULL; valid until features_free(). */
const struct feature_answer *features_answer(struct features *features, enum feature_id id);

/*
 * Is it usable, wholly or partly? *ret_rung and *ret_why (each may be NULL) get the answer's texts,
 * empty where there is nothing to say; they are valid until features_free().
 */
bool features_have(struct features *features, enum feature_id id, const char **ret_rung,
		   const char **ret_why);

/*
 * Take the facilities in a comma-separated list of ids as absent, and with them all that need them;
 * for --without. -EINVAL: no such id; then none of the list is forbidden. Facilities that were
 * tried already are forgotten.
 */
must_check int features_forbid(struct features *features, const char *list, struct diag *why);

/* The kernel's types, or NULL when BTF is absent or forbidden. They stay the features' own. */
const struct btf *features_btf(struct features *features);

/* Do the kernel's types have this function? Those of modules are not looked at. */
bool features_function(struct features *features, const char *name);

/*
 * Has the kernel this tracepoint ("block_rq_issue")? 1 yes, 0 no, -ENODATA when there is no way to
 * know.
 */
int features_tracepoint(struct features *features, const char *name);

/* What slowpath can do with all this, from best to worst. */
struct feature_level {
	const char *name; /* "full", … */
	const char *text; /* what that means for the user */
	uint64_t needs;   /* 1 << enum feature_id */
	bool sufficient;  /* the main job, a verdict with chains and evidence, can be done */
};

/*
 * The best level whose needs all work wholly; the last level needs nothing. *ret_missing (may be
 * NULL) is the first facility that the next better level lacks, or FEATURE_COUNT at the best level.
 */
const struct feature_level *features_level(struct features *features, enum feature_id *ret_missing);

#endif
