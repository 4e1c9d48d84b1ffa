/* Which kernel modules are loaded, from which files, and which build is it that runs? */
#ifndef HOST_MODULES_H
#define HOST_MODULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/diag.h"
#include "base/own.h"

enum {
	MODULE_BUILD_ID_BYTES = 24, /* SHA-1 has 20; longer ones are cut */
};

struct host_module {
	char name[64];          /* as the kernel has it: with '_' for '-' */
	char *path;             /* absolute, of the file that depmod chose; NULL: none is known */
	uint8_t build_id_bytes; /* of what runs; 0: not known */
	uint8_t build_id[MODULE_BUILD_ID_BYTES];
};

struct host_modules {
	bool has_none;                   /* the kernel cannot load modules at all */
	bool has_list;                   /* modules.dep, which says where the files are */
	ARRAY(struct host_module) items; /* in the kernel's order: the newest first */
};

/* The loaded modules of the machine below root, whose kernel is of that release. On success *ret is
 * the caller's, to end with modules_free(). */
must_check int modules_read(const char *root, const char *release, struct host_modules *ret,
			    struct diag *why);
void modules_free(struct host_modules *modules);

/* NULL: it is not loaded. '-' and '_' are the same. */
const struct host_module *modules_find(const struct host_modules *modules, const char *name);

/* The file of a module that need not be loaded, by modules.dep; NULL: none is known. The caller's
 * to free(). */
must_check char *module_find_file(const char *root, const char *release, const char *name);

/* Is it a part of the kernel itself, by modules.builtin? */
bool module_is_builtin(const char *root, const char *release, const char *name);

/* The name of the module in this file: "nls_base" for /…/nls-base.ko.xz. False: it is none. */
bool module_name_of(const char *path, char ret[static 64]);

/* The build-id of the running kernel; *ret_bytes 0: it cannot be had. */
void kernel_build_id(const char *root, uint8_t ret[static MODULE_BUILD_ID_BYTES],
		     uint8_t *ret_bytes);

#endif
