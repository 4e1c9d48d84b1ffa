/* Was this module built here by DKMS? Reads dkms.conf as far as it can be read without a shell: its
 * assignments. */
#include "host/dkms.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "host/rooted.h"

enum {
	MODULES_MAX = 256, /* in one dkms.conf */
	VALUE_BYTES = 1024,
};

/* How packages call the switches of their configuration file that matter here. */
static const char *const SWITCH_ENDINGS[] = { "_ENABLE_DEBUG", "_ENABLE_DEBUGINFO",
					      "_DISABLE_STRIP" };

/* NAME=value or NAME[number]=value, the quotes taken off. */
struct assignment {
	char name[64];
	unsigned int number;
	char value[VALUE_BYTES]; /* cut to fit */
};

static bool is_name_byte(char byte)
{
	return isalnum((unsigned char)byte) || byte == '_';
}

/*
 * The end of a quoted value that begins at text, behind its first quote: the first quote of the
 * kind that is neither escaped nor within $( ). What a pattern of `case` closes is not counted.
 */
static const char *find_quote(const char *text, char quote)
{
	unsigned int depth = 0;

	for (; *text; text++) {
		if (*text == '\\' && quote == '"' && text[1])
			text++;
		else if (quote == '"' && *text == '$' && text[1] == '(')
			depth++;
		else if (*text == ')' && depth > 0)
			depth--;
		else if (*text == quote && depth == 0)
			break;
	}
	return text;
}

static void copy_cut(char *ret, size_t ret_bytes, const char *text, size_t bytes)
{
	if (bytes >= ret_bytes)
		bytes = ret_bytes - 1;
	memcpy(ret, text, bytes);
	ret[bytes] = '\0';
}

/* Read the value at text, whose parts may be quoted or not ("a"$b"c"); returns what stands behind
 * it. */
static const char *read_value(const char *text, char ret[static VALUE_BYTES])
{
	size_t used = 0;

	while (*text && !strchr(" \t\n;#", *text)) {
		bool is_quoted = *text == '"' || *text == '\'';
		char quote = *text;
		const char *end;
		size_t bytes;

		text += is_quoted;
		end = is_quoted ? find_quote(text, quote) : text + strcspn(text, " \t\n;#\"'");
		bytes = (size_t)(end - text);
		if (bytes >= VALUE_BYTES - used)
			bytes = VALUE_BYTES - used - 1;
		memcpy(ret + used, text, bytes);
		used += bytes;
		text = is_quoted && *end ? end + 1 : end;
	}
	ret[used] = '\0';
	return text;
}

/* Is there an assignment at text? Then *rest is what stands behind it. */
static bool read_assignment(const char *text, struct assignment *ret, const char **rest)
{
	const char *end = text;
	char *digits_end = NULL;
	unsigned long number = 0;

	while (is_name_byte(*end))
		end++;
	if (end == text || isdigit((unsigned char)*text) ||
	    (size_t)(end - text) >= sizeof(ret->name))
		return false;
	copy_cut(ret->name, sizeof(ret->name), text, (size_t)(end - text));
	if (*end == '[') {
		number = strtoul(end + 1, &digits_end, 10);
		if (digits_end == end + 1 || *digits_end != ']' || number >= MODULES_MAX)
			return false;
		end = digits_end + 1;
	}
	if (*end != '=')
		return false;
	ret->number = (unsigned int)number;
	*rest = read_value(end + 1, ret->value);
	return true;
}

/* Call seen() for each assignment that begins a line, indented or not. */
static void each_assignment(const char *text,
			    void (*seen)(void *self, const struct assignment *assignment),
			    void *self)
{
	while (*text) {
		struct assignment assignment;
		const char *rest = NULL;

		text += strspn(text, " \t\n");
		if (strncmp(text, "export ", 7) == 0)
			text += 7;
		if (read_assignment(text, &assignment, &rest)) {
			seen(self, &assignment);
			text = rest;
		}
		text += strcspn(text, "\n");
	}
}

/* What one dkms.conf says, as far as it matters here. */
struct recipe {
	struct dkms_package *package;
	const char *module;
	bool builds_any; /* it has a BUILT_MODULE_NAME */
	bool builds_it;
	/* By module; 0: not said, 'y', 'n', '?': an expression, or it is said twice, in two ways.
	 */
	char strips[MODULES_MAX];
};

static bool is_same_module(const char *a, const char *b)
{
	for (; *a && *b; a++, b++) {
		if (*a != *b && !((*a == '-' || *a == '_') && (*b == '-' || *b == '_')))
			return false;
	}
	return *a == *b;
}

/* The package's own name may be a part of the names of its modules. */
static void expand(const struct dkms_package *package, const char *value, char *ret,
		   size_t ret_bytes)
{
	static const char *const SPELLINGS[] = { "${PACKAGE_NAME}", "$PACKAGE_NAME" };

	for (size_t i = 0; i < array_count(SPELLINGS); i++) {
		const char *place = strstr(value, SPELLINGS[i]);

		if (!place)
			continue;
		(void)snprintf(ret, ret_bytes, "%.*s%s%s", (int)(place - value), value,
			       package->name, place + strlen(SPELLINGS[i]));
		return;
	}
	(void)snprintf(ret, ret_bytes, "%s", value);
}

/* "${STRIP[0]}": as the first one. */
static char classify_strip(const struct recipe *recipe, const char *value)
{
	if (strcmp(value, "${STRIP[0]}") == 0 || strcmp(value, "$STRIP") == 0)
		return recipe->strips[0];
	if (strpbrk(value, "$`"))
		return '?';
	return value[0] == 'n' || value[0] == 'N' ? 'n' : 'y';
}

static void note_strip(struct recipe *recipe, const struct assignment *assignment)
{
	char *said = &recipe->strips[assignment->number];
	char now = classify_strip(recipe, assignment->value);

	if (*said && *said != now)
		now = '?';
	*said = now;
}

static void note_assignment(void *self, const struct assignment *assignment)
{
	struct recipe *recipe = self;
	struct dkms_package *package = recipe->package;
	char value[VALUE_BYTES];

	if (strcmp(assignment->name, "PACKAGE_NAME") == 0) {
		copy_cut(package->name, sizeof(package->name), assignment->value,
			 strlen(assignment->value));
	} else if (strcmp(assignment->name, "PACKAGE_VERSION") == 0) {
		copy_cut(package->version, sizeof(package->version), assignment->value,
			 strlen(assignment->value));
	} else if (strcmp(assignment->name, "PACKAGE_CONFIG") == 0) {
		copy_cut(package->config_path, sizeof(package->config_path), assignment->value,
			 strlen(assignment->value));
	} else if (strcmp(assignment->name, "STRIP") == 0) {
		note_strip(recipe, assignment);
	} else if (strcmp(assignment->name, "BUILT_MODULE_NAME") == 0) {
		expand(package, assignment->value, value, sizeof(value));
		recipe->builds_any = true;
		if (is_same_module(value, recipe->module)) {
			recipe->builds_it = true;
			package->number = assignment->number;
		}
	}
}

static bool ends_with(const char *text, size_t bytes, const char *ending)
{
	size_t ending_bytes = strlen(ending);

	return bytes > ending_bytes &&
	       memcmp(text + bytes - ending_bytes, ending, ending_bytes) == 0;
}

static bool has_switch(const struct dkms_package *package, const char *name, size_t bytes)
{
	for (size_t i = 0; i < package->switches.count; i++) {
		if (strncmp(package->switches.items[i].name, name, bytes) == 0 &&
		    package->switches.items[i].name[bytes] == '\0')
			return true;
	}
	return false;
}

/* The variables of the whole text with this ending. */
static int find_switches(const char *text, const char *ending, struct dkms_package *package)
{
	while (*text) {
		struct dkms_switch *added;
		size_t bytes = 0;

		while (is_name_byte(text[bytes]))
			bytes++;
		if (bytes == 0) {
			text++;
			continue;
		}
		if (bytes < sizeof(added->name) && ends_with(text, bytes, ending) &&
		    !has_switch(package, text, bytes)) {
			added = array_push(&package->switches);
			if (!added)
				return -ENOMEM;
			copy_cut(added->name, sizeof(added->name), text, bytes);
		}
		text += bytes;
	}
	return 0;
}

static void note_switch(void *self, const struct assignment *assignment)
{
	struct dkms_package *package = self;

	for (size_t i = 0; i < package->switches.count; i++) {
		if (strcmp(package->switches.items[i].name, assignment->name) == 0)
			package->switches.items[i].is_on =
				strcasecmp(assignment->value, "y") == 0 ||
				strcasecmp(assignment->value, "yes") == 0;
	}
}

/* Does any of the switches decide, and how? */
static enum dkms_strip resolve_strip(const struct recipe *recipe)
{
	const struct dkms_package *package = recipe->package;
	char said = recipe->strips[package->number];

	if (!said)
		said = recipe->strips[0];
	if (said == 'n')
		return DKMS_KEEPS;
	return said == '?' ? DKMS_DECIDES : DKMS_STRIPS;
}

static int read_config(const char *root, struct dkms_package *package)
{
	owns(own_free) char *text = NULL;
	size_t bytes = 0;

	if (package->config_path[0] != '/' ||
	    rooted_read(root, &text, &bytes, "%s", package->config_path) < 0 || !text)
		return 0;
	package->has_config = true;
	each_assignment(text, note_switch, package);
	return 0;
}

/* What an administrator wrote beside dkms.conf wins over it. */
static void read_override(const char *root, struct recipe *recipe, const char *dash,
			  const char *version)
{
	owns(own_free) char *text = NULL;
	struct recipe over = { .package = recipe->package, .module = recipe->module };
	unsigned int number = recipe->package->number;
	size_t bytes = 0;

	if (rooted_read(root, &text, &bytes, "/etc/dkms/%s%s%s.conf", recipe->package->name, dash,
			version) < 0 ||
	    !text)
		return;
	each_assignment(text, note_assignment, &over);
	if (!over.builds_it)
		recipe->package->number = number;
	for (size_t i = 0; i < MODULES_MAX; i++) {
		if (over.strips[i])
			recipe->strips[i] = over.strips[i];
	}
}

/* Is it the recipe of that module? -ENOENT: it is not. */
static int read_recipe(const char *root, const char *conf_path, const char *release,
		       const char *module, struct dkms_package *package)
{
	owns(own_free) char *text = NULL;
	struct recipe recipe = { .package = package, .module = module };
	char built[ROOTED_PATH_BYTES];
	struct stat status;
	size_t bytes = 0;
	int r = rooted_read(root, &text, &bytes, "%s", conf_path);

	if (!text)
		return r;
	each_assignment(text, note_assignment, &recipe);
	if (!recipe.builds_any)
		recipe.builds_it = is_same_module(package->name, module);
	if (!recipe.builds_it || !package->name[0] || strchr(package->name, '/') ||
	    strchr(package->version, '/'))
		return -ENOENT;
	copy_cut(package->conf_path, sizeof(package->conf_path), conf_path, strlen(conf_path));
	read_override(root, &recipe, "", "");
	read_override(root, &recipe, "-", package->version);
	package->strip = resolve_strip(&recipe);
	package->is_built =
		snprintf(built, sizeof(built), "%s/var/lib/dkms/%s/%s/%s", root, package->name,
			 package->version, release) < (int)sizeof(built) &&
		stat(built, &status) == 0;
	for (size_t i = 0; i < array_count(SWITCH_ENDINGS); i++) {
		r = find_switches(text, SWITCH_ENDINGS[i], package);
		if (r < 0)
			return r;
	}
	return read_config(root, package);
}

struct search {
	const char *root;
	const char *release;
	const char *module;
	const char *folder; /* the one that is listed */
	struct dkms_package best;
	bool has_best;
};

/* Takes the package over when it is better than what was found before. */
static int try_recipe(struct search *search, const char *conf_path)
{
	owns(dkms_free) struct dkms_package package = {};
	int r = read_recipe(search->root, conf_path, search->release, search->module, &package);

	if (r == -ENOMEM)
		return r;
	if (r < 0 || (search->has_best && (search->best.is_built || !package.is_built)))
		return 0;
	dkms_free(&search->best);
	search->best = package;
	search->has_best = true;
	package = (struct dkms_package){};
	return 0;
}

/* /usr/src/zfs-2.1.11/dkms.conf */
static int try_source(void *self, const char *name)
{
	char path[512];

	if (snprintf(path, sizeof(path), "/usr/src/%s/dkms.conf", name) >= (int)sizeof(path))
		return 0;
	return try_recipe(self, path);
}

/* /var/lib/dkms/zfs/2.1.11/source/dkms.conf */
static int try_version(void *self, const char *name)
{
	struct search *search = self;
	char path[1024];

	if (snprintf(path, sizeof(path), "%s/%s/source/dkms.conf", search->folder, name) >=
	    (int)sizeof(path))
		return 0;
	return try_recipe(search, path);
}

static int try_tree(void *self, const char *name)
{
	struct search *search = self;
	char folder[512];
	int r;

	if (snprintf(folder, sizeof(folder), "/var/lib/dkms/%s", name) >= (int)sizeof(folder))
		return 0;
	search->folder = folder;
	r = rooted_list(search->root, folder, try_version, search);
	search->folder = NULL;
	return r == -ENOMEM ? r : 0;
}

int dkms_find(const char *root, const char *release, const char *module, struct dkms_package *ret)
{
	struct search search = { .root = root, .release = release, .module = module };
	int r = rooted_list(root, "/usr/src", try_source, &search);

	/* A folder that is not there has nothing in it. */
	if (r != -ENOMEM)
		r = rooted_list(root, "/var/lib/dkms", try_tree, &search);
	if (r == -ENOMEM || !search.has_best) {
		dkms_free(&search.best);
		return r == -ENOMEM ? r : -ENOENT;
	}
	*ret = search.best;
	return 0;
}

void dkms_free(struct dkms_package *package)
{
	array_free(&package->switches);
}
