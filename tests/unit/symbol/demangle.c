/* Are names told as their authors wrote them, and does no name take for ever? */
#include "symbol/demangle.h"

#include <stdio.h>
#include <string.h>

#include "harness/test.h"

static void assert_told(const char *mangled, const char *wanted)
{
	char text[256] = "";

	assert_true(demangle_can(mangled));
	assert_true(demangle(mangled, text, sizeof(text)));
	assert_string_equal(text, wanted);
}

static void assert_left(const char *mangled)
{
	char text[256] = "untouched";

	assert_false(demangle(mangled, text, sizeof(text)));
}

static void names_of_cxx_lose_their_parameters(void **state)
{
	assert_told("_ZN3foo3barEi", "foo::bar");
	assert_told("_Z3addii", "add");
	assert_told("_ZNSt6vectorIiSaIiEE9push_backEOi",
		    "std::vector<int, std::allocator<int> >::push_back");
	assert_told("_ZN3fooC1Ev", "foo::foo");
	assert_told("_ZN3fooC2Ev", "foo::foo");
	assert_told("_Znwm@plt", "operator new@plt");
	assert_told("_ZN3foo3barEi.cold", "foo::bar");
}

static void names_of_rust_are_told_in_both_manglings(void **state)
{
	assert_told("_ZN4core3fmt9Formatter3pad17h0123456789abcdefE", "core::fmt::Formatter::pad");
	assert_told("_RNvC6_123foo3bar", "123foo::bar");
	assert_told("_RNvNtNtCs1234_7mycrate3foo3bar3baz", "mycrate::foo::bar::baz");
	assert_told(
		"_RNqCs4fqI2P2rA04_11utf8_identsu30____7hkackfecea1cbdathfdh9hlq6y",
		"utf8_idents::\xe1\x83\xa1\xe1\x83\x90\xe1\x83\xad\xe1\x83\x9b\xe1\x83\x94\xe1\x83"
		"\x9a\xe1\x83\x90\xe1\x83\x93_\xe1\x83\x92\xe1\x83\x94\xe1\x83\x9b\xe1\x83\xa0"
		"\xe1\x83\x98\xe1\x83\x94\xe1\x83\x9a\xe1\x83\x98_\xe1\x83\xa1\xe1\x83\x90\xe1\x83"
		"\x93\xe1\x83\x98\xe1\x83\x9a\xe1\x83\x98");
}

static void other_names_are_left_alone(void **state)
{
	assert_false(demangle_can("vfs_read"));
	assert_false(demangle_can("__x64_sys_read"));
	assert_false(demangle_can(""));
	assert_false(demangle_can("_"));
	assert_left("vfs_read");
	assert_left("_Z");
	assert_left("_ZN3foo");
	assert_left("_Random");
	assert_left("_R");
}

static void a_long_name_is_cut(void **state)
{
	char text[8];

	assert_true(demangle("_ZN3foo3barEi", text, sizeof(text)));
	assert_string_equal(text, "foo::ba");
	assert_true(demangle("_ZN1a1bEi@plt", text, sizeof(text)));
	assert_string_equal(text, "a::b@pl");
	assert_true(demangle("_RNvC6_123foo3bar", text, sizeof(text)));
	assert_string_equal(text, "123foo:");
}

/* Each type is a pair of the one before, twice: written out the last has 2^60 parts. */
static void a_name_that_doubles_itself_ends(void **state)
{
	static const char DIGITS[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	char name[512] = "_Z1fI1aE", text[4096];
	size_t used;

	used = (size_t)snprintf(name, sizeof(name), "_Z1fI1pI1aS0_E");
	for (size_t i = 1; i < 34; i++)
		used += (size_t)snprintf(name + used, sizeof(name) - used, "1qIS%c_S%c_E",
					 DIGITS[i], DIGITS[i]);
	(void)snprintf(name + used, sizeof(name) - used, "Evv");
	if (demangle(name, text, sizeof(text)))
		assert_true(strlen(text) < sizeof(text));
}

static void a_name_that_is_too_long_is_left_alone(void **state)
{
	char name[3000] = "_ZN";
	char text[4096];

	for (size_t i = 3; i + 2 < 2900; i += 2)
		memcpy(name + i, "1a", 2);
	strcpy(name + 2900, "Ev");
	assert_false(demangle(name, text, sizeof(text)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_cxx_lose_their_parameters),
		cmocka_unit_test(names_of_rust_are_told_in_both_manglings),
		cmocka_unit_test(other_names_are_left_alone),
		cmocka_unit_test(a_long_name_is_cut),
		cmocka_unit_test(a_name_that_doubles_itself_ends),
		cmocka_unit_test(a_name_that_is_too_long_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
