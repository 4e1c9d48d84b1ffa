/* How does a test get a real ELF file? From the tools that made the test itself, in a folder of its
 * own. */
#ifndef TESTS_HARNESS_COMPILED_H
#define TESTS_HARNESS_COMPILED_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/test.h"

struct workshop {
	char folder[64];
};

/* Run a line of shell in the folder; 0 when it went well. */
static inline int workshop_run(const struct workshop *workshop, const char *line)
{
	char command[2048];

	assert_true(snprintf(command, sizeof(command), "cd %s && exec 2>/dev/null && %s",
			     workshop->folder, line) < (int)sizeof(command));
	/* NOLINTNEXTLINE(cert-env33-c): the lines are the tests' own. */
	return system(command);
}

static inline int workshop_remove_one(const char *path, const struct stat *status, int type,
				      struct FTW *place)
{
	return remove(path);
}

static inline void workshop_close(struct workshop *workshop)
{
	assert_int_equal(nftw(workshop->folder, workshop_remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

/*
 * A folder with program (compiled with -g), library.so, and module.ko, which is an object file with
 * a build-id. Skips the test where there is no compiler.
 */
static inline void workshop_open(struct workshop *workshop)
{
	strcpy(workshop->folder, "/tmp/slowpath-workshop-XXXXXX");
	assert_non_null(mkdtemp(workshop->folder));
	if (workshop_run(workshop, "command -v gcc objcopy strip ld >/dev/null") != 0) {
		workshop_close(workshop);
		print_message("no gcc or binutils\n");
		skip();
	}
	assert_int_equal(
		workshop_run(
			workshop,
			"echo 'static __attribute__((noinline)) int hidden(int a) { return a + "
			"getpid(); } int shown(int a) { return hidden(a) * 2; }' > lib.c && "
			"echo 'int main(void) { return 0; }' > main.c && "
			"gcc -w -g -O1 -Wl,--build-id=sha1 -o program main.c lib.c && "
			"gcc -w -g -O1 -shared -fPIC -Wl,--build-id=sha1 -o library.so lib.c && "
			"gcc -w -g -O1 -c -o module.o lib.c && "
			"ld -r --build-id=sha1 -o module.ko module.o"),
		0);
}

static inline void workshop_path(const struct workshop *workshop, const char *name, char path[128])
{
	assert_true(snprintf(path, 128, "%s/%s", workshop->folder, name) < 128);
}

#endif
