/* Is a kernel address given its right name, and no name where none is sure? */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/test.h"
#include "symbol/symbol.h"

static const char SMALL_TEXT[] = "0000000000000000 A fixed_percpu_data\n"
				 "0000000000001000 D cpu_stack\n"
				 "ffffffff81000000 T _stext\n"
				 "ffffffff81000000 T _text\n"
				 "ffffffff81000040 t local_name\n"
				 "ffffffff81000040 W weak_name\n"
				 "ffffffff81000040 T __global_name\n"
				 "ffffffff81000040 T global_name\n"
				 "ffffffff81000100 T __pfx_vfs_read\n"
				 "ffffffff81000110 T vfs_read\n"
				 "ffffffff81000200 t vfs_read.cold\n"
				 "ffffffff81000210 T __lock_text_end\n"
				 "ffffffff81000300 T before_hole\n"
				 "ffffffff81900000 T after_hole\n"
				 "ffffffff81900100 T _etext\n"
				 "ffffffff82000000 D init_task\n"
				 "ffffffffc0400000 t zfs_read\t[zfs]\n"
				 "ffffffffc0100000 t spl_last\t[spl]\n"
				 "ffffffffc0080000 t spl_first\t[spl]\n"
				 "ffffffffc0080400 d spl_data\t[spl]\n"
				 "ffffffffc0400800 t zfs_last\t[zfs]\n"
				 "ffffffffc0500000 t bpf_prog_6deef7357e7b4530_watch\t[bpf]\n"
				 "ffffffffc0600000 t ftrace_trampoline\t[__builtin__ftrace]\n";

static struct kallsyms *parse(const char *text)
{
	struct kallsyms *table = NULL;
	struct diag why = {};

	assert_int_equal(kallsyms_parse(strdup(text), strlen(text), &table, &why), 0);
	assert_non_null(table);
	return table;
}

static void assert_named(const struct kallsyms *table, uint64_t address, const char *name,
			 const char *module, uint64_t start)
{
	struct symbol_name found;

	assert_int_equal(kallsyms_find(table, address, &found), 0);
	assert_string_equal(found.name, name);
	assert_string_equal(found.module, module);
	assert_int_equal(found.start, start);
}

static void assert_nameless(const struct kallsyms *table, uint64_t address)
{
	struct symbol_name found;

	assert_int_equal(kallsyms_find(table, address, &found), -ENOENT);
}

static void assert_variable(const struct kallsyms *table, uint64_t address, const char *name)
{
	struct symbol_name found;

	assert_int_equal(kallsyms_find_variable(table, address, &found), name ? 0 : -ENOENT);
	if (name)
		assert_string_equal(found.name, name);
}

static void variables_are_found_but_are_no_functions(void **state)
{
	static const char TEXT[] = "ffffffff81000000 T code\n"
				   "ffffffff82000000 D tasklist_lock\n"
				   "ffffffff82000040 b init_mm\n"
				   "ffffffff82000080 r read_only\n"
				   "ffffffff82000100 B far\n"
				   "ffffffff83000000 B last\n"
				   "ffffffffc0000000 d pool\t[zfs]\n"
				   "ffffffffc0000100 d of_another\t[spl]\n";
	owns(kallsyms_free) struct kallsyms *table = parse(TEXT);

	assert_variable(table, 0xffffffff82000000, "tasklist_lock");
	assert_variable(table, 0xffffffff8200003f, "tasklist_lock");
	assert_variable(table, 0xffffffff82000040, "init_mm");
	assert_nameless(table, 0xffffffff82000000);
	assert_variable(table, 0xffffffff81000000, NULL);
	assert_variable(table, 0xffffffff80000000, NULL);
	assert_variable(table, 0xffffffff82000080, NULL);
	assert_variable(table, 0xffffffff82000100, NULL); /* its end is too far to be its own */
	assert_variable(table, 0xffffffff83000000, NULL); /* another module comes next */
	assert_variable(table, 0xffffffffc0000010, NULL);
	assert_variable(table, 0xffffffffc0000110, NULL);
}

static int setup(void **state)
{
	*state = parse(SMALL_TEXT);
	return 0;
}

static int teardown(void **state)
{
	kallsyms_free((struct kallsyms **)state);
	assert_null(*state);
	return 0;
}

static void a_function_reaches_to_the_next_symbol(void **state)
{
	assert_named(*state, 0xffffffff81000110, "vfs_read", "", 0xffffffff81000110);
	assert_named(*state, 0xffffffff810001ff, "vfs_read", "", 0xffffffff81000110);
	assert_named(*state, 0xffffffff81000200, "vfs_read.cold", "", 0xffffffff81000200);
}

static void of_several_names_the_last_is_given_as_perf_does(void **state)
{
	assert_named(*state, 0xffffffff81000045, "global_name", "", 0xffffffff81000040);
	struct kallsyms *table = parse("ffffffff81000000 T __memmove\n"
				       "ffffffff81000000 W memmove\n"
				       "ffffffff81000100 T next\n"
				       "ffffffffc0000000 t htonll\t[icp]\n"
				       "ffffffffc0000000 t ntohll\t[icp]\n");

	assert_named(table, 0xffffffff81000001, "memmove", "", 0xffffffff81000000);
	assert_named(table, 0xffffffffc0000001, "ntohll", "icp", 0xffffffffc0000000);
	kallsyms_free(&table);
}

static void the_padding_before_a_function_has_its_name(void **state)
{
	assert_named(*state, 0xffffffff81000108, "vfs_read", "", 0xffffffff81000100);
}

static void a_function_is_preferred_to_padding_and_data_at_its_address(void **state)
{
	struct kallsyms *table = parse("ffffffff81000000 T __pfx_other\n"
				       "ffffffff81000000 D data\n"
				       "ffffffff81000000 t __function\n"
				       "ffffffff81000100 T next\n");

	assert_named(table, 0xffffffff81000001, "__function", "", 0xffffffff81000000);
	kallsyms_free(&table);
}

static void section_labels_name_nothing(void **state)
{
	assert_nameless(*state, 0xffffffff81000000);
	assert_nameless(*state, 0xffffffff8100003f);
	assert_nameless(*state, 0xffffffff81000210);
}

static void nothing_is_named_after_the_end_of_the_text(void **state)
{
	assert_named(*state, 0xffffffff819000ff, "after_hole", "", 0xffffffff81900000);
	assert_nameless(*state, 0xffffffff81900100);
	assert_nameless(*state, 0xffffffff81a00000);
}

static void data_ends_a_function_and_has_no_name(void **state)
{
	assert_named(*state, 0xffffffffc00803ff, "spl_first", "spl", 0xffffffffc0080000);
	assert_nameless(*state, 0xffffffffc0080400);
	assert_nameless(*state, 0xffffffff82000010);
	assert_nameless(*state, 0x1000);
}

static void a_hole_is_not_part_of_the_function_before_it(void **state)
{
	assert_named(*state, 0xffffffff81000310, "before_hole", "", 0xffffffff81000300);
	assert_nameless(*state, 0xffffffff81100000);
	assert_nameless(*state, 0xffffffff818fffff);
}

static void modules_are_named_whatever_their_order(void **state)
{
	assert_named(*state, 0xffffffffc0400010, "zfs_read", "zfs", 0xffffffffc0400000);
	assert_named(*state, 0xffffffffc0400810, "zfs_last", "zfs", 0xffffffffc0400800);
	assert_named(*state, 0xffffffffc0100000, "spl_last", "spl", 0xffffffffc0100000);
}

static void the_last_function_of_a_module_does_not_reach_to_the_next_module(void **state)
{
	assert_named(*state, 0xffffffffc0100100, "spl_last", "spl", 0xffffffffc0100000);
	assert_nameless(*state, 0xffffffffc0110000);
	assert_nameless(*state, 0xffffffffc03fffff);
}

static void programs_and_trampolines_are_kept(void **state)
{
	assert_named(*state, 0xffffffffc0500020, "bpf_prog_6deef7357e7b4530_watch", "bpf",
		     0xffffffffc0500000);
	assert_named(*state, 0xffffffffc0600000, "ftrace_trampoline", "ftrace", 0xffffffffc0600000);
	assert_nameless(*state, 0xffffffffc0700000);
	assert_nameless(*state, UINT64_MAX);
}

static void a_line_cut_in_its_middle_names_nothing(void **state)
{
	struct kallsyms *table = parse("ffffffff81000000 T whole\nffffffff81000100 T half_a_na");

	assert_named(table, 0xffffffff81000100, "whole", "", 0xffffffff81000000);
	kallsyms_free(&table);
}

static void lines_that_are_none_are_passed_over(void **state)
{
	struct kallsyms *table = parse("\n \nT\nffffffff81000000\nffffffff81000000 \n"
				       "ffffffff81000000 T\nffffffff81000000 T \n"
				       "nothing T here\n 10 T blank\nffffffff8100000000 T long\n"
				       "ffffffff81000010 t $x\nffffffff81000010 t .Lmark\n"
				       "ffffffff81000010 T broken\t[module\n"
				       "ffffffff81000010 T right\n");

	assert_named(table, 0xffffffff81000010, "right", "", 0xffffffff81000010);
	assert_nameless(table, 0xffffffff8100000f);
	kallsyms_free(&table);
}

static void assert_no_data(const char *text)
{
	struct kallsyms *table = NULL;
	struct diag why = {};

	assert_int_equal(kallsyms_parse(strdup(text), strlen(text), &table, &why), -ENODATA);
	assert_null(table);
	assert_non_null(strstr(why.text, "kptr_restrict"));
}

static void hidden_addresses_are_no_symbols(void **state)
{
	assert_no_data("0000000000000000 T _stext\n0000000000000000 T vfs_read\n");
	assert_no_data("ffffffff81000000 D only_data\n");
	assert_no_data("");
	assert_no_data("not a symbol\n");
}

/* As many modules, and as mixed up, as the sort has to cope with; every function must be found
 * again. */
static void many_symbols_in_any_order_are_all_found(void **state)
{
	const size_t count = 50000, line_bytes = 64;
	char *text = calloc(count + 1, line_bytes);
	struct kallsyms *table = NULL;
	size_t used = 0;

	assert_non_null(text);
	for (size_t i = 0; i < count; i++) {
		/* 7919 is prime to count: each number comes once. */
		size_t number = i * 7919 % count;
		int wrote = snprintf(text + used, line_bytes, "%zx t function_%zu\t[module_%zu]\n",
				     0xffffffffc0000000 + number * 0x140, number, number / 100);

		assert_in_range(wrote, 1, line_bytes - 1);
		used += (size_t)wrote;
	}
	assert_int_equal(kallsyms_parse(text, used, &table, NULL), 0);
	for (size_t number = 0; number < count; number++) {
		struct symbol_name found;
		char name[32], module[32];

		assert_in_range(snprintf(name, sizeof(name), "function_%zu", number), 1, 31);
		assert_in_range(snprintf(module, sizeof(module), "module_%zu", number / 100), 1,
				31);
		assert_int_equal(
			kallsyms_find(table, 0xffffffffc0000000 + number * 0x140 + 5, &found), 0);
		assert_string_equal(found.name, name);
		assert_string_equal(found.module, module);
	}
	kallsyms_free(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(variables_are_found_but_are_no_functions),
		cmocka_unit_test(a_function_reaches_to_the_next_symbol),
		cmocka_unit_test(of_several_names_the_last_is_given_as_perf_does),
		cmocka_unit_test(the_padding_before_a_function_has_its_name),
		cmocka_unit_test(a_function_is_preferred_to_padding_and_data_at_its_address),
		cmocka_unit_test(section_labels_name_nothing),
		cmocka_unit_test(nothing_is_named_after_the_end_of_the_text),
		cmocka_unit_test(data_ends_a_function_and_has_no_name),
		cmocka_unit_test(a_hole_is_not_part_of_the_function_before_it),
		cmocka_unit_test(modules_are_named_whatever_their_order),
		cmocka_unit_test(the_last_function_of_a_module_does_not_reach_to_the_next_module),
		cmocka_unit_test(programs_and_trampolines_are_kept),
		cmocka_unit_test(a_line_cut_in_its_middle_names_nothing),
		cmocka_unit_test(lines_that_are_none_are_passed_over),
		cmocka_unit_test(hidden_addresses_are_no_symbols),
		cmocka_unit_test(many_symbols_in_any_order_are_all_found),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
