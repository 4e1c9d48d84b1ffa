/* What is there to be named? One fact sheet for each piece of code, put together from what host and
 * symbol tell. */
#include "cmd/survey.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/dkms.h"
#include "host/mapped.h"
#include "host/naming.h"
#include "host/packages.h"
#include "host/rooted.h"
#include "symbol/inspect.h"

/* Where the kernel with its names may be, below the root. */
static const struct {
	const char *before; /* the release */
	const char *behind;
} KERNEL_PATHS[] = {
	{ "/usr/lib/debug/boot/vmlinux-", "" },
	{ "/usr/lib/debug/lib/modules/", "/vmlinux" },
	{ "/usr/lib/debug/usr/lib/modules/", "/vmlinux" },
	{ "/lib/modules/", "/build/vmlinux" },
	{ "/lib/modules/", "/vmlinux" },
	{ "/boot/vmlinux-", "" },
};

/* Keep a text as long as the survey; NULL when memory is out. */
static const char *keep(struct survey *survey, const char *text)
{
	char **place = array_push(&survey->texts);

	if (!place)
		return NULL;
	*place = strdup(text);
	return *place;
}

static struct symbols_facts *add_facts(struct survey *survey, enum symbols_kind kind,
				       const char *name, const char *path)
{
	const char *kept_name = keep(survey, name), *kept_path = keep(survey, path);
	struct symbols_facts *facts = array_push(&survey->facts);

	if (!kept_name || !kept_path || !facts)
		return NULL;
	*facts = (struct symbols_facts){
		.kind = kind,
		.name = kept_name,
		.path = kept_path,
		.open_error = "",
		.running_id = "",
		.file_id = "",
		.packing = "",
		.debug_path = "",
		.refused_path = "",
		.package = "",
	};
	return facts;
}

static int keep_build_id(struct survey *survey, const struct inspect_id *id, const char **ret)
{
	char text[INSPECT_ID_TEXT_BYTES];

	inspect_id_format(id, text);
	*ret = keep(survey, text);
	return *ret ? 0 : -ENOMEM;
}

static int keep_running_id(struct survey *survey, const uint8_t *bytes, uint8_t count,
			   struct symbols_facts *facts)
{
	struct inspect_id id = { .count = count < INSPECT_ID_BYTES ? count : INSPECT_ID_BYTES };

	memcpy(id.bytes, bytes, id.count);
	return keep_build_id(survey, &id, &facts->running_id);
}

/* One place where the debug file may be. 1: it is there. 0: it is not; -ENOMEM. */
static int try_debug_file(struct survey *survey, const struct inspection *inspection,
			  const char *path, struct symbols_facts *facts)
{
	owns(own_close) int fd = rooted_open(survey->code_root, path);
	struct inspection debug = {};
	const char *kept;

	if (fd < 0 || strcmp(path, facts->path) == 0 || inspect_file(fd, &debug, NULL) < 0)
		return 0;
	kept = keep(survey, path);
	if (!kept)
		return -ENOMEM;
	if (!inspect_belongs(inspection, &debug, fd)) {
		facts->refused_path = kept;
		return 0;
	}
	facts->debug_path = kept;
	facts->debug_functions = debug.functions;
	facts->debug_has_lines = debug.has_lines;
	return 1;
}

static int find_debug_file(struct survey *survey, const struct inspection *inspection,
			   struct symbols_facts *facts)
{
	char path[ROOTED_PATH_BYTES];

	for (unsigned int number = 0; number < DEBUG_PATHS_MAX; number++) {
		int r;

		if (!inspect_debug_path(inspection, facts->path, number, path, sizeof(path)))
			continue;
		r = try_debug_file(survey, inspection, path, facts);
		if (r != 0)
			return r < 0 ? r : 0;
	}
	return 0;
}

/* Write down what the file at facts->path has. -errno of the file itself is a fact too. */
static int read_file(struct survey *survey, struct symbols_facts *facts, struct diag *why)
{
	owns(own_close) int fd = rooted_open(survey->code_root, facts->path);
	struct inspection inspection = {};
	struct diag reason = {};
	int r = fd < 0 ? diag_set(&reason, fd, "%s", strerror(-fd))
		       : inspect_file(fd, &inspection, &reason);

	if (r < 0) {
		facts->open_error = keep(survey, reason.text);
		(void)diag_set(why, r, "cannot read %s: %s", facts->path, reason.text);
		return facts->open_error ? r : -ENOMEM;
	}
	facts->packing = packing_name(inspection.packing);
	facts->functions = inspection.functions;
	facts->exported = inspection.exported;
	facts->has_mini = inspection.has_mini;
	facts->has_lines = inspection.has_lines;
	r = keep_build_id(survey, &inspection.build_id, &facts->file_id);
	if (r == 0 && !facts->has_lines)
		r = find_debug_file(survey, &inspection, facts);
	return r;
}

/* A file that cannot be read does not end the survey: that is told of it. */
static int read_file_or_say(struct survey *survey, struct symbols_facts *facts)
{
	int r = read_file(survey, facts, NULL);

	return r == -ENOMEM ? r : 0;
}

int survey_begin(struct survey *survey, const char *root, const char *release, struct diag *why)
{
	struct distribution distribution = {};
	const char *urls = getenv("DEBUGINFOD_URLS");
	struct symbols_input *input = &survey->input;

	survey->root = survey->code_root = root;
	distribution_read(root, &distribution);
	input->release = keep(survey, release);
	input->distribution = keep(survey, distribution.id);
	input->distribution_like = keep(survey, distribution.id_like);
	input->codename = keep(survey, distribution.codename);
	input->has_debuginfod = urls && urls[0];
	input->settings.lockdown = "";
	input->process.comm = input->process.perf_map = "";
	if (!input->release || !input->distribution || !input->distribution_like ||
	    !input->codename)
		return diag_set(why, -ENOMEM, "out of memory");
	return modules_read(root, release, &survey->modules, why);
}

static int find_dkms(struct survey *survey, struct symbols_facts *facts)
{
	owns(dkms_free) struct dkms_package package = {};
	struct symbols_dkms *dkms = &facts->dkms;
	struct symbols_switch *switches;
	int r;

	r = dkms_find(survey->root, survey->input.release, facts->name, &package);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	/* What came with the kernel is below kernel/, unless DKMS put its own build there. */
	if (strstr(facts->path, "/kernel/") && !package.is_built)
		return 0;
	switches = calloc(package.switches.count + 1, sizeof(*switches));
	if (!switches || !array_push(&survey->texts)) {
		free(switches);
		return -ENOMEM;
	}
	survey->texts.items[survey->texts.count - 1] = (char *)switches;
	for (size_t i = 0; i < package.switches.count; i++) {
		switches[i].name = keep(survey, package.switches.items[i].name);
		switches[i].is_on = package.switches.items[i].is_on;
		if (!switches[i].name)
			return -ENOMEM;
	}
	*dkms = (struct symbols_dkms){
		.name = keep(survey, package.name),
		.version = keep(survey, package.version),
		.conf_path = keep(survey, package.conf_path),
		.config_path = keep(survey, package.config_path),
		.has_config = package.has_config,
		.strip = package.strip == DKMS_STRIPS  ? SYMBOLS_STRIPPED
			 : package.strip == DKMS_KEEPS ? SYMBOLS_KEPT
						       : SYMBOLS_DECIDED,
		.number = package.number,
		.switches = switches,
		.switch_count = package.switches.count,
	};
	facts->origin = SYMBOLS_FROM_DKMS;
	return dkms->name && dkms->version && dkms->conf_path && dkms->config_path ? 0 : -ENOMEM;
}

static int add_module(struct survey *survey, const struct host_module *module)
{
	struct symbols_facts *facts = add_facts(survey, SYMBOLS_OF_MODULE, module->name,
						module->path ? module->path : "");
	int r;

	if (!facts)
		return -ENOMEM;
	r = keep_running_id(survey, module->build_id, module->build_id_bytes, facts);
	if (r == 0 && module->path)
		r = read_file_or_say(survey, facts);
	if (r == 0 && module->path)
		r = find_dkms(survey, facts);
	return r;
}

/* Try the kernel with its names at this path: one of another build is refused, and the search goes
 * on. */
static int try_kernel_file(struct survey *survey, const char *path, struct symbols_facts *facts)
{
	struct symbols_facts before = *facts;
	int r;

	facts->path = keep(survey, path);
	if (!facts->path)
		return -ENOMEM;
	r = read_file_or_say(survey, facts);
	if (r < 0 || !facts->running_id[0] || strcmp(facts->running_id, facts->file_id) == 0)
		return r;
	path = facts->path;
	*facts = before;
	facts->refused_path = path;
	return 0;
}

static int add_kernel(struct survey *survey)
{
	struct symbols_facts *facts = add_facts(survey, SYMBOLS_OF_KERNEL, "vmlinux", "");
	uint8_t id[MODULE_BUILD_ID_BYTES], id_bytes = 0;
	int r;

	if (!facts)
		return -ENOMEM;
	kernel_build_id(survey->root, id, &id_bytes);
	r = keep_running_id(survey, id, id_bytes, facts);
	for (size_t i = 0; r == 0 && !facts->path[0] && i < array_count(KERNEL_PATHS); i++) {
		char path[ROOTED_PATH_BYTES];

		(void)snprintf(path, sizeof(path), "%s%s%s", KERNEL_PATHS[i].before,
			       survey->input.release, KERNEL_PATHS[i].behind);

		owns(own_close) int fd = rooted_open(survey->root, path);

		if (fd >= 0)
			r = try_kernel_file(survey, path, facts);
	}
	return r;
}

/* The settings that hide the kernel's names, and whether it has any. */
static void add_settings(struct survey *survey)
{
	struct symbols_settings *settings = &survey->input.settings;
	struct naming naming;

	naming_read(survey->root, &naming);
	*settings = (struct symbols_settings){
		.are_asked = true,
		.has_kallsyms = naming.has_kallsyms,
		.is_hidden = naming.is_hidden,
		.has_data = naming.has_data,
		.is_root = geteuid() == 0,
		.kptr_restrict = naming.kptr_restrict,
		.perf_event_paranoid = naming.perf_event_paranoid,
		.lockdown = keep(survey, naming.lockdown),
	};
	if (!settings->lockdown)
		settings->lockdown = "";
	for (size_t i = 0; i < survey->facts.count; i++) {
		if (survey->facts.items[i].kind != SYMBOLS_OF_FILE)
			survey->facts.items[i].is_live = naming.has_kallsyms && !naming.is_hidden;
	}
}

int survey_machine(struct survey *survey, struct diag *why)
{
	int r = add_kernel(survey);

	survey->input.has_no_modules = survey->modules.has_none;
	survey->input.lacks_module_list =
		survey->modules.items.count > 0 && !survey->modules.has_list;
	for (size_t i = 0; r == 0 && i < survey->modules.items.count; i++)
		r = add_module(survey, &survey->modules.items.items[i]);
	if (r < 0)
		return diag_set(why, r, "out of memory");
	add_settings(survey);
	return 0;
}

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

/* Files are looked at through the process's own root, which makes containers and us alike. */
static int add_mapped(struct survey *survey, const struct mapped_file *file, const char *inside)
{
	struct symbols_facts *facts =
		add_facts(survey, SYMBOLS_OF_FILE, file_name(file->path), file->path);

	if (!facts)
		return -ENOMEM;
	facts->is_gone = file->state == MAPPED_DELETED;
	facts->is_replaced = file->state == MAPPED_REPLACED;
	survey->code_root = file->is_outside ? survey->root : inside;
	return file->state == MAPPED_AS_IT_IS ? read_file_or_say(survey, facts) : 0;
}

static int add_process(struct survey *survey, uint32_t pid, const struct mapped_code *code)
{
	struct symbols_process *process = &survey->input.process;
	char path[ROOTED_PATH_BYTES];
	const char *inside;
	int r = 0;

	if (snprintf(path, sizeof(path), "%s/proc/%" PRIu32 "/root", survey->root, pid) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	inside = code->has_own_root ? keep(survey, path) : survey->root;
	*process = (struct symbols_process){
		.pid = pid,
		.comm = keep(survey, code->comm),
		.anonymous = code->anonymous,
		.anonymous_bytes = code->anonymous_bytes,
		.has_perf_map = code->has_perf_map,
		.perf_map = keep(survey, code->perf_map),
	};
	if (!inside || !process->comm || !process->perf_map)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < code->files.count; i++) {
		r = add_mapped(survey, &code->files.items[i], inside);
		process->has_own_root |= code->has_own_root && !code->files.items[i].is_outside;
	}
	survey->code_root = process->has_own_root ? inside : survey->root;
	return r;
}

int survey_process(struct survey *survey, uint32_t pid, struct diag *why)
{
	owns(mapped_free) struct mapped_code code = {};
	int r = mapped_read(survey->root, pid, &code, why);

	if (r < 0)
		return r;
	survey->input.lists_items = true;
	r = add_process(survey, pid, &code);
	return r < 0 ? diag_set(why, r, "out of memory") : 0;
}

/* A module's file: is it the one that runs, and who built it? */
static int make_module(struct survey *survey, const char *name, struct symbols_facts *facts)
{
	const struct host_module *module = modules_find(&survey->modules, name);
	int r = 0;

	facts->kind = SYMBOLS_OF_MODULE;
	facts->name = keep(survey, name);
	if (!facts->name)
		return -ENOMEM;
	if (module)
		r = keep_running_id(survey, module->build_id, module->build_id_bytes, facts);
	return r < 0 ? r : find_dkms(survey, facts);
}

int survey_file(struct survey *survey, const char *path, struct diag *why)
{
	owns(own_free) char *whole = survey->root[0] ? strdup(path) : realpath(path, NULL);
	struct symbols_facts *facts;
	char name[64];
	int r;

	if (!whole)
		return diag_set(why, errno > 0 ? -errno : -EIO, "cannot read %s: %s", path,
				strerror(errno));
	survey->input.lists_items = true;
	facts = add_facts(survey, SYMBOLS_OF_FILE, file_name(whole), whole);
	if (!facts)
		return diag_set(why, -ENOMEM, "out of memory");
	r = read_file(survey, facts, why);
	return r < 0 || !module_name_of(whole, name) ? r : make_module(survey, name, facts);
}

int survey_module(struct survey *survey, const char *name, struct diag *why)
{
	const struct host_module *module = modules_find(&survey->modules, name);
	owns(own_free) char *path = NULL;
	int r;

	survey->input.lists_items = true;
	if (!module)
		path = module_find_file(survey->root, survey->input.release, name);
	if (path)
		return survey_file(survey, path, why);
	if (module)
		r = add_module(survey, module);
	else if (strcmp(name, "kernel") == 0 || strcmp(name, "vmlinux") == 0 ||
		 module_is_builtin(survey->root, survey->input.release, name))
		r = add_kernel(survey);
	else if (survey->modules.has_none)
		return diag_set(why, -ENOENT,
				"there is no file '%s', and this kernel has no loadable modules",
				name);
	else
		return diag_set(why, -ENOENT, "there is no module and no file '%s' for this kernel",
				name);
	if (r < 0)
		return diag_set(why, r, "out of memory");
	add_settings(survey);
	return 0;
}

/* A path that a distribution's packages use, and nobody else should. */
static bool is_of_distribution(const char *path)
{
	static const char *const FOLDERS[] = {
		"/boot/", "/usr/bin/", "/usr/sbin/", "/usr/lib",
		"/bin/",  "/sbin/",    "/lib",       "/usr/libexec/"
	};

	for (size_t i = 0; i < array_count(FOLDERS); i++) {
		if (strncmp(path, FOLDERS[i], strlen(FOLDERS[i])) == 0)
			return true;
	}
	return false;
}

/* Of the kernel's package, the compressed image is the one file that is always there. */
static const char *path_to_ask(struct survey *survey, const struct symbols_facts *facts)
{
	char path[256];

	if (facts->kind != SYMBOLS_OF_KERNEL)
		return facts->path;
	(void)snprintf(path, sizeof(path), "/boot/vmlinuz-%s", survey->input.release);

	owns(own_close) int fd = rooted_open(survey->root, path);

	return fd < 0 ? "" : keep(survey, path);
}

static int find_packages(struct survey *survey)
{
	size_t count = survey->facts.count;
	owns(own_free) struct package_query *queries = calloc(count + 1, sizeof(*queries));
	int r = queries ? 0 : -ENOMEM;
	bool uses_dpkg;

	for (size_t i = 0; r == 0 && i < count; i++) {
		queries[i].path = path_to_ask(survey, &survey->facts.items[i]);
		if (!queries[i].path)
			r = -ENOMEM;
	}
	if (r < 0)
		return r;
	r = packages_find(survey->code_root, queries, count);
	uses_dpkg = r == 0;
	for (size_t i = 0; r != -ENOMEM && i < count; i++) {
		struct symbols_facts *facts = &survey->facts.items[i];

		if (facts->origin != SYMBOLS_FROM_HERE)
			continue;
		if (uses_dpkg && queries[i].owner[0])
			facts->origin = SYMBOLS_FROM_PACKAGE;
		else if (!uses_dpkg && is_of_distribution(queries[i].path))
			facts->origin = SYMBOLS_FROM_DISTRIBUTION;
		facts->package = keep(survey, queries[i].owner);
		if (!facts->package)
			r = -ENOMEM;
	}
	return r == -ENOMEM ? r : 0;
}

int survey_finish(struct survey *survey, struct diag *why)
{
	int r = find_packages(survey);

	if (r < 0)
		return diag_set(why, r, "out of memory");
	survey->input.facts = survey->facts.items;
	survey->input.count = survey->facts.count;
	return 0;
}

void survey_free(struct survey *survey)
{
	for (size_t i = 0; i < survey->texts.count; i++)
		free(survey->texts.items[i]);
	array_free(&survey->texts);
	array_free(&survey->facts);
	modules_free(&survey->modules);
}
