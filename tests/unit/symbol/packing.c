/* Does what was packed come out again, whole or not at all, and never more than the bound? */
#include "symbol/packing.h"

#include <errno.h>
#include <string.h>

#include "unit/symbol/packers.h"

enum {
	TEXT_BYTES = 3 << 20,
};

/* Some of it repeats, some does not. */
static char *make_text(void)
{
	char *text = malloc(TEXT_BYTES);
	uint32_t seed = 1;

	assert_non_null(text);
	for (size_t i = 0; i < TEXT_BYTES; i++) {
		seed = seed * 1664525 + 1013904223;
		text[i] = i % 4096 < 64 ? (char)(seed >> 24) : 'x';
	}
	return text;
}

static void what_was_packed_comes_out_again(void **state)
{
	char *text = make_text();

	for (size_t i = 0; i < PACKER_COUNT; i++) {
		struct packed_bytes packed = PACKERS[i](text, TEXT_BYTES);
		size_t bytes = 0;
		char *out = NULL;

		assert_int_equal(packing_of(packed.bytes, packed.count), i + 1);
		assert_int_equal(packing_of(packed.bytes, PACKING_BYTES), i + 1);
		assert_int_equal(packing_undo(packed.bytes, packed.count, 2 * TEXT_BYTES, &out,
					      &bytes, NULL),
				 0);
		assert_int_equal(bytes, TEXT_BYTES);
		assert_memory_equal(out, text, TEXT_BYTES);
		free(out);
		free(packed.bytes);
	}
	free(text);
}

static void more_than_the_bound_is_refused(void **state)
{
	char *text = make_text();

	for (size_t i = 0; i < PACKER_COUNT; i++) {
		struct packed_bytes packed = PACKERS[i](text, TEXT_BYTES);
		struct diag why = {};
		size_t bytes = 0;
		char *out = NULL;

		assert_int_equal(packing_undo(packed.bytes, packed.count, TEXT_BYTES - 1, &out,
					      &bytes, &why),
				 -EFBIG);
		assert_null(out);
		assert_int_equal(why.code, -EFBIG);
		free(packed.bytes);
	}
	free(text);
}

static void bytes_cut_short_are_refused(void **state)
{
	static const char TEXT[] =
		"a text that is long enough to be cut in many places, many, many";

	for (size_t i = 0; i < PACKER_COUNT; i++) {
		struct packed_bytes packed = PACKERS[i](TEXT, sizeof(TEXT));

		for (size_t cut = PACKING_BYTES; cut < packed.count; cut++) {
			struct diag why = {};
			size_t bytes = 0;
			char *out = NULL;

			assert_int_equal(packing_undo(packed.bytes, cut, 4096, &out, &bytes, &why),
					 -EBADMSG);
			assert_non_null(strstr(why.text, packing_name((enum packing)(i + 1))));
		}
		free(packed.bytes);
	}
}

static void a_damaged_byte_is_refused_or_told_by_the_text(void **state)
{
	static const char TEXT[] = "damage damage damage damage damage damage damage damage";

	for (size_t i = 0; i < PACKER_COUNT; i++) {
		struct packed_bytes packed = PACKERS[i](TEXT, sizeof(TEXT));

		for (size_t place = 0; place < packed.count; place++) {
			size_t bytes = 0;
			char *out = NULL;
			int r;

			packed.bytes[place] ^= 0x55;
			r = packing_undo(packed.bytes, packed.count, 4096, &out, &bytes, NULL);
			assert_true(r == 0 || r == -EBADMSG || r == -EFBIG || r == -EINVAL);
			assert_true(r == 0 || !out);
			free(out);
			packed.bytes[place] ^= 0x55;
		}
		free(packed.bytes);
	}
}

static void other_bytes_are_not_packed(void **state)
{
	size_t bytes = 0;
	char *out = NULL;

	assert_int_equal(packing_of("\177ELF", 4), PACKING_NONE);
	assert_int_equal(packing_of("", 0), PACKING_NONE);
	assert_int_equal(packing_of("\x28\xb5", 2), PACKING_NONE);
	assert_string_equal(packing_name(PACKING_NONE), "");
	assert_true(packing_undo("\177ELF", 4, 4096, &out, &bytes, NULL) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_packed_comes_out_again),
		cmocka_unit_test(more_than_the_bound_is_refused),
		cmocka_unit_test(bytes_cut_short_are_refused),
		cmocka_unit_test(a_damaged_byte_is_refused_or_told_by_the_text),
		cmocka_unit_test(other_bytes_are_not_packed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
