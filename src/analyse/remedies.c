/* What are the exact steps that bring these names back? By where the code came from; what
 * distributions do is in tables. */
#include "analyse/remedies.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

enum {
	NAMED_MAX = 8,    /* members that a title names */
	FETCHED_MAX = 16, /* files that are fetched one by one */
};

enum family {
	FAMILY_OTHER,
	FAMILY_DEBIAN,
	FAMILY_UBUNTU,
	FAMILY_DNF,
	FAMILY_ZYPPER,
};

enum cut {
	CUT_WHOLE,
	CUT_REST,
	CUT_STEM,
};

struct distribution_row {
	const char *id;
	enum family family;
	const char *server;
};

static const struct distribution_row DISTRIBUTIONS[] = {
#define DISTRIBUTION(id, FAMILY, server) { id, FAMILY_##FAMILY, server },
#include "analyse/distributions.def"
#undef DISTRIBUTION
};

/* Asks many others. */
static const struct distribution_row ANY_DISTRIBUTION = { "", FAMILY_OTHER,
							  "https://debuginfod.elfutils.org" };

struct debug_package_row {
	enum family family;
	const char *prefix;
	enum cut cut;
	const char *before;
	const char *behind;
};

static const struct debug_package_row DEBUG_PACKAGES[] = {
#define DEBUG_PACKAGE(FAMILY, prefix, CUT, before, behind) \
	{ FAMILY_##FAMILY, prefix, CUT_##CUT, before, behind },
#include "analyse/debug_packages.def"
#undef DEBUG_PACKAGE
};

/* A text that grows. */
struct words {
	char *text;
	size_t bytes;
	FILE *out;
};

static void end_words(struct words *words)
{
	if (words->out)
		(void)fclose(words->out);
	free(words->text);
	*words = (struct words){};
}

static int begin_words(struct words *words)
{
	words->out = open_memstream(&words->text, &words->bytes);
	return words->out ? 0 : -ENOMEM;
}

/* All of it is in words->text now. */
static int finish_words(struct words *words)
{
	int bad = ferror(words->out);

	bad |= fclose(words->out);
	words->out = NULL;
	return bad || !words->text ? -ENOMEM : 0;
}

char *shell_quote(const char *word)
{
	static const char SAFE[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_-./+:,=@%";
	owns(end_words) struct words words = {};

	if (word[0] && strspn(word, SAFE) == strlen(word))
		return strdup(word);
	if (begin_words(&words) < 0)
		return NULL;
	(void)fputc('\'', words.out);
	for (; *word; word++) {
		if (*word == '\'')
			(void)fputs("'\\''", words.out);
		else
			(void)fputc(*word, words.out);
	}
	(void)fputc('\'', words.out);
	return finish_words(&words) < 0 ? NULL : give(words.text);
}

static const struct distribution_row *find_distribution(const char *id, size_t bytes)
{
	for (size_t i = 0; i < array_count(DISTRIBUTIONS); i++) {
		if (strlen(DISTRIBUTIONS[i].id) == bytes &&
		    memcmp(DISTRIBUTIONS[i].id, id, bytes) == 0)
			return &DISTRIBUTIONS[i];
	}
	return NULL;
}

static const struct distribution_row *distribution_of(const struct symbols_input *input)
{
	const struct distribution_row *row =
		find_distribution(input->distribution, strlen(input->distribution));
	const char *like = input->distribution_like;

	while (!row && *like) {
		size_t bytes = strcspn(like, " ");

		row = find_distribution(like, bytes);
		like += bytes;
		like += strspn(like, " ");
	}
	return row ? row : &ANY_DISTRIBUTION;
}

/* Code that its own distribution built can be had with names; what runs must match what is on disk.
 */
static enum remedy_kind remedy_of_origin(const struct symbols_facts *facts)
{
	switch (facts->origin) {
	case SYMBOLS_FROM_DKMS:
		return REMEDY_DKMS;
	case SYMBOLS_FROM_PACKAGE:
		return REMEDY_PACKAGE;
	case SYMBOLS_FROM_DISTRIBUTION:
		return REMEDY_DISTRIBUTION;
	case SYMBOLS_FROM_HERE:
		break;
	}
	return facts->kind == SYMBOLS_OF_FILE ? REMEDY_BUILD : REMEDY_BUILD_KERNEL;
}

enum remedy_kind remedy_kind_of(const struct symbols_facts *facts, enum symbols_state state)
{
	switch (state) {
	case SYMBOLS_LINES:
	case SYMBOLS_STATE_COUNT:
		return REMEDY_NONE;
	case SYMBOLS_NAMES:
	case SYMBOLS_EXPORTED:
	case SYMBOLS_NONE:
		return remedy_of_origin(facts);
	case SYMBOLS_REPLACED:
		return REMEDY_RESTART;
	case SYMBOLS_MISMATCH:
		return REMEDY_RELOAD;
	case SYMBOLS_NO_FILE:
		return REMEDY_DEPMOD;
	case SYMBOLS_UNREADABLE:
		return REMEDY_READ;
	}
	return REMEDY_NONE;
}

bool remedy_is_shared(enum remedy_kind kind, const struct symbols_facts *a,
		      const struct symbols_facts *b)
{
	return kind != REMEDY_DKMS || (strcmp(a->dkms.name, b->dkms.name) == 0 &&
				       strcmp(a->dkms.version, b->dkms.version) == 0);
}

/* "WHAT: zavl, zfs and 7 more" */
static int set_title(struct symbols_fix *fix, const struct remedy_group *group, const char *what)
{
	owns(end_words) struct words words = {};
	int r = begin_words(&words);

	if (r < 0)
		return r;
	(void)fprintf(words.out, "%s: ", what);
	for (size_t i = 0; i < group->count && i < NAMED_MAX; i++)
		(void)fprintf(words.out, "%s%s", i ? ", " : "", group->members[i]->name);
	if (group->count > NAMED_MAX)
		(void)fprintf(words.out, " and %zu more", group->count - NAMED_MAX);
	r = finish_words(&words);
	if (r < 0)
		return r;
	fix->title = give(words.text);
	return 0;
}

static const struct symbols_switch *find_switch(const struct symbols_dkms *dkms, const char *ending)
{
	for (size_t i = 0; i < dkms->switch_count; i++) {
		const char *name = dkms->switches[i].name;
		size_t bytes = strlen(name), ending_bytes = strlen(ending);

		if (bytes > ending_bytes && strcmp(name + bytes - ending_bytes, ending) == 0)
			return &dkms->switches[i];
	}
	return NULL;
}

/* Lines for PACKAGE_CONFIG: those of its switches that are not on. */
static int tell_switches(const struct symbols_dkms *dkms, struct symbols_fix *fix)
{
	const struct symbols_switch *debug = find_switch(dkms, "_ENABLE_DEBUG");
	size_t off = 0;
	int r;

	/* Assertions give no names. */
	for (size_t i = 0; i < dkms->switch_count; i++)
		off += !dkms->switches[i].is_on && &dkms->switches[i] != debug;
	if (off == 0)
		return symbols_say(fix,
				   "The switches in %s are on, but this build was made without "
				   "them: build it again.",
				   dkms->config_path);
	r = symbols_say(fix, "%s leaves it to %s%s. Add to that file:", dkms->conf_path,
			dkms->config_path, dkms->has_config ? "" : ", which is not there yet");
	for (size_t i = 0; i < dkms->switch_count && r == 0; i++) {
		if (!dkms->switches[i].is_on)
			r = symbols_type(fix, "%s=y", dkms->switches[i].name);
	}
	if (r == 0 && debug && !debug->is_on && dkms->switch_count > 1)
		r = symbols_say(fix,
				"(%s also builds assertions in and makes warnings errors: on a "
				"production machine leave that line out; names and lines need only "
				"the others.)",
				debug->name);
	return r;
}

/* DKMS reads this file after dkms.conf, and upgrades leave it alone. */
static int tell_strip(const struct remedy_group *group, struct symbols_fix *fix)
{
	const struct symbols_dkms *dkms = &group->members[0]->dkms;
	int r = symbols_say(fix, "%s does not set STRIP to \"no\". Add to /etc/dkms/%s.conf:",
			    dkms->conf_path, dkms->name);

	for (size_t i = 0; i < group->count && r == 0; i++)
		r = symbols_type(fix, "STRIP[%u]=\"no\"", group->members[i]->dkms.number);
	return r;
}

static int tell_dkms_reason(const struct remedy_group *group, struct symbols_fix *fix)
{
	const struct symbols_dkms *dkms = &group->members[0]->dkms;

	if (find_switch(dkms, "_DISABLE_STRIP") && dkms->config_path[0])
		return tell_switches(dkms, fix);
	switch (dkms->strip) {
	case SYMBOLS_STRIPPED:
		return tell_strip(group, fix);
	case SYMBOLS_KEPT:
		return symbols_say(fix,
				   "%s keeps debug information, but none was made: the kernel's "
				   "headers must have CONFIG_DEBUG_INFO, or the module's Makefile "
				   "must add -g.",
				   dkms->conf_path);
	case SYMBOLS_DECIDED:
		return symbols_say(fix,
				   "An expression in %s decides whether DKMS strips: it was not "
				   "run. It must yield \"no\".",
				   dkms->conf_path);
	}
	return 0;
}

static int tell_dkms(const struct symbols_input *input, const struct remedy_group *group,
		     struct symbols_fix *fix)
{
	const struct symbols_dkms *dkms = &group->members[0]->dkms;
	owns(own_free) char *package = NULL, *version = shell_quote(dkms->version);
	char title[200];
	int r;

	package = shell_quote(dkms->name);
	if (!package || !version)
		return -ENOMEM;
	(void)snprintf(title, sizeof(title), "Built here by DKMS from %.64s %.64s", dkms->name,
		       dkms->version);
	r = set_title(fix, group, title);
	if (r == 0)
		r = tell_dkms_reason(group, fix);
	if (r == 0)
		r = symbols_say(fix, "Then build and install it again:");
	if (r == 0)
		r = symbols_type(fix, "dkms build %s/%s -k %s --force", package, version,
				 input->release);
	if (r == 0)
		r = symbols_type(fix, "dkms install %s/%s -k %s --force", package, version,
				 input->release);
	if (r == 0)
		r = symbols_say(
			fix, "The old build runs on until the module is loaded again: reboot, or "
			     "unload it. If the initial RAM disk has a copy, make that again too "
			     "(update-initramfs -u, or dracut -f).");
	return r;
}

/* The name of the package with the names of that package. */
static void name_debug_package(enum family family, const char *package, char *ret, size_t ret_bytes)
{
	for (size_t i = 0; i < array_count(DEBUG_PACKAGES); i++) {
		const struct debug_package_row *row = &DEBUG_PACKAGES[i];
		size_t prefix = strlen(row->prefix), bytes = strlen(package);
		const char *kept = package;

		if (row->family != family || strncmp(package, row->prefix, prefix) != 0)
			continue;
		if (row->cut == CUT_REST)
			kept += prefix;
		if (row->cut == CUT_STEM)
			bytes = strcspn(package, "-");
		(void)snprintf(ret, ret_bytes, "%s%.*s%s", row->before, (int)bytes, kept,
			       row->behind);
		return;
	}
	(void)snprintf(ret, ret_bytes, "%s-dbgsym", package);
}

/* "apt-get install A-dbgsym B-dbg", each once. Also says whether one is a -dbgsym. */
static int list_debug_packages(enum family family, const struct remedy_group *group, FILE *out,
			       bool *ret_any_dbgsym)
{
	char(*said)[160] = calloc(group->count, sizeof(*said));
	size_t count = 0;

	if (!said)
		return -ENOMEM;
	*ret_any_dbgsym = false;
	for (size_t i = 0; i < group->count; i++) {
		bool is_new = true;

		name_debug_package(family, group->members[i]->package, said[count],
				   sizeof(said[count]));
		for (size_t j = 0; j < count && is_new; j++)
			is_new = strcmp(said[j], said[count]) != 0;
		if (!is_new)
			continue;
		*ret_any_dbgsym |= strstr(said[count], "-dbgsym") != NULL;
		(void)fprintf(out, " %s", said[count]);
		count++;
	}
	free(said);
	return 0;
}

static int tell_archive(const struct symbols_input *input, enum family family,
			struct symbols_fix *fix)
{
	const char *codename = input->codename[0] ? input->codename : "unstable";
	int r = symbols_say(fix, "Unless it is there already, add the archive of debug symbols:");

	if (r < 0)
		return r;
	if (family == FAMILY_DEBIAN)
		return symbols_type(fix,
				    "echo 'deb http://deb.debian.org/debian-debug/ %s-debug main' "
				    "> /etc/apt/sources.list.d/debug.list",
				    codename);
	r = symbols_type(fix, "apt-get install ubuntu-dbgsym-keyring");
	if (r == 0)
		r = symbols_type(
			fix,
			"printf 'deb http://ddebs.ubuntu.com %%s main restricted universe "
			"multiverse\\n' %s %s-updates > /etc/apt/sources.list.d/ddebs.list",
			codename, codename);
	return r;
}

static const char *build_id_of(const struct symbols_facts *facts)
{
	return facts->running_id[0] ? facts->running_id : facts->file_id;
}

/* One by one is for a few files: at most so many. */
static int tell_debuginfod(const struct symbols_input *input, const struct remedy_group *group,
			   size_t most, struct symbols_fix *fix)
{
	owns(end_words) struct words words = {};
	size_t count = 0;
	int r;

	if (group->count > most)
		return 0;
	r = begin_words(&words);
	if (r < 0)
		return r;
	for (size_t i = 0; i < group->count; i++) {
		count += build_id_of(group->members[i])[0] != '\0';
		(void)fprintf(words.out, "%s%s", i ? " " : "", build_id_of(group->members[i]));
	}
	r = finish_words(&words);
	if (r < 0 || count == 0)
		return r;
	r = symbols_say(fix, "Or fetch only these from a debuginfod server (debuginfod-find is in "
			     "Debian's package debuginfod, elsewhere it comes with elfutils):");
	if (r == 0 && !input->has_debuginfod)
		r = symbols_type(fix, "export DEBUGINFOD_URLS=%s", distribution_of(input)->server);
	if (r == 0)
		r = symbols_type(
			fix,
			"for id in %s; do install -D -m 644 \"$(debuginfod-find debuginfo $id)\" "
			"/usr/lib/debug/.build-id/$(printf %%.2s $id)/${id#??}.debug; done",
			words.text);
	return r;
}

/* dpkg knows the package by name. */
static int tell_package(const struct symbols_input *input, const struct remedy_group *group,
			struct symbols_fix *fix)
{
	enum family family = distribution_of(input)->family;
	owns(end_words) struct words words = {};
	bool any_dbgsym = false;
	int r = set_title(fix, group, "From packages, whose debug symbols are not installed");

	/* Whoever uses dpkg and is not known names them as Debian does. */
	if (family != FAMILY_UBUNTU)
		family = FAMILY_DEBIAN;
	if (r == 0)
		r = begin_words(&words);
	if (r == 0)
		r = list_debug_packages(family, group, words.out, &any_dbgsym);
	if (r == 0)
		r = finish_words(&words);
	if (r == 0 && any_dbgsym)
		r = tell_archive(input, family, fix);
	if (r == 0)
		r = symbols_say(fix, "Install them:");
	if (r == 0)
		r = symbols_type(fix, "apt-get update");
	if (r == 0)
		r = symbols_type(fix, "apt-get install%s", words.text);
	return r < 0 ? r : tell_debuginfod(input, group, FETCHED_MAX, fix);
}

/* The paths of the files as words of a shell, and whether the kernel or its modules are among them.
 */
static int list_paths(const struct remedy_group *group, FILE *out, bool *ret_kernel)
{
	*ret_kernel = false;
	for (size_t i = 0; i < group->count; i++) {
		owns(own_free) char *path = NULL;

		if (group->members[i]->kind != SYMBOLS_OF_FILE) {
			*ret_kernel = true;
			continue;
		}
		path = shell_quote(group->members[i]->path);
		if (!path)
			return -ENOMEM;
		(void)fprintf(out, " %s", path);
	}
	return 0;
}

static int type_rpm_commands(const struct symbols_input *input, enum family family,
			     const char *paths, bool has_kernel, struct symbols_fix *fix)
{
	int r = symbols_say(fix, "Install the debug symbols of their packages:");

	if (r == 0 && has_kernel && family == FAMILY_DNF)
		r = symbols_type(fix, "dnf debuginfo-install kernel-%s", input->release);
	if (r == 0 && has_kernel && family == FAMILY_ZYPPER)
		r = symbols_type(fix, "zypper install kernel-default-debuginfo");
	if (r == 0 && *paths && family == FAMILY_DNF)
		r = symbols_type(fix, "dnf debuginfo-install $(rpm -qf%s | sort -u)", paths);
	if (r == 0 && *paths && family == FAMILY_ZYPPER)
		r = symbols_type(
			fix, "zypper install $(rpm -qf --qf '%%{NAME}-debuginfo\\n'%s | sort -u)",
			paths);
	return r;
}

static int tell_distribution(const struct symbols_input *input, const struct remedy_group *group,
			     struct symbols_fix *fix)
{
	enum family family = distribution_of(input)->family;
	owns(end_words) struct words words = {};
	bool has_kernel = false;
	int r = set_title(fix, group,
			  "From the distribution, whose debug symbols are not installed");

	if (r == 0)
		r = begin_words(&words);
	if (r == 0)
		r = list_paths(group, words.out, &has_kernel);
	if (r == 0)
		r = finish_words(&words);
	if (r == 0 && (family == FAMILY_DNF || family == FAMILY_ZYPPER))
		r = type_rpm_commands(input, family, words.text, has_kernel, fix);
	/* Where there are no packages of debug symbols, it is the only way. */
	return r < 0 ? r
		     : tell_debuginfod(input, group,
				       family == FAMILY_OTHER ? SIZE_MAX : FETCHED_MAX, fix);
}

static int tell_build(const struct remedy_group *group, struct symbols_fix *fix)
{
	int r = set_title(fix, group, "Of no package: built by yourselves");

	return r < 0 ? r
		     : symbols_say(
			       fix,
			       "Compile and link with -g -fno-omit-frame-pointer, and do not "
			       "strip: -g gives lines, frame pointers give whole stacks. To ship "
			       "it small, split the names off (objcopy --only-keep-debug) and "
			       "keep them under /usr/lib/debug/.build-id.");
}

static int tell_build_kernel(const struct symbols_input *input, const struct remedy_group *group,
			     struct symbols_fix *fix)
{
	int r = set_title(fix, group,
			  "Of no package: built by hand, or by whoever runs this machine");

	if (r == 0)
		r = symbols_say(fix,
				"Build with CONFIG_DEBUG_INFO_DWARF_TOOLCHAIN_DEFAULT=y, install "
				"modules without INSTALL_MOD_STRIP, and keep the vmlinux of that "
				"build where it is looked for:");
	return r < 0 ? r
		     : symbols_type(fix, "install -D vmlinux /usr/lib/debug/boot/vmlinux-%s",
				    input->release);
}

static int tell_words(const struct remedy_group *group, const char *title, const char *words,
		      struct symbols_fix *fix)
{
	int r = set_title(fix, group, title);

	return r < 0 ? r : symbols_say(fix, "%s", words);
}

int remedy_tell(const struct symbols_input *input, const struct remedy_group *group,
		struct symbols_fix *fix)
{
	switch (group->kind) {
	case REMEDY_NONE:
	case REMEDY_KINDS:
		return 0;
	case REMEDY_READ:
		return tell_words(group, "Not readable",
				  "Run slowpath as root: what these files have could not be seen.",
				  fix);
	case REMEDY_DKMS:
		return tell_dkms(input, group, fix);
	case REMEDY_PACKAGE:
		return tell_package(input, group, fix);
	case REMEDY_DISTRIBUTION:
		return tell_distribution(input, group, fix);
	case REMEDY_BUILD_KERNEL:
		return tell_build_kernel(input, group, fix);
	case REMEDY_BUILD:
		return tell_build(group, fix);
	case REMEDY_RELOAD:
		return tell_words(
			group,
			"Not the build that runs: its names would be wrong, and are "
			"refused",
			"The file was changed after the module was loaded, or the initial RAM "
			"disk has another one: make that again (update-initramfs -u, or "
			"dracut -f), and reboot or load the module again.",
			fix);
	case REMEDY_RESTART:
		return tell_words(
			group, "Deleted or replaced since the process mapped it",
			"Restart the process: it runs the old file, whose names are gone from "
			"the disk.",
			fix);
	case REMEDY_DEPMOD:
		return tell_words(
			group, "No file is known for these loaded modules",
			"They were loaded from elsewhere, or /lib/modules has no list of them: "
			"run depmod -a, or keep their .ko files.",
			fix);
	}
	return 0;
}
