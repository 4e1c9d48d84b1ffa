/* Was this module built here by DKMS, and does its recipe throw names and lines away? */
#ifndef HOST_DKMS_H
#define HOST_DKMS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/array.h"
#include "base/own.h"

enum dkms_strip {
	DKMS_STRIPS,  /* strip -g: DKMS does it unless it is told not to */
	DKMS_KEEPS,   /* STRIP="no" */
	DKMS_DECIDES, /* a shell expression decides, which is not run here */
};

/* A variable of the package's configuration file that dkms.conf asks for. */
struct dkms_switch {
	char name[64];
	bool is_on; /* "y" or "yes" */
};

struct dkms_package {
	char name[64];
	char version[64];
	char conf_path[256];   /* of dkms.conf */
	char config_path[256]; /* PACKAGE_CONFIG: the file that users edit; "": there is none */
	bool has_config;       /* that file is there */
	bool is_built;         /* DKMS has a build for this kernel */
	enum dkms_strip strip; /* of the module asked for */
	unsigned int number;   /* of the module in dkms.conf: the 4 of STRIP[4] */
	/* Those that decide on names and lines, by their endings, in the order of the table in
	 * dkms.c. */
	ARRAY(struct dkms_switch) switches;
};

/*
 * The package of the machine below root whose dkms.conf builds this module ('-' and '_' are the
 * same), best the one that is built for the kernel of that release. dkms.conf is a shell script: it
 * is read, not run. On success *ret is the caller's, to end with dkms_free(). -ENOENT: there is
 * none.
 */
must_check int dkms_find(const char *root, const char *release, const char *module,
			 struct dkms_package *ret);
void dkms_free(struct dkms_package *package);

#endif
