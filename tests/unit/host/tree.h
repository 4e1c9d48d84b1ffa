/* What does a made-up machine look like? A folder with just the files of /proc and /sys that a test
 * wants. */
#ifndef TESTS_UNIT_HOST_TREE_H
#define TESTS_UNIT_HOST_TREE_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/test.h"

struct tree {
	char root[64];
};

static inline void tree_make(struct tree *tree)
{
	strcpy(tree->root, "/tmp/slowpath-tree-XXXXXX");
	assert_non_null(mkdtemp(tree->root));
}

/* The folders on the way to a path. */
static inline void tree_add_folders(const char *full)
{
	char folder[512];

	for (const char *slash = strchr(full + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(folder, sizeof(folder), "%.*s", (int)(slash - full), full);
		(void)mkdir(folder, 0700);
	}
}

static inline void tree_add(const struct tree *tree, const char *path, const char *text)
{
	char full[512];
	FILE *file;

	snprintf(full, sizeof(full), "%s%s", tree->root, path);
	tree_add_folders(full);
	file = fopen(full, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* The first letter of a file: where a switch stands. In a folder a write does not begin at an empty
 * file, as it does in /proc. */
static inline char tree_letter(const struct tree *tree, const char *path)
{
	char full[512], letter = '?';
	FILE *file;

	snprintf(full, sizeof(full), "%s%s", tree->root, path);
	file = fopen(full, "re");
	assert_non_null(file);
	assert_int_equal(fread(&letter, 1, 1, file), 1);
	assert_int_equal(fclose(file), 0);
	return letter;
}

static inline void tree_link(const struct tree *tree, const char *path, const char *target)
{
	char full[512];

	snprintf(full, sizeof(full), "%s%s", tree->root, path);
	tree_add_folders(full);
	assert_int_equal(symlink(target, full), 0);
}

static inline int tree_remove_one(const char *path, const struct stat *status, int type,
				  struct FTW *place)
{
	return remove(path);
}

static inline void tree_remove(struct tree *tree)
{
	assert_int_equal(nftw(tree->root, tree_remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

#endif
