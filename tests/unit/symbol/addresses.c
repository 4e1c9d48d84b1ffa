/* Is each address called what lies there, in its process and at its time? */
#include <stdlib.h>
#include <string.h>

#include "harness/test.h"
#include "symbol/symbol.h"
#include "unit/symbol/fake.h"
#include "unit/symbol/heard.h"
#include "unit/symbol/image.h"

static void a_user_frame_without_function_names_its_file_and_offset(void **state)
{
	struct setup setup = { .fake = { .maps = USER_MAPS } };
	const uint64_t addresses[] = { 0x400010, 0x400020, 0x900000, 0 };

	start(&setup);
	take_stack(&setup, 1, 7, addresses);
	assert_int_equal(setup.heard.count, 2);
	assert_symbol(&setup, 0, 1, "", "/usr/bin/tool");
	assert_frame(&setup, 1, 0, 1, 0x1010);
	assert_frame(&setup, 1, 1, 1, 0x1020);
	assert_frame(&setup, 1, 2, 0, 0);
	assert_int_equal(setup.fake.last_tgid, 7);
	assert_int_equal(setup.fake.kallsyms_reads, 0);
	stop(&setup);
}

static void processes_do_not_share_their_mappings(void **state)
{
	struct setup setup = { .fake = { .maps = USER_MAPS } };
	const uint64_t addresses[] = { 0x400010, 0 };

	start(&setup);
	take_stack(&setup, 1, 7, addresses);
	setup.fake.maps = "00400000-00500000 r-xp 00000000 fe:00 13 /usr/bin/other\n";
	take_stack(&setup, 1, 8, addresses);
	assert_symbol(&setup, 0, 2, "", "/usr/bin/other");
	take_stack(&setup, 1, 7, addresses);
	assert_frame(&setup, 0, 0, 1, 0x1010);
	assert_int_equal(setup.fake.maps_reads, 2);
	stop(&setup);
}

static void exec_and_exit_drop_the_mappings(void **state)
{
	struct setup setup = { .fake = { .maps = USER_MAPS } };
	const uint64_t addresses[] = { 0x400010, 0 };

	start(&setup);
	take_task(&setup, 7, 7, "sh");
	take_stack(&setup, 1, 7, addresses);
	take_task(&setup, 7, 7, "sh");
	take_task(&setup, 9, 7, "worker");
	take_task_end(&setup, 9);
	take_stack(&setup, 1, 7, addresses);
	assert_int_equal(setup.fake.maps_reads, 1);

	take_task(&setup, 7, 7, "cp");
	take_stack(&setup, 1, 7, addresses);
	assert_int_equal(setup.fake.maps_reads, 2);

	take_task_end(&setup, 7);
	take_stack(&setup, 1, 7, addresses);
	assert_int_equal(setup.fake.maps_reads, 3);
	stop(&setup);
}

static void told_mappings_name_what_ran(void **state)
{
	const uint64_t addresses[] = { 0x500110, 0x500200, 0x900000, 0 };
	struct fake_file files[2] = { { .path = "/usr/bin/tool" } };
	struct setup setup = { .fake = { .files = files } };
	char *tool = make_tool("told", &files[0].count);

	files[0].bytes = tool;
	start_recorded(&setup);
	take_mapping(&setup, 7, 0x500000, "/usr/bin/tool", 0xab);
	take_stack(&setup, 1, 7, addresses);
	assert_int_equal(setup.heard.count, 3);
	assert_symbol(&setup, 0, 1, "told", "/usr/bin/tool");
	assert_symbol(&setup, 1, 2, "", "/usr/bin/tool");
	assert_frame(&setup, 2, 0, 1, 0x10);
	assert_frame(&setup, 2, 1, 2, 0x1200);
	assert_frame(&setup, 2, 2, 0, 0);
	stop(&setup);
	free(tool);
}

/* What was found is remembered, and no longer believed when something else is mapped there. */
static void a_name_holds_as_long_as_its_mapping(void **state)
{
	const uint64_t addresses[] = { 0x500110, 0x900000, 0x500121, 0x500130, 0 };
	struct fake_file files[2] = { { .path = "/usr/bin/tool" } };
	struct setup setup = { .fake = { .files = files } };
	char *tool = make_tool("told", &files[0].count);

	files[0].bytes = tool;
	start_recorded(&setup);
	take_mapping(&setup, 7, 0x500000, "/usr/bin/tool", 0xab);
	for (size_t told = 0; told < 3; told++) {
		take_stack(&setup, 1, 7, addresses);
		assert_int_equal(setup.heard.count, told ? 1 : 2);
		assert_frame(&setup, told ? 0 : 1, 0, 1, 0x10);
		assert_frame(&setup, told ? 0 : 1, 1, 0, 0);
		/* By the byte before, where a caller's call is. */
		assert_frame(&setup, told ? 0 : 1, 2, 1, 0x21);
		assert_frame(&setup, told ? 0 : 1, 3, 1, 0x30);
	}
	take_mapping(&setup, 7, 0x500000, "/usr/bin/other", 0);
	take_stack(&setup, 1, 7, addresses);
	assert_symbol(&setup, 0, 2, "", "/usr/bin/other");
	assert_frame(&setup, 1, 0, 2, 0x1110);
	assert_frame(&setup, 1, 1, 0, 0);
	assert_frame(&setup, 1, 2, 2, 0x1121);
	/* Another process with the same mapping has names of its own. */
	take_stack(&setup, 1, 8, addresses);
	assert_frame(&setup, 0, 0, 0, 0);
	stop(&setup);
	free(tool);
}

/* Whatever was remembered of the bytes beside it. */
static void a_function_ends_where_it_ends(void **state)
{
	static const struct {
		uint64_t address;
		uint32_t symbol;
		uint32_t offset;
	} cases[] = {
		{ 0x50013f, 1, 0x3f }, { 0x500140, 2, 0x1140 }, { 0x50013e, 1, 0x3e },
		{ 0x500100, 1, 0 },    { 0x5000ff, 2, 0x10ff }, { 0x500143, 2, 0x1143 },
		{ 0x500101, 1, 1 },    { 0x5000fc, 2, 0x10fc }, { 0x500140, 2, 0x1140 },
	};
	struct fake_file files[2] = { { .path = "/usr/bin/tool" } };
	struct setup setup = { .fake = { .files = files } };
	char *tool = make_tool("told", &files[0].count);

	files[0].bytes = tool;
	start_recorded(&setup);
	take_mapping(&setup, 7, 0x500000, "/usr/bin/tool", 0xab);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		take_stack(&setup, 1, 7, (const uint64_t[]){ cases[i].address, 0 });
		assert_frame(&setup, setup.heard.count - 1, 0, cases[i].symbol, cases[i].offset);
	}
	stop(&setup);
	free(tool);
}

static void a_file_of_another_build_is_refused_and_told_once(void **state)
{
	static const char TOLD[] = "symbol.refused.1"
				   "/usr/bin/tool has another build-id than the one that ran";
	const uint64_t addresses[] = { 0x500110, 0x500200, 0 };
	struct fake_file files[2] = { { .path = "/usr/bin/tool" } };
	struct setup setup = { .fake = { .files = files } };
	char *tool = make_tool("told", &files[0].count);
	const struct event_fact *fact;

	files[0].bytes = tool;
	start_recorded(&setup);
	take_mapping(&setup, 7, 0x500000, "/usr/bin/tool", 0xcd);
	take_stack(&setup, 1, 7, addresses);
	assert_int_equal(setup.heard.count, 3);
	fact = event_at(&setup, 0, EVENT_FACT);
	assert_int_equal(fact->key_bytes, strlen("symbol.refused.1"));
	assert_int_equal(fact->key_bytes + fact->value_bytes, strlen(TOLD));
	assert_memory_equal(fact->text, TOLD, strlen(TOLD));
	assert_symbol(&setup, 1, 1, "", "/usr/bin/tool");
	assert_frame(&setup, 2, 0, 1, 0x1110);

	take_stack(&setup, 2, 8, addresses);
	take_mapping(&setup, 8, 0x500000, "/usr/bin/tool", 0xcd);
	take_stack(&setup, 2, 8, addresses);
	assert_int_equal(setup.heard.count, 1);
	stop(&setup);
	free(tool);
}

static void a_child_begins_with_the_mappings_of_its_parent(void **state)
{
	struct event_task child = {
		.head = { .bytes = sizeof(child), .kind = EVENT_TASK },
		.tid = 8,
		.tgid = 8,
		.parent_tgid = 7,
		.birth_ns = 5,
	};
	const uint64_t addresses[] = { 0x500110, 0 };
	struct setup setup = {};

	start_recorded(&setup);
	take_mapping(&setup, 7, 0x500000, "/usr/bin/tool", 0);
	assert_int_equal(namer_take(setup.namer, &child.head, NULL), 0);
	take_stack(&setup, 6, 8, addresses);
	assert_symbol(&setup, 0, 1, "", "/usr/bin/tool");

	/* Who lived before the recording has told its mappings itself. */
	child.tid = child.tgid = 9;
	child.birth_ns = 0;
	assert_int_equal(namer_take(setup.namer, &child.head, NULL), 0);
	take_stack(&setup, 6, 9, addresses);
	assert_frame(&setup, 0, 0, 0, 0);
	stop(&setup);
}

static void a_told_module_names_what_kallsyms_does_not(void **state)
{
	struct setup setup = { .fake = { .kallsyms = KERNEL_TEXT } };
	const uint64_t addresses[] = { 0xffffffffc0000020, 0xffffffffc0a00030, 0xffffffffc0b00030,
				       0 };

	start_recorded(&setup);
	take_mapping(&setup, 0, 0xffffffffc0000000, "[zfs]", 0);
	take_mapping(&setup, 0, 0xffffffffc0a00000, "[spl]", 0);
	take_mapping(&setup, 0, 0xffffffffc0b00000, "[kernel.kallsyms]_text", 0);
	take_stack(&setup, 1, 0, addresses);
	assert_int_equal(setup.heard.count, 3);
	assert_symbol(&setup, 0, 1, "zfs_read", "zfs");
	assert_symbol(&setup, 1, 2, "", "spl");
	assert_frame(&setup, 2, 0, 1, 0x20);
	assert_frame(&setup, 2, 1, 2, 0x30);
	assert_frame(&setup, 2, 2, 0, 0);
	/* Without a build-id its file could be any. */
	assert_int_equal(setup.fake.opens, 0);
	stop(&setup);
}

static void a_module_without_kallsyms_is_named_by_its_file(void **state)
{
	static const Elf64_Sym SYMBOLS[] = {
		{ 0 },
		{ .st_name = 1,
		  .st_value = 0x10,
		  .st_size = 0x20,
		  .st_shndx = 3,
		  .st_info = ELF64_ST_INFO(STB_LOCAL, STT_FUNC) },
	};
	struct image_note note = image_note(0xab);
	const struct image_section sections[] = {
		IMAGE_SYMBOLS(SHT_SYMTAB, SYMBOLS, "\0zio_done", 1),
		{ .name = ".text",
		  .type = SHT_NOBITS,
		  .bytes = 0x100,
		  .flags = SHF_ALLOC | SHF_EXECINSTR },
		IMAGE_NOTE(note),
	};
	const uint64_t addresses[] = { 0xffffffffc0a00018, 0 };
	struct fake_file files[2] = { { .path = "[zfs]" } };
	struct setup setup = { .fake = { .files = files } };
	char *module = image_make(ET_REL, sections, 4, &files[0].count);
	const struct event_fact *fact;

	files[0].bytes = module;
	start_recorded(&setup);
	take_mapping(&setup, 0, 0xffffffffc0a00000, "[zfs]", 0xab);
	take_stack(&setup, 1, 0, addresses);
	assert_int_equal(setup.heard.count, 3);
	fact = event_at(&setup, 0, EVENT_FACT);
	assert_memory_equal(fact->text, "symbol.kernel", fact->key_bytes);
	assert_symbol(&setup, 1, 1, "zio_done", "zfs");
	assert_frame(&setup, 2, 0, 1, 8);
	stop(&setup);
	free(module);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_user_frame_without_function_names_its_file_and_offset),
		cmocka_unit_test(processes_do_not_share_their_mappings),
		cmocka_unit_test(exec_and_exit_drop_the_mappings),
		cmocka_unit_test(told_mappings_name_what_ran),
		cmocka_unit_test(a_name_holds_as_long_as_its_mapping),
		cmocka_unit_test(a_function_ends_where_it_ends),
		cmocka_unit_test(a_file_of_another_build_is_refused_and_told_once),
		cmocka_unit_test(a_child_begins_with_the_mappings_of_its_parent),
		cmocka_unit_test(a_told_module_names_what_kallsyms_does_not),
		cmocka_unit_test(a_module_without_kallsyms_is_named_by_its_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
