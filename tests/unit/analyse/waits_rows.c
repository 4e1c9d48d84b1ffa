/* Are the tables behind a wait's class in order, and are they about kernels that exist? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/waits.h"
#include "base/array.h"
#include "harness/test.h"

struct row {
	const char *file;
	const char *prefix;
	const char *note;
	unsigned int rank;
	bool is_generic;
};

static const struct row ROWS[] = {
#define GENERIC(prefix)                      { "waits.def", prefix, "", 0, true },
#define GENERIC_IO(prefix)                   { "waits.def", prefix, "", 0, true },
#define LOCK(prefix, note)                   { "waits.def", prefix, note, 2, false },
#define PERCPU_LOCK(prefix, note)            { "waits.def", prefix, note, 2, false },
#define WAIT(prefix, cause, way, rank, note) { "waits.def", prefix, note, rank, false },
#define SLEEPER(prefix, cause, way, note)    { "waits.def", prefix, note, 2, false },
#define EDGE(prefix, note)                   { "waits.def", prefix, note, 0, false },
#define CONTEXT(prefix, cause, note)
#include "analyse/waits.def"
#undef GENERIC
#undef GENERIC_IO
#undef LOCK
#undef PERCPU_LOCK
#undef WAIT
#undef SLEEPER
#undef EDGE
#undef CONTEXT
#define LOCKER(prefix, note)    { "locks.def", prefix, note, 2, false },
#define FREEZABLE(prefix, note) { "locks.def", prefix, note, 2, false },
#include "analyse/locks.def"
#undef LOCKER
#undef FREEZABLE
#define GENERIC(prefix)
#define GENERIC_IO(prefix)
#define LOCK(prefix, note)
#define PERCPU_LOCK(prefix, note)
#define WAIT(prefix, cause, way, rank, note)
#define SLEEPER(prefix, cause, way, note)
#define EDGE(prefix, note)
#define CONTEXT(prefix, cause, note) { "contexts of waits.def", prefix, note, 0, false },
#include "analyse/waits.def"
};

static int compare_prefixes(const char *a, const char *b)
{
	size_t a_bytes = strcspn(a, "$"), b_bytes = strcspn(b, "$");
	int order = strncmp(a, b, a_bytes < b_bytes ? a_bytes : b_bytes);

	return order ? order : (a_bytes > b_bytes) - (a_bytes < b_bytes);
}

static void rows_are_sorted_and_there_once(void **state)
{
	for (size_t i = 1; i < array_count(ROWS); i++) {
		if (strcmp(ROWS[i - 1].file, ROWS[i].file) != 0)
			continue;
		if (compare_prefixes(ROWS[i - 1].prefix, ROWS[i].prefix) >= 0)
			fail_msg("%s: \"%s\" must stand before \"%s\"", ROWS[i].file,
				 ROWS[i].prefix, ROWS[i - 1].prefix);
	}
}

static void rows_are_well_formed(void **state)
{
	for (size_t i = 0; i < array_count(ROWS); i++) {
		const struct row *row = &ROWS[i];
		size_t bytes = strcspn(row->prefix, "$");

		assert_true(bytes > 2);
		assert_true(row->prefix[bytes] == '\0' || row->prefix[bytes + 1] == '\0');
		assert_null(strpbrk(row->prefix, ". "));
		assert_true(row->rank <= 3);
		assert_int_equal(row->note[0] == '\0', row->is_generic);
		assert_true(strlen(row->note) < 60);
	}
}

static void every_row_is_found_by_its_own_name(void **state)
{
	for (size_t i = 0; i < array_count(ROWS); i++) {
		const struct row *row = &ROWS[i];
		char name[128];
		const char *stack[] = { "percpu_rwsem_wait", name };
		struct wait_class class;

		(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(row->prefix, "$"),
			       row->prefix);
		class = strcmp(row->file, "locks.def") == 0 ? wait_classify(stack, 2)
							    : wait_classify(stack + 1, 1);
		if (strcmp(row->file, "contexts of waits.def") == 0)
			assert_string_equal(class.context->prefix, row->prefix);
		else if (strcmp(row->note, "a page fault") != 0 && row->rank)
			assert_string_equal(class.wait->prefix, row->prefix);
	}
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

struct names {
	ARRAY(char *) names;
};

static void read_kallsyms(struct names *names)
{
	char line[1024], name[512];
	FILE *file = fopen("/proc/kallsyms", "re");

	while (file && fgets(line, sizeof(line), file)) {
		char **place;

		if (sscanf(line, "%*s %*s %511s", name) != 1)
			continue;
		place = array_push(&names->names);
		assert_non_null(place);
		*place = strdup(name);
		assert_non_null(*place);
	}
	if (file)
		assert_int_equal(fclose(file), 0);
}

static bool names_have(const struct names *names, const char *prefix)
{
	size_t bytes = strcspn(prefix, "$"), low = 0, high = names->names.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strncmp(names->names.items[middle], prefix, bytes) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < names->names.count && strncmp(names->names.items[low], prefix, bytes) == 0;
}

/* A kernel has a part of the file systems and of the versions that the rows are for. */
static void many_rows_name_functions_of_this_kernel(void **state)
{
	struct names names = {};
	size_t found = 0, enough = 250;

	read_kallsyms(&names);
	if (names.names.count < 10000) {
		print_message("skipped: /proc/kallsyms tells too few names (%zu)\n",
			      names.names.count);
		for (size_t i = 0; i < names.names.count; i++)
			free(names.names.items[i]);
		array_free(&names.names);
		skip();
		return;
	}
	qsort(names.names.items, names.names.count, sizeof(char *), compare_names);
	for (size_t i = 0; i < array_count(ROWS); i++)
		found += names_have(&names, ROWS[i].prefix);
	for (size_t i = 0; i < names.names.count; i++)
		free(names.names.items[i]);
	array_free(&names.names);
	print_message("%zu of %zu rows name functions of this kernel\n", found, array_count(ROWS));
	assert_true(found >= enough);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_sorted_and_there_once),
		cmocka_unit_test(rows_are_well_formed),
		cmocka_unit_test(every_row_is_found_by_its_own_name),
		cmocka_unit_test(many_rows_name_functions_of_this_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
