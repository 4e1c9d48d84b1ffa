/* Is it seen which names and lines a file has, packed or not, and is a hostile one only refused? */
#include "symbol/inspect.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>

#include "harness/compiled.h"
#include "unit/symbol/packers.h"

static int inspect_named(const struct workshop *workshop, const char *name, struct inspection *ret)
{
	struct diag why = {};
	char path[128];
	int fd, r;

	workshop_path(workshop, name, path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	r = inspect_file(fd, ret, &why);
	assert_int_equal(why.code, r);
	assert_int_equal(close(fd), 0);
	return r;
}

static char *read_named(const struct workshop *workshop, const char *name, size_t *ret_bytes)
{
	char path[128], *bytes;
	struct stat status;
	FILE *file;

	workshop_path(workshop, name, path);
	assert_int_equal(stat(path, &status), 0);
	file = fopen(path, "re");
	bytes = malloc((size_t)status.st_size);
	assert_true(file && bytes);
	*ret_bytes = fread(bytes, 1, (size_t)status.st_size, file);
	assert_int_equal(*ret_bytes, status.st_size);
	assert_int_equal(fclose(file), 0);
	return bytes;
}

static void a_file_compiled_with_g_has_names_and_lines(void **state)
{
	struct inspection found = {};
	struct workshop workshop;

	workshop_open(&workshop);
	assert_int_equal(inspect_named(&workshop, "program", &found), 0);
	assert_true(found.has_debug_info && found.has_lines);
	assert_true(found.functions >= 3);
	assert_int_equal(found.build_id.count, 20);
	assert_false(found.has_mini);
	assert_int_equal(found.packing, PACKING_NONE);
	workshop_close(&workshop);
}

static void a_stripped_file_has_what_it_exports(void **state)
{
	struct inspection found = {};
	struct workshop workshop;

	workshop_open(&workshop);
	assert_int_equal(workshop_run(&workshop, "strip library.so"), 0);
	assert_int_equal(inspect_named(&workshop, "library.so", &found), 0);
	assert_false(found.has_debug_info || found.has_lines);
	assert_int_equal(found.functions, 0);
	assert_int_equal(found.exported, 1);
	workshop_close(&workshop);
}

static void strip_g_leaves_names_and_takes_lines(void **state)
{
	struct inspection found = {};
	struct workshop workshop;

	workshop_open(&workshop);
	assert_int_equal(workshop_run(&workshop, "strip -g module.ko"), 0);
	assert_int_equal(inspect_named(&workshop, "module.ko", &found), 0);
	assert_int_equal(found.functions, 2);
	assert_false(found.has_lines || found.has_debug_info);
	assert_int_equal(found.build_id.count, 20);
	workshop_close(&workshop);
}

static void a_packed_file_is_seen_as_the_one_inside(void **state)
{
	struct inspection plain = {};
	struct workshop workshop;
	size_t bytes = 0;
	char *module;

	workshop_open(&workshop);
	assert_int_equal(inspect_named(&workshop, "module.ko", &plain), 0);
	module = read_named(&workshop, "module.ko", &bytes);
	for (size_t i = 0; i < PACKER_COUNT; i++) {
		struct packed_bytes packed = PACKERS[i](module, bytes);
		struct inspection found = {};

		assert_int_equal(inspect_bytes(packed.bytes, packed.count, &found, NULL), 0);
		assert_int_equal(found.packing, i + 1);
		found.packing = PACKING_NONE;
		assert_memory_equal(&found, &plain, sizeof(found));
		assert_int_equal(inspect_bytes(packed.bytes, packed.count / 2, &found, NULL),
				 -EBADMSG);
		free(packed.bytes);
	}
	free(module);
	workshop_close(&workshop);
}

static void a_file_packed_by_the_tools_is_read_from_disk(void **state)
{
	static const char *const TOOLS[] = { "gzip", "xz", "zstd" };
	static const char *const NAMES[] = { "module.ko.gz", "module.ko.xz", "module.ko.zst" };
	struct workshop workshop;

	workshop_open(&workshop);
	for (size_t i = 0; i < PACKER_COUNT; i++) {
		struct inspection found = {};
		char line[128];

		snprintf(line, sizeof(line), "%s -k -q module.ko", TOOLS[i]);
		if (workshop_run(&workshop, line) != 0)
			continue;
		assert_int_equal(inspect_named(&workshop, NAMES[i], &found), 0);
		assert_true(found.has_lines);
		assert_int_equal(found.packing, i + 1);
	}
	workshop_close(&workshop);
}

static void a_debug_file_belongs_to_its_file_and_to_no_other(void **state)
{
	struct inspection stripped = {}, debug = {}, other = {};
	struct workshop workshop;
	char path[128];
	int fd;

	workshop_open(&workshop);
	assert_int_equal(
		workshop_run(&workshop,
			     "objcopy --only-keep-debug program program.debug && "
			     "objcopy --only-keep-debug library.so other.debug && "
			     "strip --remove-section=.note.gnu.build-id -o anonymous program && "
			     "strip program && "
			     "objcopy --add-gnu-debuglink=program.debug program && "
			     "objcopy --add-gnu-debuglink=program.debug anonymous"),
		0);
	assert_int_equal(inspect_named(&workshop, "program", &stripped), 0);
	assert_int_equal(inspect_named(&workshop, "program.debug", &debug), 0);
	assert_int_equal(inspect_named(&workshop, "other.debug", &other), 0);
	assert_string_equal(stripped.debuglink, "program.debug");
	assert_true(debug.has_lines && debug.functions >= 3);
	assert_int_equal(stripped.functions, 0);
	assert_true(inspect_belongs(&stripped, &debug, -1));
	assert_false(inspect_belongs(&stripped, &other, -1));

	/* Without a build-id it is the checksum that tells. */
	assert_int_equal(inspect_named(&workshop, "anonymous", &stripped), 0);
	assert_int_equal(stripped.build_id.count, 0);
	workshop_path(&workshop, "program.debug", path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(inspect_belongs(&stripped, &debug, fd));
	assert_int_equal(close(fd), 0);
	workshop_path(&workshop, "other.debug", path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_false(inspect_belongs(&stripped, &other, fd));
	assert_int_equal(close(fd), 0);
	workshop_close(&workshop);
}

static void a_debug_file_itself_has_no_code_but_names(void **state)
{
	struct inspection found = {};
	struct workshop workshop;

	workshop_open(&workshop);
	assert_int_equal(workshop_run(&workshop, "objcopy --only-keep-debug library.so l.debug"),
			 0);
	assert_int_equal(inspect_named(&workshop, "l.debug", &found), 0);
	assert_true(found.has_lines);
	assert_true(found.functions >= 2);
	workshop_close(&workshop);
}

static void mini_debug_information_is_seen(void **state)
{
	struct inspection found = {};
	struct workshop workshop;

	workshop_open(&workshop);
	assert_int_equal(workshop_run(&workshop,
				      "echo packed > mini.xz && strip program && "
				      "objcopy --add-section .gnu_debugdata=mini.xz program"),
			 0);
	assert_int_equal(inspect_named(&workshop, "program", &found), 0);
	assert_true(found.has_mini);
	workshop_close(&workshop);
}

static void debug_files_are_looked_for_in_the_usual_places(void **state)
{
	struct inspection inspection = {
		.build_id = { .count = 3, .bytes = { 0xab, 0xcd, 0x01 } },
		.debuglink = "ls.debug",
	};
	char path[256];

	assert_true(inspect_debug_path(&inspection, "/usr/bin/ls", 0, path, sizeof(path)));
	assert_string_equal(path, "/usr/lib/debug/.build-id/ab/cd01.debug");
	assert_true(inspect_debug_path(&inspection, "/usr/bin/ls", 1, path, sizeof(path)));
	assert_string_equal(path, "/usr/lib/debug/usr/bin/ls.debug");
	assert_true(inspect_debug_path(&inspection, "/usr/bin/ls", 3, path, sizeof(path)));
	assert_string_equal(path, "/usr/bin/.debug/ls.debug");
	assert_true(inspect_debug_path(&inspection, "/lib/modules/6.1/kernel/x.ko.zst", 5, path,
				       sizeof(path)));
	assert_string_equal(path, "/usr/lib/debug/lib/modules/6.1/kernel/x.ko.debug");
	assert_true(inspect_debug_path(&inspection, "/usr/lib/modules/6.1/x.ko.xz", 6, path,
				       sizeof(path)));
	assert_string_equal(path, "/usr/lib/debug/lib/modules/6.1/x.ko");
	assert_false(inspect_debug_path(&inspection, "/lib/x.ko", 6, path, sizeof(path)));
	assert_false(
		inspect_debug_path(&inspection, "/bin/x", DEBUG_PATHS_MAX, path, sizeof(path)));
	assert_false(inspect_debug_path(&inspection, "/usr/bin/ls", 0, path, 10));
	inspection = (struct inspection){};
	for (unsigned int number = 0; number < 4; number++)
		assert_false(inspect_debug_path(&inspection, "/bin/x", number, path, sizeof(path)));
}

static void a_file_cut_anywhere_is_refused_or_has_less(void **state)
{
	struct workshop workshop;
	size_t bytes = 0;
	char *module;

	workshop_open(&workshop);
	module = read_named(&workshop, "module.ko", &bytes);
	for (size_t cut = 0; cut < bytes; cut += cut < 256 ? 1 : 97) {
		struct inspection found = {};
		struct diag why = {};
		int r = inspect_bytes(module, cut, &found, &why);

		assert_int_equal(r, -EBADMSG);
		assert_int_equal(why.code, r);
	}
	free(module);
	workshop_close(&workshop);
}

/* Each byte of the headers in turn: any answer is right, as long as there is one. */
static void broken_headers_do_no_harm(void **state)
{
	struct workshop workshop;
	size_t bytes = 0, sections;
	Elf64_Ehdr header;
	char *module;

	workshop_open(&workshop);
	module = read_named(&workshop, "module.ko", &bytes);
	memcpy(&header, module, sizeof(header));
	sections = header.e_shoff;
	for (size_t i = 0; i < sizeof(header) + bytes - sections; i++) {
		char *place = module + (i < sizeof(header) ? i : sections + i - sizeof(header));
		struct inspection found = {};
		int r;

		*place = (char)~*place;
		r = inspect_bytes(module, bytes, &found, NULL);
		assert_true(r == 0 || r == -EBADMSG);
		*place = (char)~*place;
	}
	free(module);
	workshop_close(&workshop);
}

static void what_is_no_elf_file_is_refused(void **state)
{
	static const char SCRIPT[] = "#!/bin/sh\nexit 0\n";
	struct packed_bytes packed = pack_gzip(SCRIPT, sizeof(SCRIPT));
	struct inspection found = {};

	assert_int_equal(inspect_bytes(SCRIPT, sizeof(SCRIPT), &found, NULL), -EBADMSG);
	assert_int_equal(inspect_bytes("", 0, &found, NULL), -EBADMSG);
	assert_int_equal(inspect_bytes(packed.bytes, packed.count, &found, NULL), -EBADMSG);
	free(packed.bytes);
}

static void build_ids_are_told_in_hexadecimal(void **state)
{
	struct inspect_id a = { .count = 2, .bytes = { 0x0f, 0xa0 } }, b = a;
	char text[INSPECT_ID_TEXT_BYTES];

	inspect_id_format(&a, text);
	assert_string_equal(text, "0fa0");
	assert_true(inspect_id_is_same(&a, &b));
	b.bytes[1] = 0;
	assert_false(inspect_id_is_same(&a, &b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_compiled_with_g_has_names_and_lines),
		cmocka_unit_test(a_stripped_file_has_what_it_exports),
		cmocka_unit_test(strip_g_leaves_names_and_takes_lines),
		cmocka_unit_test(a_packed_file_is_seen_as_the_one_inside),
		cmocka_unit_test(a_file_packed_by_the_tools_is_read_from_disk),
		cmocka_unit_test(a_debug_file_belongs_to_its_file_and_to_no_other),
		cmocka_unit_test(a_debug_file_itself_has_no_code_but_names),
		cmocka_unit_test(mini_debug_information_is_seen),
		cmocka_unit_test(debug_files_are_looked_for_in_the_usual_places),
		cmocka_unit_test(a_file_cut_anywhere_is_refused_or_has_less),
		cmocka_unit_test(broken_headers_do_no_harm),
		cmocka_unit_test(what_is_no_elf_file_is_refused),
		cmocka_unit_test(build_ids_are_told_in_hexadecimal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
