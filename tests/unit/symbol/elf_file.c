/* Does an ELF file show its PIECES, compressed or not, and only when they are whole? */
#include "symbol/elf_file.h"

#include <errno.h>
#include <unistd.h>

#include "unit/symbol/fake.h"
#include "unit/symbol/image.h"
#include "unit/symbol/pack.h"

static struct elf_file *open_image(const void *bytes, size_t count)
{
	struct elf_file *file = NULL;
	int fd = fake_memory(bytes, count);

	assert_int_equal(elf_file_open(fd, &file), 0);
	assert_int_equal(close(fd), 0);
	return file;
}

static char *image_with_note(const struct image_note *note, size_t bytes, size_t *ret_bytes)
{
	const struct image_section sections[] = { {
		.name = ".note.gnu.build-id",
		.type = SHT_NOTE,
		.data = note,
		.bytes = bytes,
		.align = 4,
	} };

	return image_make(ET_DYN, sections, 1, ret_bytes);
}

static void the_build_id_is_read(void **state)
{
	struct image_note note = image_note(0xab);
	size_t bytes = 0;
	char *image = image_with_note(&note, sizeof(note), &bytes);
	struct elf_file *file = open_image(image, bytes);
	struct build_id id = elf_file_build_id(file);

	assert_int_equal(id.bytes, 20);
	assert_memory_equal(id.data, note.id, 20);
	elf_file_free(&file);
	assert_null(file);
	free(image);
}

static void a_broken_note_is_no_build_id(void **state)
{
	struct image_note notes[] = { image_note(1), image_note(2), image_note(3), image_note(4) };

	notes[0].header.n_descsz = UINT32_MAX;
	notes[1].header.n_namesz = 9999;
	notes[2].header.n_descsz = 0;
	notes[3].header.n_type = 1;
	for (size_t i = 0; i < 4; i++) {
		for (size_t cut = 0; cut <= sizeof(notes[i]); cut++) {
			size_t bytes = 0;
			char *image = image_with_note(&notes[i], cut, &bytes);
			struct elf_file *file = open_image(image, bytes);

			assert_int_equal(elf_file_build_id(file).bytes, 0);
			elf_file_free(&file);
			free(image);
		}
	}
}

static void padded_build_ids_are_the_same(void **state)
{
	struct build_id short_id = { .bytes = 16 }, long_id = { .bytes = 20 }, none = {};

	memset(short_id.data, 7, 16);
	memset(long_id.data, 7, 16);
	assert_true(build_id_is_same(&short_id, &long_id));
	assert_true(build_id_is_same(&long_id, &short_id));
	long_id.data[19] = 1;
	assert_false(build_id_is_same(&short_id, &long_id));
	assert_false(build_id_is_same(&none, &long_id));
	assert_false(build_id_is_same(&none, &none));
}

static void a_compressed_file_is_read_like_any(void **state)
{
	struct image_note note = image_note(0x5c);
	size_t bytes = 0;
	char *image = image_with_note(&note, sizeof(note), &bytes);

	for (size_t i = 0; i < PACK_FORMATS; i++) {
		size_t packed_bytes = 0;
		void *packed = pack(i, image, bytes, &packed_bytes);
		struct elf_file *file = open_image(packed, packed_bytes);

		assert_int_equal(elf_file_build_id(file).data[19], 0x5c);
		elf_file_free(&file);
		free(packed);
	}
	free(image);
}

static void what_is_no_elf_file_is_refused(void **state)
{
	static const char *const TEXTS[] = { "", "#!/bin/sh\n", "\x28\xb5\x2f\xfd", "\177ELF" };

	for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++) {
		struct elf_file *file = NULL;
		int fd = fake_memory(TEXTS[i], strlen(TEXTS[i]));
		char *copy = strdup(TEXTS[i]);

		assert_int_equal(elf_file_open(fd, &file), -EBADMSG);
		assert_int_equal(close(fd), 0);
		assert_int_equal(elf_file_from_memory(copy, strlen(TEXTS[i]), &file), -EBADMSG);
		assert_null(file);
	}
}

static void the_debuglink_has_a_name_and_a_sum(void **state)
{
	static const char LINK[] = "tool.debug\0\0\x78\x56\x34\x12";
	static const char FOLDER[] = "a/b\0\x78\x56\x34\x12";
	const struct {
		const char *data;
		size_t bytes;
		const char *name;
	} cases[] = {
		{ LINK, 16, "tool.debug" }, { LINK, 15, NULL },  { LINK, 10, NULL },
		{ LINK, 1, NULL },          { FOLDER, 8, NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct image_section sections[] = { { .name = ".gnu_debuglink",
							    .type = SHT_PROGBITS,
							    .data = cases[i].data,
							    .bytes = cases[i].bytes } };
		size_t bytes = 0;
		char *image = image_make(ET_DYN, sections, 1, &bytes);
		struct elf_file *file = open_image(image, bytes);
		uint32_t crc = 0;
		const char *name = elf_file_debuglink(file, &crc);

		if (cases[i].name) {
			assert_string_equal(name, cases[i].name);
			assert_int_equal(crc, 0x12345678);
		} else {
			assert_null(name);
		}
		elf_file_free(&file);
		free(image);
	}
}

static void the_sum_of_a_file_is_that_of_the_debuglink(void **state)
{
	/* The value that everybody's CRC-32 gives for these nine bytes. */
	int fd = fake_memory("123456789", 9);
	uint32_t crc = 0;

	assert_int_equal(elf_file_crc(fd, &crc), 0);
	assert_int_equal(crc, 0xcbf43926);
	assert_int_equal(close(fd), 0);
	assert_int_equal(elf_file_crc(-1, &crc), -EBADMSG);
}

static void the_file_inside_of_a_file_is_opened(void **state)
{
	struct image_note note = image_note(0x11);
	size_t inner_bytes = 0, packed_bytes = 0, bytes = 0;
	char *inner = image_with_note(&note, sizeof(note), &inner_bytes);
	char *packed = pack(PACK_XZ, inner, inner_bytes, &packed_bytes);
	struct image_section sections[] = { { .name = ".gnu_debugdata",
					      .type = SHT_PROGBITS,
					      .data = packed,
					      .bytes = packed_bytes } };
	char *image = image_make(ET_DYN, sections, 1, &bytes);
	struct elf_file *file = open_image(image, bytes), *found = NULL;

	assert_int_equal(elf_file_open_debugdata(file, &found), 0);
	assert_int_equal(elf_file_build_id(found).data[0], 0x11);
	assert_int_equal(elf_file_open_debugdata(found, &found), -ENODATA);
	elf_file_free(&found);
	elf_file_free(&file);
	free(image);

	sections[0].bytes /= 2;
	image = image_make(ET_DYN, sections, 1, &bytes);
	file = open_image(image, bytes);
	assert_int_equal(elf_file_open_debugdata(file, &found), -EBADMSG);
	assert_null(found);
	elf_file_free(&file);
	free(image);
	free(packed);
	free(inner);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_build_id_is_read),
		cmocka_unit_test(a_broken_note_is_no_build_id),
		cmocka_unit_test(padded_build_ids_are_the_same),
		cmocka_unit_test(a_compressed_file_is_read_like_any),
		cmocka_unit_test(what_is_no_elf_file_is_refused),
		cmocka_unit_test(the_debuglink_has_a_name_and_a_sum),
		cmocka_unit_test(the_sum_of_a_file_is_that_of_the_debuglink),
		cmocka_unit_test(the_file_inside_of_a_file_is_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
