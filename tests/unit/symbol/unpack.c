/* Does what was compressed come out WHOLE, or not at all? */
#include "symbol/unpack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/test.h"
#include "unit/symbol/pack.h"

#define TEXT_BYTES 300000

static char *make_text(void)
{
	char *text = malloc(TEXT_BYTES);

	assert_non_null(text);
	for (size_t i = 0; i < TEXT_BYTES; i++)
		text[i] = (char)(i * i / 977 + i % 13);
	return text;
}

static void each_format_comes_out_as_it_went_in(void **state)
{
	char *text = make_text();

	for (size_t i = 0; i < PACK_FORMATS; i++) {
		size_t packed_bytes = 0, bytes = 0;
		void *packed = pack(i, text, TEXT_BYTES, &packed_bytes);
		void *unpacked = NULL;

		assert_true(unpack_can(packed, packed_bytes));
		assert_int_equal(unpack(packed, packed_bytes, TEXT_BYTES, &unpacked, &bytes), 0);
		assert_int_equal(bytes, TEXT_BYTES);
		assert_memory_equal(unpacked, text, TEXT_BYTES);
		free(unpacked);
		free(packed);
	}
	free(text);
}

static void more_than_the_limit_is_refused(void **state)
{
	char *text = make_text();

	for (size_t i = 0; i < PACK_FORMATS; i++) {
		size_t packed_bytes = 0, bytes = 0;
		void *packed = pack(i, text, TEXT_BYTES, &packed_bytes);
		void *unpacked = NULL;

		assert_int_equal(unpack(packed, packed_bytes, TEXT_BYTES - 1, &unpacked, &bytes),
				 -EFBIG);
		assert_int_equal(unpack(packed, packed_bytes, 0, &unpacked, &bytes), -EFBIG);
		assert_null(unpacked);
		free(packed);
	}
	free(text);
}

static void what_was_cut_is_refused(void **state)
{
	static const char TEXT[] = "a text that says the same again and again and again and again";

	for (size_t i = 0; i < PACK_FORMATS; i++) {
		size_t packed_bytes = 0, bytes = 0;
		char *packed = pack(i, TEXT, sizeof(TEXT), &packed_bytes);
		void *unpacked = NULL;

		for (size_t cut = 0; cut < packed_bytes; cut++) {
			/* Exactly so many bytes, so that a reader beyond them is caught. */
			char *copy = malloc(cut + 1);

			assert_non_null(copy);
			memcpy(copy, packed, cut);
			assert_int_equal(unpack(copy, cut, TEXT_BYTES, &unpacked, &bytes),
					 -EBADMSG);
			free(copy);
		}
		assert_null(unpacked);
		free(packed);
	}
}

static void broken_bytes_are_refused_or_caught_by_nobody(void **state)
{
	char *text = make_text();

	for (size_t i = 0; i < PACK_FORMATS; i++) {
		size_t packed_bytes = 0, bytes = 0;
		unsigned char *packed = pack(i, text, TEXT_BYTES, &packed_bytes);
		void *unpacked = NULL;
		int r;

		packed[packed_bytes / 2] ^= 0x5a;
		r = unpack(packed, packed_bytes, TEXT_BYTES, &unpacked, &bytes);
		/* zstd is told to write no checksum: it alone may not notice. */
		assert_true(r == -EBADMSG || r == -EFBIG || (r == 0 && i == PACK_ZSTD));
		free(unpacked);
		free(packed);
	}
	free(text);
}

static void other_bytes_are_no_format(void **state)
{
	size_t bytes = 0;
	void *unpacked = NULL;

	assert_false(unpack_can("\177ELF..", 6));
	assert_false(unpack_can("", 0));
	assert_false(unpack_can("\x28\xb5\x2f", 3));
	assert_int_equal(unpack("\177ELF..", 6, 100, &unpacked, &bytes), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_format_comes_out_as_it_went_in),
		cmocka_unit_test(more_than_the_limit_is_refused),
		cmocka_unit_test(what_was_cut_is_refused),
		cmocka_unit_test(broken_bytes_are_refused_or_caught_by_nobody),
		cmocka_unit_test(other_bytes_are_no_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
