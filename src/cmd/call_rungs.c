/* By which way are the calls of a function told apart? Each rung is tried on this machine. */
#include "cmd/call_rungs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "analyse/drill.h"
#include "base/array.h"
#include "probe/tracefs.h"

static const struct call_rung RUNGS[] = {
#define CALL_RUNG(ID, name, kinds, feature, by, words) { name, kinds, feature, by, words },
#include "cmd/call_rungs.def"
#undef CALL_RUNG
};

const struct call_rung *call_rung(enum call_rung_id id)
{
	return &RUNGS[id];
}

enum call_rung_id call_rung_find(const char *name)
{
	size_t i = 0;

	while (i < array_count(RUNGS) && strcmp(RUNGS[i].name, name) != 0)
		i++;
	return (enum call_rung_id)i;
}

enum call_kind call_kind_of(const char *function)
{
	if (strchr(function, ':'))
		return CALL_PROGRAM;
	if (strpbrk(function, "*?["))
		return CALL_PATTERN;
	return drill_syscall(function) >= 0 ? CALL_SYSCALL : CALL_KERNEL;
}

/* --rung can say that a function of the kernel is meant that is called like a system call. */
static bool fits(const struct call_rung *rung, enum call_kind kind, bool is_forced)
{
	return rung->kinds & kind ||
	       (is_forced && kind == CALL_SYSCALL && rung->kinds & CALL_KERNEL);
}

static bool has(const struct call_rung *rung, struct features *features, const char **ret_text)
{
	*ret_text = "";
	return rung->feature == FEATURE_COUNT ||
	       features_have(features, rung->feature, NULL, ret_text);
}

/* What a pattern stands for, where programs are to be put at all of that. */
static int find_functions(const struct call_rung *rung, const char *pattern,
			  struct features *features, struct kernel_functions *ret, struct diag *why)
{
	static const char LIST[] = "available_filter_functions";
	const char *tracefs;
	char *text = NULL;
	int r;

	if (rung->by == WATCH_BY_NOTHING || call_kind_of(pattern) != CALL_PATTERN)
		return 0;
	if (!features_have(features, FEATURE_TRACEFS, &tracefs, NULL))
		return diag_set(why, -ENOTSUP, "what %s stands for is told by tracefs alone",
				pattern);
	r = tracefs_read(tracefs, LIST, &text);
	if (r < 0)
		return diag_set(why, r, "cannot read %s/%s: %s", tracefs, LIST, strerror(-r));
	kernel_functions_free(ret);
	return kernel_functions_find(pattern, text, ret, why);
}

static int take_forced(const struct options *options, struct features *features,
		       enum call_rung_id *ret, struct kernel_functions *ret_functions,
		       struct diag *why)
{
	enum call_rung_id id = call_rung_find(options->rung);
	const char *text;

	if (!fits(&RUNGS[id], call_kind_of(options->words[0]), true))
		return diag_set(why, -EINVAL, "--rung %s is not for functions such as %s",
				options->rung, options->words[0]);
	if (!has(&RUNGS[id], features, &text))
		return diag_set(why, -ENOTSUP, "--rung %s does not work on this machine: %s",
				options->rung, text);
	*ret = id;
	return find_functions(&RUNGS[id], options->words[0], features, ret_functions, why);
}

/* "kprobe: why; fentry: why" */
static void add_refusal(struct diag *refused, const char *name, const char *text)
{
	size_t used = strlen(refused->text);

	(void)snprintf(refused->text + used, sizeof(refused->text) - used, "%s%s: %s",
		       used ? "; " : "", name, text);
	refused->code = -ENOTSUP;
}

int call_rung_climb(const struct options *options, struct features *features,
		    enum call_rung_id *ret, struct kernel_functions *ret_functions,
		    struct diag *ret_refused, struct diag *why)
{
	enum call_kind kind = call_kind_of(options->words[0]);

	*ret_refused = (struct diag){};
	if (options->rung)
		return take_forced(options, features, ret, ret_functions, why);
	for (size_t i = 0; i < array_count(RUNGS); i++) {
		struct diag reason = {};
		const char *text;

		if (!fits(&RUNGS[i], kind, false))
			continue;
		if (RUNGS[i].by == WATCH_BY_FENTRY &&
		    !features_function(features, options->words[0])) {
			add_refusal(ret_refused, RUNGS[i].name,
				    "the kernel's types do not have the function");
			continue;
		}
		if (!has(&RUNGS[i], features, &text)) {
			add_refusal(ret_refused, RUNGS[i].name, text);
			continue;
		}
		if (find_functions(&RUNGS[i], options->words[0], features, ret_functions, &reason) <
		    0) {
			add_refusal(ret_refused, RUNGS[i].name, reason.text);
			continue;
		}
		*ret = (enum call_rung_id)i;
		return 0;
	}
	return diag_set(why, -ENOTSUP, "no way to time calls of %s works on this machine%s%s",
			options->words[0], ret_refused->code ? ": " : "", ret_refused->text);
}
