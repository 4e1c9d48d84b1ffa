/* What is there to be named? Asks host for the code and symbol for its files, and writes down the
 * facts for analyse. */
#ifndef CMD_SURVEY_H
#define CMD_SURVEY_H

#include <stdint.h>

#include "analyse/symbols.h"
#include "base/array.h"
#include "base/diag.h"
#include "base/own.h"
#include "host/modules.h"

/* Begin with survey_begin(), then ask for what is wanted, then survey_finish(). */
struct survey {
	const char *root;           /* of the machine; "" is our own */
	const char *code_root;      /* of the code that is looked at: a process's own, or root */
	struct symbols_input input; /* whole after survey_finish() */
	ARRAY(struct symbols_facts) facts;
	ARRAY(char *) texts; /* what the facts point to */
	struct host_modules modules;
};

/* Zero-initialise it before, and end it with survey_free() in any case. 0 or -errno. */
must_check int survey_begin(struct survey *survey, const char *root, const char *release,
			    struct diag *why);

/* The kernel and all loaded modules. */
must_check int survey_machine(struct survey *survey, struct diag *why);
/* One loaded module, or the kernel for what is built in. -ENOENT: there is no such module. */
must_check int survey_module(struct survey *survey, const char *name, struct diag *why);
/* All files that a process has mapped as code. -ESRCH, -EACCES. */
must_check int survey_process(struct survey *survey, uint32_t pid, struct diag *why);
/* One file. -errno: it cannot be read, or is no ELF file. */
must_check int survey_file(struct survey *survey, const char *path, struct diag *why);

/* Find who brought what was found, and the settings that hide names. */
must_check int survey_finish(struct survey *survey, struct diag *why);

void survey_free(struct survey *survey);

#endif
