/* Is each name told once, before its use and as its author wrote it, and where its source is? */
#include <link.h>
#include <stdlib.h>
#include <string.h>

#include "harness/test.h"
#include "symbol/symbol.h"
#include "unit/symbol/fake.h"
#include "unit/symbol/heard.h"
#include "unit/symbol/module.h"

static void names_are_dense_and_sent_once_before_their_stack(void **state)
{
	struct setup setup = { .fake = { .kallsyms = KERNEL_TEXT } };
	const uint64_t first[] = { 0xffffffff81000210, 0xffffffff81000110, 0xffffffffc0000020, 0 };
	const uint64_t second[] = { 0xffffffff81000220, 0xffffffff81000310, 0xffffffff81000110, 0 };
	const struct event_stack *stack;

	start(&setup);
	take_stack(&setup, 5, 0, first);
	assert_int_equal(setup.heard.count, 4);
	assert_symbol(&setup, 0, 1, "schedule", "");
	assert_symbol(&setup, 1, 2, "vfs_read", "");
	assert_symbol(&setup, 2, 3, "zfs_read", "zfs");
	assert_frame(&setup, 3, 0, 1, 0x10);
	assert_frame(&setup, 3, 1, 2, 0x10);
	assert_frame(&setup, 3, 2, 3, 0x20);
	stack = event_at(&setup, 3, EVENT_STACK);
	assert_int_equal(stack->id, 77);
	assert_int_equal(stack->frames, 3);
	assert_int_equal(stack->head.time_ns, 5);
	assert_int_equal(((const struct event *)event_at(&setup, 0, EVENT_SYMBOL))->time_ns, 5);

	take_stack(&setup, 6, 0, second);
	assert_int_equal(setup.heard.count, 2);
	assert_symbol(&setup, 0, 4, "panic", "");
	assert_frame(&setup, 1, 0, 1, 0x20);
	assert_frame(&setup, 1, 1, 4, 0x10);
	assert_frame(&setup, 1, 2, 2, 0x10);
	assert_int_equal(setup.fake.kallsyms_reads, 1);
	stop(&setup);
}

static void names_are_sent_as_their_authors_wrote_them(void **state)
{
	const uint64_t addresses[] = { 0x500110, 0 };
	struct fake_file files[3] = { { .path = "/one" }, { .path = "/two" } };
	struct setup setup = { .fake = { .files = files } };
	char *one = make_tool("_ZN3fooC1Ei", &files[0].count);
	char *two = make_tool("_ZN3fooC2Ei", &files[1].count);

	files[0].bytes = one;
	files[1].bytes = two;
	start_recorded(&setup);
	take_mapping(&setup, 7, 0x500000, "/one", 0);
	take_stack(&setup, 1, 7, addresses);
	assert_symbol(&setup, 0, 1, "foo::foo", "/one");
	assert_frame(&setup, 1, 0, 1, 0x10);

	/* The same function under its other name is the same symbol. */
	files[0].bytes = two;
	take_mapping(&setup, 8, 0x500000, "/one", 0xab);
	take_stack(&setup, 1, 8, addresses);
	assert_int_equal(setup.heard.count, 1);
	assert_frame(&setup, 0, 0, 1, 0x10);
	stop(&setup);
	free(one);
	free(two);
}

/* Where code of this program is in its file. */
struct mapped_code {
	uint64_t address;
	uint64_t file_offset;
	uint64_t offset_in_page;
};

static int find_segment(struct dl_phdr_info *info, size_t size, void *data)
{
	struct mapped_code *code = data;

	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		uint64_t start = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;

		if (info->dlpi_phdr[i].p_type == PT_LOAD && code->address >= start &&
		    code->address < start + info->dlpi_phdr[i].p_filesz)
			code->file_offset = code->address - start + info->dlpi_phdr[i].p_offset;
	}
	return 1;
}

static struct mapped_code own_code(uint64_t address)
{
	struct mapped_code code = { .address = address };

	assert_int_equal(dl_iterate_phdr(find_segment, &code), 1);
	code.offset_in_page = code.file_offset % 4096;
	return code;
}

static void places_come_before_the_end_of_the_watch(void **state)
{
	struct fake fake = { .file = "/proc/self/exe" };
	const struct symbol_source source = { .open = fake_open,
					      .debug_bytes_max = SIZE_MAX,
					      .self = &fake };
	struct setup setup = {};
	const struct event_sink next = { .take = hear, .self = &setup.heard };
	const struct event_watch_end end = {
		.head = { .bytes = sizeof(end), .kind = EVENT_WATCH_END, .time_ns = 9 },
	};
	const struct event_place *place;
	struct mapped_code own = own_code((uintptr_t)places_come_before_the_end_of_the_watch);
	const uint64_t addresses[] = { 0x400000 + own.offset_in_page + 4, 0 };

	assert_int_equal(namer_new(&source, &next, &setup.namer), 0);
	take_mapping_at(&setup, 7, 0x400000, "/exe", own.file_offset - own.offset_in_page);
	take_stack(&setup, 1, 7, addresses);
	assert_symbol(&setup, 0, 1, "places_come_before_the_end_of_the_watch", "/exe");

	setup.heard.count = 0;
	assert_int_equal(namer_take(setup.namer, &end.head, NULL), 0);
	assert_int_equal(setup.heard.count, 2);
	place = event_at(&setup, 0, EVENT_PLACE);
	assert_int_equal(place->symbol, 1);
	assert_true(place->line > 0);
	assert_int_equal(place->head.time_ns, 9);
	assert_true(place->file_bytes >= strlen("symbol/telling.c"));
	assert_memory_equal(place->file + place->file_bytes - strlen("symbol/telling.c"),
			    "symbol/telling.c", strlen("symbol/telling.c"));
	assert_memory_equal(event_at(&setup, 1, EVENT_WATCH_END), &end, sizeof(end));
	stop(&setup);
}

static void assert_place(const struct setup *setup, size_t i, uint32_t symbol, uint32_t line)
{
	const struct event_place *place = event_at(setup, i, EVENT_PLACE);

	assert_int_equal(place->symbol, symbol);
	assert_int_equal(place->line, line);
	assert_true(place->file_bytes >= strlen("module.c"));
	assert_memory_equal(place->file + place->file_bytes - strlen("module.c"), "module.c",
			    strlen("module.c"));
}

/* A real module, compressed as distributions do it: with kallsyms and without. */
static void the_functions_of_a_module_have_places_too(void **state)
{
	static const char *const KALLSYMS[] = {
		NULL,
		"ffffffffc0a00000 T module_first\t[zfs]\n"
		"ffffffffc0a00009 T module_second\t[zfs]\n",
	};
	const struct fake_file files[] = { { "[zfs]", MODULE_XZ, sizeof(MODULE_XZ) }, { 0 } };
	const uint64_t addresses[] = { 0xffffffffc0a00004, 0xffffffffc0a0000d, 0 };
	const struct event_watch_end end = {
		.head = { .bytes = sizeof(end), .kind = EVENT_WATCH_END, .time_ns = 9 },
	};

	for (size_t i = 0; i < 2; i++) {
		struct setup setup = { .fake = { .files = files, .kallsyms = KALLSYMS[i] } };
		const struct event_sink next = { .take = hear, .self = &setup.heard };
		const struct symbol_source source = { .kallsyms = fake_kallsyms,
						      .open = fake_open,
						      .debug_bytes_max = SIZE_MAX,
						      .self = &setup.fake };
		size_t facts = i == 0; /* that there is no kallsyms */

		assert_int_equal(namer_new(&source, &next, &setup.namer), 0);
		take_mapping(&setup, 0, 0xffffffffc0a00000, "[zfs]", 0xab);
		take_stack(&setup, 1, 0, addresses);
		assert_int_equal(setup.heard.count, facts + 3);
		assert_symbol(&setup, facts, 1, "module_first", "zfs");
		assert_symbol(&setup, facts + 1, 2, "module_second", "zfs");
		assert_frame(&setup, facts + 2, 0, 1, 4);
		assert_frame(&setup, facts + 2, 1, 2, 4);

		setup.heard.count = 0;
		assert_int_equal(namer_take(setup.namer, &end.head, NULL), 0);
		assert_int_equal(setup.heard.count, 3);
		assert_place(&setup, 0, 1, 9);
		assert_place(&setup, 1, 2, 14);
		stop(&setup);
	}
}

static void without_its_build_id_a_module_has_no_places(void **state)
{
	const struct fake_file files[] = { { "[zfs]", MODULE_XZ, sizeof(MODULE_XZ) }, { 0 } };
	const uint64_t addresses[] = { 0xffffffffc0000020, 0xffffffff81000210, 0 };
	const struct event_watch_end end = {
		.head = { .bytes = sizeof(end), .kind = EVENT_WATCH_END },
	};
	struct setup setup = { .fake = { .files = files, .kallsyms = KERNEL_TEXT } };
	const struct event_sink next = { .take = hear, .self = &setup.heard };
	const struct symbol_source source = { .kallsyms = fake_kallsyms,
					      .open = fake_open,
					      .debug_bytes_max = SIZE_MAX,
					      .self = &setup.fake };

	assert_int_equal(namer_new(&source, &next, &setup.namer), 0);
	take_mapping(&setup, 0, 0xffffffffc0000000, "[zfs]", 0);
	take_mapping(&setup, 0, 0xffffffff81000000, "[kernel.kallsyms]_text", 0);
	take_stack(&setup, 1, 0, addresses);
	setup.heard.count = 0;
	assert_int_equal(namer_take(setup.namer, &end.head, NULL), 0);
	assert_int_equal(setup.heard.count, 1);
	assert_int_equal(setup.fake.opens, 0);
	stop(&setup);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_dense_and_sent_once_before_their_stack),
		cmocka_unit_test(names_are_sent_as_their_authors_wrote_them),
		cmocka_unit_test(places_come_before_the_end_of_the_watch),
		cmocka_unit_test(the_functions_of_a_module_have_places_too),
		cmocka_unit_test(without_its_build_id_a_module_has_no_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
