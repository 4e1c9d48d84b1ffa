/* Which settings of the machine hide names? */
#ifndef HOST_NAMING_H
#define HOST_NAMING_H

#include <stdbool.h>

enum {
	NAMING_UNKNOWN = -100, /* a setting that could not be read */
};

struct naming {
	int kptr_restrict;       /* 0, 1, 2, or NAMING_UNKNOWN */
	int perf_event_paranoid; /* -1 .. 4, or NAMING_UNKNOWN */
	char lockdown[24];       /* "none", "integrity", "confidentiality"; "": there is none */
	bool has_kallsyms;       /* the file is there and was read */
	bool is_hidden;          /* all its addresses are zero */
	bool has_data;           /* of the kernel itself: CONFIG_KALLSYMS_ALL */
};

/* Of the machine below root. What cannot be read is unknown. */
void naming_read(const char *root, struct naming *ret);

#endif
