/* Does an address of a process lead to its file and function, and only as often as it must to
 * /proc? */
#include "symbol/user.h"

#include <errno.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/test.h"
#include "unit/symbol/fake.h"

#define SECOND_NS 1000000000ULL

/* Found by its name in this very program. */
__attribute__((noinline, used)) static int function_to_be_found(int number)
{
	__asm__ volatile("");
	return number + 1;
}

static struct user_table *new_table(struct fake *fake)
{
	struct symbol_source source = fake_source(fake);
	struct user_table *table = NULL;

	assert_int_equal(user_table_new(&source, &table), 0);
	return table;
}

static int find(struct user_table *table, uint32_t tgid, uint64_t address, uint64_t now_ns,
		struct user_place *ret)
{
	struct user_process *process = user_table_process(table, tgid);

	assert_non_null(process);
	return user_table_find(table, process, address, now_ns, ret);
}

static ino_t own_inode(void)
{
	struct stat status;

	assert_int_equal(stat("/proc/self/exe", &status), 0);
	return status.st_ino;
}

/* This process's own maps; the caller frees them. */
static char *own_maps(void)
{
	static const size_t MOST_BYTES = 1024UL * 1024;
	char *text = calloc(1, MOST_BYTES);
	FILE *file = fopen("/proc/self/maps", "re");

	assert_non_null(text);
	assert_non_null(file);
	assert_true(fread(text, 1, MOST_BYTES - 1, file) > 0);
	assert_int_equal(fclose(file), 0);
	return text;
}

static void an_own_function_is_found_through_real_maps(void **state)
{
	char *maps = own_maps();
	struct fake fake = { .maps = maps, .file = "/proc/self/exe" };
	struct user_table *table = new_table(&fake);
	uint64_t address = (uintptr_t)function_to_be_found;
	struct user_place place;
	char path[4096] = "";

	assert_int_equal(function_to_be_found(1), 2);
	assert_int_equal(find(table, 7, address + 1, 1, &place), 0);
	assert_string_equal(place.name, "function_to_be_found");
	assert_int_equal(place.offset, 1);
	assert_true(readlink("/proc/self/exe", path, sizeof(path) - 1) > 0);
	assert_string_equal(place.module, path);
	assert_string_equal(fake.last_path, path);
	assert_int_equal(fake.last_tgid, 7);

	assert_int_equal(find(table, 7, address, 1, &place), 0);
	assert_int_equal(fake.maps_reads, 1);
	assert_int_equal(fake.opens, 1);
	user_table_free(&table);
	assert_null(table);
	free(maps);
}

static void where_only_the_file_is_known_its_offset_is_given(void **state)
{
	static const char MAPS[] = "00400000-00500000 r-xp 00003000 fe:00 12 /usr/lib/lib one.so\n"
				   "00600000-00700000 r-xp 00000000 fe:00 13 /gone (deleted)\n"
				   "7ffd0000-7ffd2000 r-xp 00000000 00:00 0  [vdso]\n";
	struct fake fake = { .maps = MAPS };
	struct user_table *table = new_table(&fake);
	struct user_place place;

	assert_int_equal(find(table, 7, 0x400010, 1, &place), 0);
	assert_string_equal(place.name, "");
	assert_string_equal(place.module, "/usr/lib/lib one.so");
	assert_int_equal(place.offset, 0x3010);

	assert_int_equal(find(table, 7, 0x600010, 1, &place), 0);
	assert_string_equal(place.module, "/gone");

	fake.opens = 0;
	assert_int_equal(find(table, 7, 0x7ffd0a00, 1, &place), 0);
	assert_string_equal(place.name, "");
	assert_string_equal(place.module, "[vdso]");
	assert_int_equal(place.offset, 0xa00);
	assert_int_equal(fake.opens, 0);
	user_table_free(&table);
}

static void a_file_that_took_the_mapped_ones_place_gives_no_names(void **state)
{
	char maps[256];
	struct fake fake = { .maps = maps, .file = "/proc/self/exe" };
	struct user_table *table = new_table(&fake);
	struct user_place place;

	assert_in_range(snprintf(maps, sizeof(maps),
				 "00400000-10400000 r-xp 00000000 fe:00 %llu /exe\n",
				 (unsigned long long)own_inode() + 1),
			1, sizeof(maps) - 1);
	for (uint64_t address = 0x400000; address < 0x480000; address += 16) {
		assert_int_equal(find(table, 7, address, 1, &place), 0);
		assert_string_equal(place.name, "");
	}
	user_table_free(&table);
}

static void lines_that_are_no_code_are_passed_over(void **state)
{
	static const char MAPS[] = "nonsense\n"
				   "\n"
				   "00400000 r-xp\n"
				   "00400000-00500000 r--p 00000000 fe:00 12 /not/executable\n"
				   "00600000-00500000 r-xp 00000000 fe:00 12 /backwards\n"
				   "00700000-00800000 r-xp zzz fe:00 12 /no/offset\n"
				   "00900000-00a00000 rwxp 00000000 00:00 0 \n"
				   "00b00000-00c00000 rwxp 00000000 00:00 0  [heap]\n"
				   "00800000-00d00000 r-xp 00000000 fe:00 12 /overlapping\n"
				   "00e00000-00f00000 r-xp 00000000 fe:00 12 /cut";
	struct fake fake = { .maps = MAPS };
	struct user_table *table = new_table(&fake);
	struct user_place place;

	for (uint64_t address = 0x400000; address < 0x1000000; address += 0x80000)
		assert_int_equal(find(table, 7, address, 1, &place), -ENOENT);
	user_table_free(&table);
}

static void generated_code_does_not_ask_for_the_maps_again(void **state)
{
	struct fake fake = { .maps = "00900000-00a00000 rwxp 00000000 00:00 0 \n" };
	struct user_table *table = new_table(&fake);
	struct user_place place;

	for (uint64_t now_ns = 1; now_ns < 100 * SECOND_NS; now_ns += SECOND_NS)
		assert_int_equal(find(table, 7, 0x900010, now_ns, &place), -ENOENT);
	assert_int_equal(fake.maps_reads, 1);
	user_table_free(&table);
}

static void a_miss_reads_the_maps_again_but_not_too_often(void **state)
{
	static const char BEFORE[] = "00400000-00500000 r-xp 00000000 fe:00 12 /one\n";
	static const char AFTER[] = "00400000-00500000 r-xp 00000000 fe:00 12 /one\n"
				    "00600000-00700000 r-xp 00000000 fe:00 13 /two\n";
	struct fake fake = { .maps = BEFORE };
	struct user_table *table = new_table(&fake);
	uint64_t now_ns = SECOND_NS;
	struct user_place place;

	assert_int_equal(find(table, 7, 0x400000, now_ns, &place), 0);
	fake.maps = AFTER;
	assert_int_equal(find(table, 7, 0x600000, now_ns + SECOND_NS / 20, &place), -ENOENT);
	assert_int_equal(fake.maps_reads, 1);
	assert_int_equal(find(table, 7, 0x600000, now_ns + SECOND_NS / 10, &place), 0);
	assert_string_equal(place.module, "/two");
	assert_int_equal(fake.maps_reads, 2);

	/* What never is found is asked for ever less often. */
	for (uint64_t ms = 1000; ms < 11000; ms += 10)
		assert_int_equal(find(table, 7, 0x800000, ms * (SECOND_NS / 1000), &place),
				 -ENOENT);
	assert_in_range(fake.maps_reads, 5, 15);
	user_table_free(&table);
}

static void the_first_page_and_the_upper_half_are_never_asked_for(void **state)
{
	struct fake fake = { .maps = "00400000-00500000 r-xp 00000000 fe:00 12 /one\n" };
	struct user_table *table = new_table(&fake);
	struct user_place place;

	assert_int_equal(find(table, 7, 0, 1, &place), -ENOENT);
	assert_int_equal(find(table, 7, UINT64_MAX, 1, &place), -ENOENT);
	assert_int_equal(fake.maps_reads, 0);
	user_table_free(&table);
}

static void a_process_that_is_ending_keeps_its_old_names(void **state)
{
	struct fake fake = { .maps = "00400000-00500000 r-xp 00000000 fe:00 12 /one\n" };
	struct user_table *table = new_table(&fake);
	struct user_place place;

	assert_int_equal(find(table, 7, 0x400000, SECOND_NS, &place), 0);
	fake.maps = NULL;
	assert_int_equal(find(table, 7, 0x800000, 10 * SECOND_NS, &place), -ENOENT);
	assert_int_equal(fake.maps_reads, 2);
	assert_int_equal(find(table, 7, 0x400000, 10 * SECOND_NS, &place), 0);
	user_table_free(&table);
}

static void another_name_means_another_program(void **state)
{
	struct fake fake = { .maps = "00400000-00500000 r-xp 00000000 fe:00 12 /one\n" };
	struct user_table *table = new_table(&fake);
	char shell[16] = "sh", copy[16] = "cp";
	struct user_place place;
	uint32_t generation;

	assert_int_equal(user_table_rename(table, 7, shell), 0);
	assert_int_equal(find(table, 7, 0x400000, SECOND_NS, &place), 0);
	generation = user_process_generation(user_table_process(table, 7));

	assert_int_equal(user_table_rename(table, 7, shell), 0);
	assert_int_equal(user_process_generation(user_table_process(table, 7)), generation);

	fake.maps = "00400000-00500000 r-xp 00000000 fe:00 13 /two\n";
	assert_int_equal(user_table_rename(table, 7, copy), 0);
	assert_int_not_equal(user_process_generation(user_table_process(table, 7)), generation);
	assert_int_equal(find(table, 7, 0x400000, SECOND_NS, &place), 0);
	assert_string_equal(place.module, "/two");
	user_table_free(&table);
}

static void a_new_process_with_an_old_number_is_another_one(void **state)
{
	struct fake fake = { .maps = "00400000-00500000 r-xp 00000000 fe:00 12 /one\n" };
	struct user_table *table = new_table(&fake);
	struct user_place place;
	uint32_t generation;

	assert_int_equal(find(table, 7, 0x400000, SECOND_NS, &place), 0);
	generation = user_process_generation(user_table_process(table, 7));
	user_table_end(table, 7);
	user_table_end(table, 7);
	assert_int_not_equal(user_process_generation(user_table_process(table, 7)), generation);
	assert_int_equal(find(table, 7, 0x400000, SECOND_NS, &place), 0);
	assert_int_equal(fake.maps_reads, 2);
	user_table_free(&table);
}

/* More files than are kept open at once, twice over: each is right each time. */
static void many_files_take_turns(void **state)
{
	char *maps = calloc(200, 128);
	struct fake fake = { .maps = maps, .file = "/proc/self/exe" };
	struct user_table *table = new_table(&fake);
	size_t used = 0;

	assert_non_null(maps);
	for (unsigned int i = 0; i < 100; i++) {
		int wrote = snprintf(maps + used, 128, "%x-%x r-xp 00000000 fe:00 %llu /file_%u\n",
				     0x1000000 * (i + 1), 0x1000000 * (i + 2),
				     (unsigned long long)own_inode(), i);

		assert_in_range(wrote, 1, 127);
		used += (size_t)wrote;
	}
	for (unsigned int turn = 0; turn < 2; turn++) {
		for (unsigned int i = 0; i < 100; i++) {
			struct user_place place;
			char path[32];

			assert_int_equal(find(table, 7, 0x1000000UL * (i + 1), 1, &place), 0);
			assert_in_range(snprintf(path, sizeof(path), "/file_%u", i), 1, 31);
			assert_string_equal(place.module, path);
		}
	}
	assert_int_equal(fake.opens, 200);
	assert_int_equal(fake.maps_reads, 1);
	user_table_free(&table);
	free(maps);
}

/* Far more processes than are kept: memory stays bounded, and names right. */
static void more_processes_than_fit_are_forgotten_and_read_again(void **state)
{
	struct fake fake = { .maps = "00400000-00500000 r-xp 00000000 fe:00 12 /one\n" };
	struct user_table *table = new_table(&fake);
	struct user_place place;

	for (uint32_t tgid = 1; tgid <= 70000; tgid++) {
		assert_int_equal(find(table, tgid, 0x400000, 1, &place), 0);
		assert_string_equal(place.module, "/one");
	}
	assert_int_equal(fake.maps_reads, 70000);
	assert_int_equal(find(table, 1, 0x400000, 1, &place), 0);
	assert_int_equal(fake.maps_reads, 70001);
	user_table_free(&table);
}

/* Tell of a mapping; a path of NULL is anonymous memory. */
static void map(struct user_table *table, uint32_t tgid, uint64_t start, uint64_t bytes,
		const char *path)
{
	_Alignas(8) char event[sizeof(struct event_mapping) + 64] = {};
	struct event_mapping *mapping = (void *)event;

	*mapping = (struct event_mapping){
		.head = { .bytes = sizeof(event), .kind = EVENT_MAPPING },
		.start = start,
		.bytes = bytes,
		.file_offset = 0x1000,
		.tgid = tgid,
		.path_bytes = (uint16_t)strlen(path ? path : "//anon"),
	};
	memcpy(mapping->path, path ? path : "//anon", mapping->path_bytes);
	assert_int_equal(user_table_map(table, mapping), 0);
}

static struct user_table *new_told_table(void)
{
	const struct symbol_source source = {};
	struct user_table *table = NULL;

	assert_int_equal(user_table_new(&source, &table), 0);
	return table;
}

static void assert_place(struct user_table *table, uint32_t tgid, uint64_t address,
			 const char *module, uint32_t offset)
{
	struct user_place place = {};
	int r = find(table, tgid, address, 1, &place);

	assert_int_equal(r, module ? 0 : -ENOENT);
	if (!module)
		return;
	assert_string_equal(place.module, module);
	assert_string_equal(place.name, "");
	assert_int_equal(place.offset, offset);
}

static void a_told_mapping_is_found(void **state)
{
	struct user_table *table = new_told_table();

	map(table, 7, 0x400000, 0x1000, "/one (deleted)");
	assert_place(table, 7, 0x3fffff, NULL, 0);
	assert_place(table, 7, 0x400000, "/one", 0x1000);
	assert_place(table, 7, 0x400fff, "/one", 0x1fff);
	assert_place(table, 7, 0x401000, NULL, 0);
	assert_place(table, 8, 0x400000, NULL, 0);
	user_table_free(&table);
}

static void a_later_mapping_takes_the_place_of_what_it_overlaps(void **state)
{
	struct user_table *table = new_told_table();
	uint32_t generation;

	map(table, 7, 0x400000, 0x9000, "/old");
	map(table, 7, 0x500000, 0x1000, "/other");
	generation = user_process_generation(user_table_process(table, 7));

	/* In the middle: both ends stay, with their own offsets. */
	map(table, 7, 0x403000, 0x1000, "/new");
	assert_int_not_equal(user_process_generation(user_table_process(table, 7)), generation);
	assert_place(table, 7, 0x402fff, "/old", 0x3fff);
	assert_place(table, 7, 0x403000, "/new", 0x1000);
	assert_place(table, 7, 0x404000, "/old", 0x5000);
	assert_place(table, 7, 0x408fff, "/old", 0x9fff);
	assert_place(table, 7, 0x500000, "/other", 0x1000);

	/* Over several, and parts of two. */
	map(table, 7, 0x402000, 0xfe800, NULL);
	assert_place(table, 7, 0x401fff, "/old", 0x2fff);
	assert_place(table, 7, 0x402000, NULL, 0);
	assert_place(table, 7, 0x403000, NULL, 0);
	assert_place(table, 7, 0x408000, NULL, 0);
	assert_place(table, 7, 0x5007ff, NULL, 0);
	assert_place(table, 7, 0x500800, "/other", 0x1800);

	/* Over all. */
	map(table, 7, 0x1000, 0x10000000, "/all");
	assert_place(table, 7, 0x402000, "/all", 0x402000);
	assert_place(table, 7, 0x500fff, "/all", 0x500fff);
	user_table_free(&table);
}

static void a_mapping_that_overlaps_nothing_leaves_the_names_known(void **state)
{
	struct user_table *table = new_told_table();
	uint32_t generation;

	map(table, 7, 0x400000, 0x1000, "/one");
	generation = user_process_generation(user_table_process(table, 7));
	map(table, 7, 0x401000, 0x1000, "/two");
	map(table, 7, 0x3ff000, 0x1000, "/three");
	assert_int_equal(user_process_generation(user_table_process(table, 7)), generation);
	assert_place(table, 7, 0x3fffff, "/three", 0x1fff);
	assert_place(table, 7, 0x400000, "/one", 0x1000);
	assert_place(table, 7, 0x401000, "/two", 0x1000);
	user_table_free(&table);
}

static void mappings_that_cannot_be_are_passed_over(void **state)
{
	struct user_table *table = new_told_table();

	map(table, 7, 0x400000, 0, "/empty");
	map(table, 7, UINT64_MAX - 10, 100, "/round");
	map(table, 7, 0x400000, 0x1000, "relative");
	map(table, 7, 0x500000, 0x1000, "");
	assert_place(table, 7, 0x400000, NULL, 0);
	assert_place(table, 7, 0x500000, NULL, 0);
	user_table_free(&table);
}

static void a_child_has_what_its_parent_had(void **state)
{
	struct user_table *table = new_told_table();

	map(table, 7, 0x400000, 0x1000, "/one");
	assert_int_equal(user_table_fork(table, 7, 8), 0);
	assert_int_equal(user_table_fork(table, 99, 9), 0);
	assert_place(table, 8, 0x400000, "/one", 0x1000);
	assert_place(table, 9, 0x400000, NULL, 0);

	/* From then on each has its own. */
	map(table, 8, 0x400000, 0x1000, "/two");
	map(table, 7, 0x600000, 0x1000, "/three");
	assert_place(table, 7, 0x400000, "/one", 0x1000);
	assert_place(table, 8, 0x400000, "/two", 0x1000);
	assert_place(table, 8, 0x600000, NULL, 0);

	/* It is born only once. */
	assert_int_equal(user_table_fork(table, 7, 8), 0);
	assert_place(table, 8, 0x400000, "/two", 0x1000);
	user_table_free(&table);
}

static void what_was_told_outlives_a_change_of_name(void **state)
{
	struct user_table *table = new_told_table();
	char first[16] = "sh", second[16] = "worker";

	assert_int_equal(user_table_rename(table, 7, first), 0);
	map(table, 7, 0x400000, 0x1000, "/one");
	assert_int_equal(user_table_rename(table, 7, second), 0);
	assert_place(table, 7, 0x400000, "/one", 0x1000);
	user_table_end(table, 7);
	assert_place(table, 7, 0x400000, NULL, 0);
	user_table_free(&table);
}

static void what_was_told_outlives_it_too_where_processes_could_be_asked(void **state)
{
	struct fake fake = {};
	struct user_table *table = new_table(&fake);
	char first[16] = "sh", second[16] = "worker";

	assert_int_equal(user_table_rename(table, 7, first), 0);
	map(table, 7, 0x400000, 0x1000, "/one");
	assert_int_equal(user_table_fork(table, 7, 8), 0);
	assert_int_equal(user_table_rename(table, 7, second), 0);
	assert_int_equal(user_table_rename(table, 8, second), 0);
	assert_place(table, 7, 0x400000, "/one", 0x1000);
	assert_place(table, 8, 0x400000, "/one", 0x1000);
	user_table_free(&table);
}

static void a_child_that_is_gone_keeps_its_parents_names(void **state)
{
	struct fake fake = { .maps = "00400000-00500000 r-xp 00000000 fe:00 12 /one\n" };
	struct user_table *table = new_table(&fake);
	char shell[16] = "sh", copy[16] = "cp";
	struct user_place place;

	assert_int_equal(user_table_rename(table, 7, shell), 0);
	assert_int_equal(find(table, 7, 0x400000, SECOND_NS, &place), 0);
	assert_int_equal(user_table_fork(table, 7, 8), 0);
	assert_int_equal(user_table_fork(table, 7, 9), 0);
	assert_int_equal(user_table_rename(table, 8, shell), 0);
	assert_int_equal(user_table_rename(table, 9, copy), 0);

	/* One is gone before it can be asked, and ran what its parent ran. */
	fake.maps = NULL;
	assert_int_equal(find(table, 8, 0x400000, SECOND_NS, &place), 0);
	assert_string_equal(place.module, "/one");
	assert_int_equal(fake.maps_reads, 2);
	/* The other ran another program. */
	assert_int_equal(find(table, 9, 0x400000, SECOND_NS, &place), -ENOENT);

	/* One that can be asked is believed more than its parent. */
	assert_int_equal(user_table_fork(table, 7, 10), 0);
	fake.maps = "00400000-00500000 r-xp 00000000 fe:00 13 /two\n";
	assert_int_equal(find(table, 10, 0x400000, SECOND_NS, &place), 0);
	assert_string_equal(place.module, "/two");
	user_table_free(&table);
}

static int open_perf_map(void *self, uint32_t tgid)
{
	static const char TEXT[] = "900010 20 int Foo.bar()\n";
	unsigned int *opens = self;

	assert_int_equal(tgid, 7);
	(*opens)++;
	return fake_memory(TEXT, sizeof(TEXT) - 1);
}

static void generated_code_has_the_name_that_its_maker_told(void **state)
{
	unsigned int opens = 0;
	const struct symbol_source source = { .perf_map = open_perf_map, .self = &opens };
	struct user_table *table = NULL;
	struct user_place place;
	uint32_t generation;

	assert_int_equal(user_table_new(&source, &table), 0);
	map(table, 7, 0x900000, 0x1000, NULL);
	map(table, 7, 0x910000, 0x1000, "/memfd:doublemapper (deleted)");
	generation = user_process_generation(user_table_process(table, 7));
	assert_int_equal(find(table, 7, 0x900018, SECOND_NS, &place), 0);
	assert_string_equal(place.name, "int Foo.bar()");
	assert_string_equal(place.module, "/tmp/perf-7.map");
	assert_int_equal(place.offset, 8);
	assert_int_not_equal(user_process_generation(user_table_process(table, 7)), generation);

	assert_int_equal(find(table, 7, 0x900030, SECOND_NS, &place), -ENOENT);
	assert_int_equal(find(table, 7, 0x910000, SECOND_NS, &place), -ENOENT);
	assert_int_equal(find(table, 7, 0x990000, 10 * SECOND_NS, &place), -ENOENT);
	assert_int_equal(opens, 1);
	user_table_free(&table);
}

/* All orders and overlaps of small mappings, against a plain list of who has each page. */
static void any_order_of_mappings_is_right(void **state)
{
	static const char *const PATHS[] = { "/0", "/1", "/2", "/3", "/4", "/5", "/6" };
	struct user_table *table = new_told_table();
	const char *pages[32] = {};
	uint32_t starts[32] = {}, random = 1;

	for (unsigned int turn = 0; turn < 2000; turn++) {
		uint32_t first, count;

		random = random * 1103515245 + 12345;
		first = random >> 16 & 31;
		count = 1 + (random >> 21 & 7);
		if (first + count > 32)
			count = 32 - first;
		map(table, 7, 0x100000 + 0x1000UL * first, 0x1000UL * count, PATHS[turn % 7]);
		for (uint32_t page = first; page < first + count; page++) {
			pages[page] = PATHS[turn % 7];
			starts[page] = first;
		}
		for (uint32_t page = 0; page < 32; page++)
			assert_place(table, 7, 0x100000 + 0x1000UL * page, pages[page],
				     0x1000 + 0x1000 * (page - starts[page]));
	}
	user_table_free(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_own_function_is_found_through_real_maps),
		cmocka_unit_test(where_only_the_file_is_known_its_offset_is_given),
		cmocka_unit_test(a_file_that_took_the_mapped_ones_place_gives_no_names),
		cmocka_unit_test(lines_that_are_no_code_are_passed_over),
		cmocka_unit_test(generated_code_does_not_ask_for_the_maps_again),
		cmocka_unit_test(a_miss_reads_the_maps_again_but_not_too_often),
		cmocka_unit_test(the_first_page_and_the_upper_half_are_never_asked_for),
		cmocka_unit_test(a_process_that_is_ending_keeps_its_old_names),
		cmocka_unit_test(another_name_means_another_program),
		cmocka_unit_test(a_new_process_with_an_old_number_is_another_one),
		cmocka_unit_test(many_files_take_turns),
		cmocka_unit_test(more_processes_than_fit_are_forgotten_and_read_again),
		cmocka_unit_test(a_told_mapping_is_found),
		cmocka_unit_test(a_later_mapping_takes_the_place_of_what_it_overlaps),
		cmocka_unit_test(a_mapping_that_overlaps_nothing_leaves_the_names_known),
		cmocka_unit_test(mappings_that_cannot_be_are_passed_over),
		cmocka_unit_test(a_child_has_what_its_parent_had),
		cmocka_unit_test(what_was_told_outlives_a_change_of_name),
		cmocka_unit_test(what_was_told_outlives_it_too_where_processes_could_be_asked),
		cmocka_unit_test(a_child_that_is_gone_keeps_its_parents_names),
		cmocka_unit_test(any_order_of_mappings_is_right),
		cmocka_unit_test(generated_code_has_the_name_that_its_maker_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
