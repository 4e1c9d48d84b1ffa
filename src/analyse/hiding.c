/* Which settings hide names, and which code was made while it ran? One row per setting, one per
 * runtime. */
#include "analyse/hiding.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/array.h"
#include "finding/format.h"

/* A setting that hides names. */
struct setting_row {
	bool (*hides)(const struct symbols_settings *settings);
	const char *title;
	const char *words;
	const char *command; /* NULL: nothing can be typed */
};

static bool lacks_kallsyms(const struct symbols_settings *settings)
{
	return !settings->has_kallsyms;
}

static bool hides_from_all(const struct symbols_settings *settings)
{
	return settings->has_kallsyms && settings->is_hidden && settings->kptr_restrict >= 2;
}

static bool hides_from_others(const struct symbols_settings *settings)
{
	return settings->has_kallsyms && settings->is_hidden && settings->kptr_restrict < 2 &&
	       !settings->is_root;
}

static bool hides_for_lockdown(const struct symbols_settings *settings)
{
	return strcmp(settings->lockdown, "confidentiality") == 0;
}

static bool hides_for_another_reason(const struct symbols_settings *settings)
{
	return settings->has_kallsyms && settings->is_hidden && settings->kptr_restrict < 2 &&
	       settings->is_root && !hides_for_lockdown(settings);
}

static bool forbids_kernel_profiles(const struct symbols_settings *settings)
{
	return settings->perf_event_paranoid >= 2 && !settings->is_root;
}

static const struct setting_row SETTINGS[] = {
	{ lacks_kallsyms, "/proc/kallsyms cannot be read",
	  "The kernel was built without CONFIG_KALLSYMS, or /proc is not ours: kernel functions have "
	  "no names.",
	  NULL },
	{ hides_from_all, "kernel.kptr_restrict hides the kernel's names from everyone",
	  "All addresses in /proc/kallsyms are zero, for root too:",
	  "sysctl kernel.kptr_restrict=1" },
	{ hides_from_others, "The kernel's names are hidden from users other than root",
	  "All addresses in /proc/kallsyms are zero. Run slowpath as root, or let everyone see them:",
	  "sysctl kernel.kptr_restrict=0 kernel.perf_event_paranoid=1" },
	{ hides_for_lockdown, "The kernel is locked down (confidentiality)",
	  "It lets nobody read its memory, which stacks and names need. It is lifted only at boot: "
	  "lockdown=integrity, or secure boot switched off.",
	  NULL },
	{ hides_for_another_reason, "The kernel's names are hidden",
	  "All addresses in /proc/kallsyms are zero although this is root: the capability CAP_SYSLOG "
	  "is missing, as in a container.",
	  NULL },
	{ forbids_kernel_profiles, "kernel.perf_event_paranoid keeps users out of the kernel",
	  "Samples of users other than root have no kernel part. Run slowpath as root, or allow it:",
	  "sysctl kernel.perf_event_paranoid=1" },
};

/* A runtime that makes code. */
struct runtime_row {
	const char *prefix;
	const char *name;
	bool is_interpreter;
	const char *words;
};

static const struct runtime_row RUNTIMES[] = {
#define RUNTIME(prefix, name, is_interpreter, words) { prefix, name, is_interpreter, words },
#include "analyse/runtimes.def"
#undef RUNTIME
};

static struct symbols_fix *add_fix(struct symbols_report *report, const char *title)
{
	struct symbols_fix *fix = array_push(&report->fixes);

	if (!fix)
		return NULL;
	fix->title = strdup(title);
	return fix->title ? fix : NULL;
}

static int tell_setting(const struct setting_row *row, struct symbols_report *report)
{
	struct symbols_fix *fix = add_fix(report, row->title);
	int r;

	if (!fix)
		return -ENOMEM;
	r = symbols_say(fix, "%s", row->words);
	return r == 0 && row->command ? symbols_type(fix, "%s", row->command) : r;
}

int hiding_tell_settings(const struct symbols_input *input, struct symbols_report *report)
{
	const struct symbols_settings *settings = &input->settings;
	int r = 0;

	if (!settings->are_asked)
		return 0;
	for (size_t i = 0; i < array_count(SETTINGS) && r == 0; i++) {
		if (SETTINGS[i].hides(settings))
			r = tell_setting(&SETTINGS[i], report);
	}
	if (r == 0 && settings->has_kallsyms && !settings->has_data)
		r = text_add(&report->notes,
			     "The kernel was built without CONFIG_KALLSYMS_ALL: its functions have "
			     "names, its variables (static locks) have none.");
	return r;
}

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* By the files that the process has mapped; NULL: none is known. */
static const struct runtime_row *find_runtime(const struct symbols_input *input)
{
	for (size_t row = 0; row < array_count(RUNTIMES); row++) {
		for (size_t i = 0; i < input->count; i++) {
			if (strncmp(file_name(input->facts[i].path), RUNTIMES[row].prefix,
				    strlen(RUNTIMES[row].prefix)) == 0)
				return &RUNTIMES[row];
		}
	}
	return NULL;
}

static int tell_code(const struct symbols_process *process, const struct runtime_row *runtime,
		     struct symbols_report *report)
{
	struct number bytes = format_bytes(process->anonymous_bytes);
	struct symbols_fix *fix = add_fix(report, "Code made while it runs has no names");
	int r = fix ? 0 : -ENOMEM;

	if (r == 0 && process->anonymous)
		r = symbols_say(fix,
				"%s in %" PRIu64 " executable mappings belong to no file, and %s, "
				"where their names would be, is not there.",
				bytes.text, process->anonymous, process->perf_map);
	if (r == 0 && runtime)
		r = symbols_say(fix, "%s: %s.", runtime->name, runtime->words);
	if (r == 0 && !runtime)
		r = symbols_say(
			fix, "Of the runtimes that slowpath knows none is mapped: see whether this "
			     "one can write a perf map.");
	return r;
}

int hiding_tell_process(const struct symbols_input *input, struct symbols_report *report)
{
	const struct symbols_process *process = &input->process;
	const struct runtime_row *runtime = find_runtime(input);
	int r = 0;

	if (!process->pid)
		return 0;
	if (process->has_own_root)
		r = text_add(&report->notes,
			     "The process sees a file system of its own (a container): paths and "
			     "packages are those inside, and so are the commands.");
	if (r == 0 && process->has_perf_map)
		r = text_add(&report->notes, "Code made while it runs has names in %s.",
			     process->perf_map);
	else if (r == 0 && (process->anonymous || (runtime && runtime->is_interpreter)))
		r = tell_code(process, runtime, report);
	if (r == 0 && input->count)
		r = text_add(
			&report->notes,
			"User stacks need frame pointers (-fno-omit-frame-pointer) in all code "
			"on the way; names alone do not bring them.");
	return r;
}
