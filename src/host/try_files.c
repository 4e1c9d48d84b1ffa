/* What do the files of /proc and /sys offer? What is a file is tried by reading it. */
#include <bpf/btf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "host/mounts.h"
#include "host/procfs.h"
#include "host/try.h"

/* Kernels before 5.8 do not know these two: CAP_SYS_ADMIN stands for both, there and later. */
#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#define CAP_BPF     39
#endif

const char *path_in_root(const struct features *features, const char *path,
			 char full[static TRY_PATH_BYTES])
{
	if (snprintf(full, TRY_PATH_BYTES, "%s%s", features->root ? features->root : "", path) < 0)
		full[0] = '\0';
	return full;
}

/* The whole text of a small file. */
static int read_text(const struct features *features, const char *path, char **ret)
{
	char full[TRY_PATH_BYTES];
	size_t bytes;

	return host_read_file(path_in_root(features, path, full), ret, &bytes, NULL);
}

int read_number(const struct features *features, const char *path, long long *ret)
{
	owns(own_free) char *text = NULL;
	char *end = NULL;
	int r = read_text(features, path, &text);

	if (r < 0)
		return r;
	errno = 0;
	long long number = strtoll(text, &end, 10);

	if (errno != 0 || end == text)
		return -EINVAL;
	*ret = number;
	return 0;
}

static int read_mounts(const struct features *features, struct mounts *ret)
{
	char full[TRY_PATH_BYTES];

	return mounts_read(path_in_root(features, "/proc/self/mountinfo", full), ret, NULL);
}

/* Is the word one of the list's, which are set apart by the separators? */
static bool has_word(const char *list, const char *word, size_t word_bytes, const char *separators)
{
	for (list += strspn(list, separators); *list; list += strspn(list, separators)) {
		size_t bytes = strcspn(list, separators);

		if (bytes == word_bytes && memcmp(list, word, bytes) == 0)
			return true;
		list += bytes;
	}
	return false;
}

/* The effective capabilities as bits; 0 or -errno. */
static int read_capabilities(const struct features *features, uint64_t *ret)
{
	static const char KEY[] = "\nCapEff:";
	owns(own_free) char *text = NULL;
	int r = read_text(features, "/proc/self/status", &text);

	if (r < 0)
		return r;

	const char *line = strstr(text, KEY);

	if (!line)
		return -ENODATA;
	*ret = strtoull(line + strlen(KEY), NULL, 16);
	if (*ret >> CAP_SYS_ADMIN & 1)
		*ret |= 1ULL << CAP_BPF | 1ULL << CAP_PERFMON;
	return 0;
}

enum feature_state try_capabilities(struct features *features, const struct feature_row *row,
				    struct feature_answer *answer)
{
	static const struct {
		int bit;
		const char *name;
	} WANTED[] = {
		{ CAP_BPF, "CAP_BPF" },
		{ CAP_PERFMON, "CAP_PERFMON" },
		{ CAP_SYS_ADMIN, "CAP_SYS_ADMIN" },
		{ CAP_SYS_PTRACE, "CAP_SYS_PTRACE" },
		{ CAP_SYSLOG, "CAP_SYSLOG" },
	};
	char missing[128] = "";
	size_t missing_count = 0, used = 0;
	uint64_t have = 0;
	int r = read_capabilities(features, &have);

	if (r < 0)
		return say_unknown(answer, "/proc/self/status: %s", strerror(-r));
	for (size_t i = 0; i < array_count(WANTED); i++) {
		if (have >> WANTED[i].bit & 1)
			continue;
		missing_count++;
		r = snprintf(missing + used, sizeof(missing) - used, " %s", WANTED[i].name);
		if (r > 0 && (size_t)r < sizeof(missing) - used)
			used += (size_t)r;
	}
	if (missing_count == 0)
		return say_works(answer, "all %zu of %zu", array_count(WANTED),
				 array_count(WANTED));
	if (missing_count == array_count(WANTED))
		return say_absent(answer, "missing:%s", missing);
	return say_partly(answer, "some", "missing:%s", missing);
}

/* "none [integrity] confidentiality": the one in force is in brackets. */
enum feature_state try_lockdown(struct features *features, const struct feature_row *row,
				struct feature_answer *answer)
{
	owns(own_free) char *text = NULL;
	int r = read_text(features, row->detail, &text);

	if (r < 0)
		return say_unknown(answer, "%s: %s", row->detail, strerror(-r));
	if (strstr(text, "[none]"))
		return say_works(answer, "none");
	if (strstr(text, "[integrity]"))
		return say_partly(answer, "integrity", "the kernel is locked down for integrity");
	if (strstr(text, "[confidentiality]"))
		return say_absent(answer, "the kernel is locked down for confidentiality");
	return say_unknown(answer, "%s says: %.60s", row->detail, text);
}

enum feature_state try_paranoid(struct features *features, const struct feature_row *row,
				struct feature_answer *answer)
{
	uint64_t capabilities = 0;
	long long level;
	int r = read_number(features, row->detail, &level);

	if (r < 0)
		return say_unknown(answer, "%s: %s", row->detail, strerror(-r));
	if (level < 0)
		return say_works(answer, "%lld", level);
	if (read_capabilities(features, &capabilities) == 0 && (capabilities >> CAP_PERFMON & 1))
		return say_works(answer, "%lld, does not bind us (CAP_PERFMON)", level);
	if (level <= 1)
		return say_partly(answer, level == 0 ? "0" : "1", "level %lld without CAP_PERFMON",
				  level);
	return say_absent(answer, "level %lld without CAP_PERFMON", level);
}

/*
 * Only /proc/self/mountinfo is asked: a look into /sys/kernel/debug/tracing would mount tracefs by
 * itself, and slowpath leaves a machine as it was. The rung is the mount point.
 */
enum feature_state try_tracefs(struct features *features, const struct feature_row *row,
			       struct feature_answer *answer)
{
	owns(mounts_free) struct mounts mounts = {};
	char path[TRY_PATH_BYTES], full[TRY_PATH_BYTES];
	int r = read_mounts(features, &mounts), error = 0;

	if (r < 0)
		return say_unknown(answer, "%s: %s", row->detail, strerror(-r));
	for (size_t i = 0; i < mounts.entries.count; i++) {
		const struct mount_entry *entry = &mounts.entries.items[i];

		if (strcmp(entry->type, "tracefs") != 0 ||
		    strlen(entry->point) >= sizeof(answer->rung))
			continue;
		if (snprintf(path, sizeof(path), "%s/events", entry->point) < 0)
			continue;
		if (access(path_in_root(features, path, full), R_OK | X_OK) == 0)
			return say_works(answer, "%s", entry->point);
		error = errno;
	}
	if (error != 0)
		return say_absent(answer, "mounted, but: %s", strerror(error));
	return say_absent(answer, "it is not mounted");
}

int read_tracepoint_id(struct features *features, const char *event)
{
	char path[TRY_PATH_BYTES];
	const char *tracefs;
	long long id;
	int r;

	if (!features_have(features, FEATURE_TRACEFS, &tracefs, NULL))
		return -ENOENT;
	if (snprintf(path, sizeof(path), "%s/events/%s/id", tracefs, event) < 0)
		return -EINVAL;
	r = read_number(features, path, &id);
	return r < 0 ? r : (int)id;
}

enum feature_state try_proc(struct features *features, const struct feature_row *row,
			    struct feature_answer *answer)
{
	owns(own_free) char *text = NULL;
	int r = read_text(features, row->detail, &text);

	if (r < 0)
		return say_absent(answer, "%s: %s", row->detail, strerror(-r));
	return say_works(answer, "/proc");
}

/* Is the tracepoint in any of tracefs' groups? 1, 0 or -ENODATA. */
static int find_in_tracefs(struct features *features, const char *name)
{
	char path[TRY_PATH_BYTES], events[TRY_PATH_BYTES];
	const char *tracefs;
	struct dirent *group;
	int found = 0;

	if (!features_have(features, FEATURE_TRACEFS, &tracefs, NULL) ||
	    snprintf(path, sizeof(path), "%s/events", tracefs) < 0)
		return -ENODATA;

	DIR *groups = opendir(path_in_root(features, path, events));

	if (!groups)
		return -ENODATA;
	while (!found && (group = readdir(groups)) != NULL) {
		if (group->d_name[0] != '.' &&
		    snprintf(path, sizeof(path), "%.200s/%.100s", group->d_name, name) > 0)
			found = faccessat(dirfd(groups), path, F_OK, 0) == 0;
	}
	closedir(groups);
	return found;
}

int features_tracepoint(struct features *features, const char *name)
{
	const struct btf *btf = features_btf(features);
	char type[128];

	if (!btf)
		return find_in_tracefs(features, name);
	if (snprintf(type, sizeof(type), "btf_trace_%s", name) < 0)
		return -ENODATA;
	return btf__find_by_name_kind(btf, type, BTF_KIND_TYPEDEF) >= 0;
}

/* Is any of "one|other" there? 1, 0 or -ENODATA. */
static int find_alternative(struct features *features, const char *names, size_t names_bytes)
{
	char name[128];
	int found = 0;

	for (size_t at = 0; at < names_bytes && found == 0;) {
		size_t bytes = strcspn(names + at, "| ");

		if (snprintf(name, sizeof(name), "%.*s", (int)bytes, names + at) > 0)
			found = features_tracepoint(features, name);
		at += bytes + 1;
	}
	return found;
}

/* The detail is a list of tracepoints; of those written as "one|other" any will do. */
enum feature_state try_tracepoints(struct features *features, const struct feature_row *row,
				   struct feature_answer *answer)
{
	const char *source = features_btf(features) ? "in BTF" : "in tracefs";
	const char *missing = NULL;
	size_t count = 0, found_count = 0;

	for (const char *names = row->detail; *names; names += strspn(names, " ")) {
		size_t bytes = strcspn(names, " ");
		int found = find_alternative(features, names, bytes);

		if (found < 0)
			return say_unknown(answer, "there is neither BTF nor tracefs to look into");
		if (!found && !missing)
			missing = names;
		found_count += (size_t)found;
		count++;
		names += bytes;
	}
	if (!missing)
		return say_works(answer, "%s", source);

	int missing_bytes = (int)strcspn(missing, " ");

	if (found_count == 0)
		return say_absent(answer, "the kernel has not %.*s", missing_bytes, missing);
	return say_partly(answer, source, "%zu of %zu: the kernel has not %.*s", found_count, count,
			  missing_bytes, missing);
}

/*
 * To start it would slow the whole machine for the trial's sake: that it is listed and may be
 * chosen must do.
 */
enum feature_state try_function_graph(struct features *features, const struct feature_row *row,
				      struct feature_answer *answer)
{
	owns(own_free) char *tracers = NULL;
	char path[TRY_PATH_BYTES], full[TRY_PATH_BYTES];
	const char *tracefs;
	int r;

	(void)features_have(features, FEATURE_TRACEFS, &tracefs, NULL);
	if (snprintf(path, sizeof(path), "%s/available_tracers", tracefs) < 0)
		return say_unknown(answer, "%s", tracefs);
	r = read_text(features, path, &tracers);
	if (r < 0)
		return say_absent(answer, "%s: %s", path, strerror(-r));
	if (!has_word(tracers, row->detail, strlen(row->detail), " \n"))
		return say_absent(answer, "the kernel has no such tracer");
	if (snprintf(path, sizeof(path), "%s/current_tracer", tracefs) < 0)
		return say_unknown(answer, "%s", tracefs);

	owns(own_close) int current =
		open(path_in_root(features, path, full), O_WRONLY | O_CLOEXEC);

	if (current < 0)
		return say_absent(answer, "%s: %s", path, strerror(errno));
	return say_works(answer, "listed and writable");
}

/* Does any line of "address type name" show an address? Those who may not see them get zeros. */
static bool shows_address(const char *text)
{
	while (text) {
		if (strtoull(text, NULL, 16) != 0)
			return true;
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return false;
}

enum feature_state try_kallsyms(struct features *features, const struct feature_row *row,
				struct feature_answer *answer)
{
	char path[TRY_PATH_BYTES], text[8192];
	long long restricted = -1;
	owns(own_close) int fd =
		open(path_in_root(features, row->detail, path), O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return say_absent(answer, "%s: %s", row->detail, strerror(errno));

	/* The file has megabytes: its begin tells. */
	ssize_t bytes = read(fd, text, sizeof(text) - 1);

	if (bytes < 0)
		return say_absent(answer, "%s: %s", row->detail, strerror(errno));
	text[bytes] = '\0';
	if (shows_address(text))
		return say_works(answer, "%s", row->detail);
	if (read_number(features, "/proc/sys/kernel/kptr_restrict", &restricted) == 0)
		return say_absent(answer, "all addresses read as zero (kernel.kptr_restrict=%lld)",
				  restricted);
	return say_absent(answer, "all addresses read as zero");
}

enum feature_state try_proc_stack(struct features *features, const struct feature_row *row,
				  struct feature_answer *answer)
{
	owns(own_free) char *text = NULL;
	int r = read_text(features, row->detail, &text);

	if (r < 0)
		return say_absent(answer, "%s: %s", row->detail, strerror(-r));
	if (!*text)
		return say_absent(answer, "%s is empty", row->detail);
	return say_works(answer, "/proc/PID/stack");
}

enum feature_state try_psi(struct features *features, const struct feature_row *row,
			   struct feature_answer *answer)
{
	owns(own_free) char *text = NULL;
	int r = read_text(features, row->detail, &text);

	if (r < 0)
		return say_absent(answer, "%s: %s", row->detail, strerror(-r));
	if (!strstr(text, "some avg10="))
		return say_absent(answer, "%s does not read as expected", row->detail);
	return say_works(answer, "/proc/pressure");
}

/* Is a sysctl there and not 0? */
enum feature_state try_sysctl_on(struct features *features, const struct feature_row *row,
				 struct feature_answer *answer)
{
	long long value;
	int r = read_number(features, row->detail, &value);

	if (r < 0)
		return say_absent(answer, "%s: %s", row->detail, strerror(-r));
	if (value == 0)
		return say_absent(answer, "it is off");
	return say_works(answer, "on");
}

/*
 * Without them many kernels still keep the run-queue delay: /proc/self/schedstat then counts our
 * own turns.
 */
enum feature_state try_schedstats(struct features *features, const struct feature_row *row,
				  struct feature_answer *answer)
{
	unsigned long long ran_ns, delay_ns, turns;
	owns(own_free) char *text = NULL;

	if (try_sysctl_on(features, row, answer) == FEATURE_WORKS)
		return FEATURE_WORKS;
	if (read_text(features, "/proc/self/schedstat", &text) < 0)
		return FEATURE_ABSENT;
	/* NOLINTNEXTLINE(cert-err34-c): the kernel's own numbers, of which only "not 0" counts. */
	if (sscanf(text, "%llu %llu %llu", &ran_ns, &delay_ns, &turns) != 3 || turns == 0)
		return FEATURE_ABSENT;
	return say_partly(answer, "run-queue delay only", "the statistics are off or not built");
}

/* The detail is the controller's name in version 2, then in version 1 (an option of its own mount).
 */
enum feature_state try_cgroup(struct features *features, const struct feature_row *row,
			      struct feature_answer *answer)
{
	size_t name_bytes = strcspn(row->detail, " ");
	const char *old_name = row->detail + name_bytes + 1;
	owns(mounts_free) struct mounts mounts = {};
	const char *old_point = NULL;
	int r = read_mounts(features, &mounts);

	if (r < 0)
		return say_unknown(answer, "/proc/self/mountinfo: %s", strerror(-r));
	for (size_t i = 0; i < mounts.entries.count; i++) {
		const struct mount_entry *entry = &mounts.entries.items[i];
		owns(own_free) char *controllers = NULL;
		char path[TRY_PATH_BYTES];

		if (strcmp(entry->type, "cgroup") == 0 && !old_point &&
		    has_word(entry->options, old_name, strlen(old_name), ","))
			old_point = entry->point;
		if (strcmp(entry->type, "cgroup2") != 0 ||
		    snprintf(path, sizeof(path), "%s/cgroup.controllers", entry->point) < 0 ||
		    read_text(features, path, &controllers) < 0)
			continue;
		if (has_word(controllers, row->detail, name_bytes, " \n"))
			return say_works(answer, "v2 at %s", entry->point);
	}
	if (old_point)
		return say_works(answer, "v1 at %s", old_point);
	return say_absent(answer, "no mounted cgroup hierarchy has it");
}

static int is_urls_file(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && strcmp(dot, ".urls") == 0;
}

/*
 * Named in the environment, or in /etc/debuginfod/NAME.urls, which the login shell would put there.
 * Nobody is called.
 */
enum feature_state try_debuginfod(struct features *features, const struct feature_row *row,
				  struct feature_answer *answer)
{
	char path[TRY_PATH_BYTES], folder[TRY_PATH_BYTES];
	const char *urls = getenv("DEBUGINFOD_URLS");
	owns(own_free) char *text = NULL;
	struct dirent **entries = NULL;

	if (urls && *urls)
		return say_works(answer, "%.*s", (int)strcspn(urls, " "), urls);

	int count = scandir(path_in_root(features, row->detail, folder), &entries, is_urls_file,
			    alphasort);

	for (int i = 0; i < count; i++) {
		if (!text &&
		    snprintf(path, sizeof(path), "%s/%s", row->detail, entries[i]->d_name) > 0 &&
		    read_text(features, path, &text) < 0)
			text = NULL;
		free(entries[i]);
	}
	free(entries);
	if (!text || !*text)
		return say_absent(answer, "DEBUGINFOD_URLS is not set");
	return say_works(answer, "%.*s", (int)strcspn(text, " \n"), text);
}
