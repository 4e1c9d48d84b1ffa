/* Where may the function_graph tracer run, and how does everything become as it was? */
#include "probe/graph_settings.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/array.h"

enum limits {
	UNDO_TRIES = 200,
	UNDO_NS = 20000000,
};

static const char PREFIX[] = "slowpath-";
static const char TRACER[] = "function_graph";

/* What we change of the top buffer, in the order in which it is put back. What nobody uses stands
 * as "was", or is whatever it was. */
struct setting {
	const char *name;
	const char *was; /* NULL: to be read, and written back */
};

static const struct setting SETTINGS[] = {
	{ "current_tracer", "nop" },
	{ "events/sched/sched_switch/enable", "0" },
	{ "trace", "" },
	{ "set_graph_function", "" },
	{ "set_ftrace_pid", "" },
	{ "set_event_pid", "" },
	{ "options/function-fork", NULL },
	{ "options/event-fork", NULL },
	{ "trace_clock", NULL },
	{ "buffer_size_kb", NULL },
	{ "tracing_on", NULL },
};

struct saved {
	char *values[array_count(SETTINGS)]; /* owned */
};

static void saved_free(struct saved *saved)
{
	for (size_t i = 0; i < array_count(saved->values); i++)
		free(saved->values[i]);
}

/* "local [mono] global": the one that is set. */
static void keep_chosen(char *text)
{
	char *begin = strchr(text, '['), *end = begin ? strchr(begin, ']') : NULL;

	if (!end)
		return;
	*end = '\0';
	memmove(text, begin + 1, strlen(begin + 1) + 1);
}

static int save(const char *folder, struct saved *saved)
{
	for (size_t i = 0; i < array_count(SETTINGS); i++) {
		int r;

		if (SETTINGS[i].was)
			continue;
		r = tracefs_read(folder, SETTINGS[i].name, &saved->values[i]);
		if (r < 0)
			return r;
		keep_chosen(saved->values[i]);
		/* "7 (expanded: 1408)": the buffer was never used. */
		saved->values[i][strcspn(saved->values[i], " ")] = '\0';
	}
	return 0;
}

/* Stop first: what follows must not be traced. -EBUSY: somebody still reads; or what else failed
 * last.
 */
static int put_back(const char *folder, const struct saved *saved)
{
	int failure = tracefs_write(folder, "tracing_on", "0"), busy;

	busy = tracefs_write(folder, SETTINGS[0].name, SETTINGS[0].was);
	if (busy == -EBUSY)
		return busy;
	for (size_t i = 0; i < array_count(SETTINGS); i++) {
		int r = tracefs_write(folder, SETTINGS[i].name,
				      SETTINGS[i].was ? SETTINGS[i].was : saved->values[i]);

		failure = r < 0 ? r : failure;
	}
	return failure;
}

/* An instance goes as a whole, but not while it is read or traces. */
static int remove_instance(const char *folder)
{
	/* The kernel does so, too, but not while somebody reads. */
	(void)!tracefs_write(folder, "current_tracer", "nop");
	return rmdir(folder) < 0 ? -errno : 0;
}

/* --- whose it is --- */

static bool is_alive(const char *name)
{
	unsigned long pid = strtoul(name + strlen(PREFIX), NULL, 10);

	return pid && pid <= INT32_MAX && (kill((pid_t)pid, 0) == 0 || errno != ESRCH);
}

unsigned int graph_settings_stale(const char *tracefs, bool is_to_remove)
{
	char path[TRACEFS_PATH_BYTES];
	unsigned int count = 0;
	struct dirent *entry;
	DIR *folder;

	if (!tracefs_path(path, tracefs, "instances"))
		return 0;
	folder = opendir(path);
	while (folder && (entry = readdir(folder))) {
		if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) != 0 ||
		    is_alive(entry->d_name) ||
		    !tracefs_path(path, tracefs, "instances/%s", entry->d_name))
			continue;
		count++;
		if (is_to_remove && remove_instance(path) < 0)
			count--;
	}
	if (folder)
		(void)closedir(folder);
	return count;
}

struct use {
	const char *name;
	const char *idle; /* how it begins when nobody uses it; "": it is empty */
	const char *words;
};

static const struct use USES[] = {
	{ "current_tracer", "nop", "a tracer is on" },
	{ "set_graph_function", "#", "functions are chosen in set_graph_function" },
	{ "set_ftrace_pid", "no pid", "threads are chosen in set_ftrace_pid" },
	{ "set_event_pid", "", "threads are chosen in set_event_pid" },
	{ "events/enable", "0", "events are enabled" },
};

static int check_unused(const char *folder, struct diag *why)
{
	for (size_t i = 0; i < array_count(USES); i++) {
		owns(own_free) char *text = NULL;
		int r = tracefs_read(folder, USES[i].name, &text);

		if (r < 0)
			return diag_set(why, r, "cannot read %s/%s: %s", folder, USES[i].name,
					strerror(-r));
		if (strncmp(text, USES[i].idle, strlen(USES[i].idle)) != 0 ||
		    (!USES[i].idle[0] && text[0]))
			return diag_set(why, -EBUSY,
					"somebody else traces here (%s in %s), and this kernel has "
					"function_graph only once: end that first",
					USES[i].words, folder);
	}
	return 0;
}

/* --- the guardian --- */

/* Files of one who was killed may close a moment later, and nothing changes while they are read. */
static int undo(const struct graph_settings *settings, const struct saved *saved)
{
	const struct timespec pause = { .tv_nsec = UNDO_NS };
	int r = -EBUSY;

	for (int i = 0; i < UNDO_TRIES && r == -EBUSY; i++) {
		if (i)
			(void)nanosleep(&pause, NULL);
		r = settings->is_instance ? remove_instance(settings->folder)
					  : put_back(settings->folder, saved);
	}
	return r;
}

struct ward {
	const struct graph_settings *settings;
	const struct saved *saved;
};

static int undo_all(const void *what)
{
	const struct ward *ward = what;

	return undo(ward->settings, ward->saved);
}

static int begin_guardian(struct graph_settings *settings, const struct saved *saved,
			  struct diag *why)
{
	const struct ward ward = { .settings = settings, .saved = saved };

	return guardian_begin(undo_all, &ward, &settings->guardian, why);
}

/* --- taking and giving back --- */

/* Where functions are chosen: Linux 6.11 and later have the tracer in instances, but this file in
 * the top folder alone (kernel/trace/ftrace.c, ftrace_init_dyn_tracefs()). */
static bool can_choose(const char *folder)
{
	char path[TRACEFS_PATH_BYTES];

	return tracefs_path(path, folder, "set_graph_function") && access(path, W_OK) == 0;
}

/* 1: an instance with the tracer in it; 0: this kernel has none. */
static int take_instance(const char *tracefs, struct graph_settings *settings, struct diag *why)
{
	static const struct saved NOTHING = {};
	int r;

	if (!tracefs_path(settings->folder, tracefs, "instances/%s%d", PREFIX, (int)getpid()) ||
	    mkdir(settings->folder, 0750) < 0)
		return 0;
	settings->is_instance = true;
	r = begin_guardian(settings, &NOTHING, why);
	if (r < 0) {
		(void)rmdir(settings->folder);
		return r;
	}
	if (can_choose(settings->folder) &&
	    tracefs_write(settings->folder, "current_tracer", TRACER) == 0 &&
	    tracefs_write(settings->folder, "current_tracer", "nop") == 0)
		return 1;
	graph_settings_end(settings);
	settings->is_instance = false;
	return 0;
}

int graph_settings_take(const char *tracefs, struct graph_settings *settings, struct diag *why)
{
	owns(saved_free) struct saved saved = {};
	int r;

	(void)graph_settings_stale(tracefs, true);
	r = take_instance(tracefs, settings, why);
	if (r != 0)
		return r < 0 ? r : 0;
	if (snprintf(settings->folder, sizeof(settings->folder), "%s", tracefs) >=
	    (int)sizeof(settings->folder))
		return diag_set(why, -ENAMETOOLONG, "%s: the path is too long", tracefs);
	r = check_unused(settings->folder, why);
	if (r < 0)
		return r;
	r = save(settings->folder, &saved);
	if (r < 0)
		return diag_set(why, r, "cannot read the settings of %s: %s", tracefs,
				strerror(-r));
	return begin_guardian(settings, &saved, why);
}

int graph_settings_give_back(struct graph_settings *settings, struct diag *why)
{
	int r = guardian_end(&settings->guardian);

	return r < 0 ? diag_set(why, r,
				"not all settings of %s could be put back: look at its "
				"current_tracer, set_graph_function, set_ftrace_pid",
				settings->folder)
		     : 0;
}

void graph_settings_end(struct graph_settings *settings)
{
	(void)guardian_end(&settings->guardian);
}
