/* Which code has no names, why, and what is the exact remedy? Facts in, a report out. */
#ifndef ANALYSE_SYMBOLS_H
#define ANALYSE_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/own.h"
#include "finding/symbols.h"

/* How a module came to be built here; the same facts as host/dkms.h has them. */
enum symbols_strip {
	SYMBOLS_STRIPPED, /* by strip -g, without asking */
	SYMBOLS_KEPT,
	SYMBOLS_DECIDED, /* by an expression in dkms.conf */
};

struct symbols_switch {
	const char *name; /* "ZFS_DKMS_DISABLE_STRIP" */
	bool is_on;
};

struct symbols_dkms {
	const char *name;
	const char *version;
	const char *conf_path;
	const char *config_path; /* PACKAGE_CONFIG; "": none */
	bool has_config;
	enum symbols_strip strip;
	unsigned int number; /* of the module: STRIP[number] */
	const struct symbols_switch *switches;
	size_t switch_count;
};

/* Where code came from that has names to be got. */
enum symbols_origin {
	SYMBOLS_FROM_HERE,         /* built by hand, or by nobody known */
	SYMBOLS_FROM_DKMS,         /* dkms is set */
	SYMBOLS_FROM_PACKAGE,      /* package is its name */
	SYMBOLS_FROM_DISTRIBUTION, /* of a package whose name only the package manager can tell */
};

/* The kernel, a module or a file. Texts are never NULL: "" where there is nothing. */
struct symbols_facts {
	enum symbols_kind kind;
	const char *name;
	const char *path;       /* of its file; "": none was found */
	const char *open_error; /* why it could not be read; "": it was */
	bool is_gone;           /* deleted since it was mapped */
	bool is_replaced;       /* another file is at its path since */
	bool is_live;           /* its names are in /proc/kallsyms */
	const char *running_id; /* build-id of what runs, "": not known */
	const char *file_id;    /* and of the file */
	const char *packing;
	uint64_t functions; /* in .symtab */
	uint64_t exported;  /* in .dynsym */
	bool has_mini;
	bool has_lines;
	const char *debug_path; /* of a debug file that belongs to it; "": none */
	uint64_t debug_functions;
	bool debug_has_lines;
	const char *refused_path; /* of a debug file that does not; "": none */
	enum symbols_origin origin;
	const char *package;
	struct symbols_dkms dkms;
};

/* What was learned of the settings that hide names. */
struct symbols_settings {
	bool are_asked; /* else nothing is said of them */
	bool has_kallsyms;
	bool is_hidden; /* all addresses are zero */
	bool has_data;  /* CONFIG_KALLSYMS_ALL */
	bool is_root;
	int kptr_restrict;       /* below -1: not known */
	int perf_event_paranoid; /* below -1: not known */
	const char *lockdown;
};

/* The process, when it was asked for: its pid is not 0 then. */
struct symbols_process {
	uint32_t pid;
	const char *comm;
	bool has_own_root;
	uint64_t anonymous; /* executable mappings of no file */
	uint64_t anonymous_bytes;
	bool has_perf_map;
	const char *perf_map;
};

struct symbols_input {
	const char *release; /* of the kernel */
	/* os-release's ID, ID_LIKE and VERSION_CODENAME */
	const char *distribution;
	const char *distribution_like;
	const char *codename;
	bool has_debuginfod; /* DEBUGINFOD_URLS is set */
	bool has_no_modules; /* the kernel cannot load any */
	bool lacks_module_list;
	bool lists_items; /* they were asked for by name */
	struct symbols_settings settings;
	struct symbols_process process;
	const struct symbols_facts *facts;
	size_t count;
};

/* -ENOMEM, or 0 with *ret the caller's, to end with symbols_report_free(). */
must_check int symbols_judge(const struct symbols_input *input, struct symbols_report **ret);

#endif
