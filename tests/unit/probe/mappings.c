/* Is a record of perf's side band understood, and a broken one left alone? */
#include "probe/mappings.h"

#include <linux/perf_event.h>
#include <string.h>

#include "harness/test.h"

enum fixture {
	TGID = 42,
	HEAD_BYTES = 72, /* of a PERF_RECORD_MMAP2 up to its path */
	TIME_BYTES = 8,
};

struct record {
	struct perf_event_header header;
	uint32_t ids[2];
	uint64_t start, bytes, file_offset;
	uint8_t build_id[24]; /* length, 3 bytes, the id */
	uint32_t protection, flags;
	char rest[64]; /* path, padding, time */
};

static struct record a_record(const char *path)
{
	size_t room = (strlen(path) + 8) & ~(size_t)7;
	uint64_t time_ns = 77;
	struct record record = {
		.header = { .type = PERF_RECORD_MMAP2,
			    .misc = PERF_RECORD_MISC_USER | PERF_RECORD_MISC_MMAP_BUILD_ID,
			    .size = (uint16_t)(HEAD_BYTES + room + TIME_BYTES) },
		.ids = { TGID, TGID + 1 },
		.start = 0x400000,
		.bytes = 0x2000,
		.file_offset = 0x1000,
		.build_id = { 20, 0, 0, 0, 0xab, 0xcd },
	};

	strcpy(record.rest, path);
	memcpy(record.rest + room, &time_ns, sizeof(time_ns));
	return record;
}

static void a_file_mapped_as_code_is_told_with_its_build_id(void **state)
{
	struct record record = a_record("/usr/bin/true");
	union mapping_room room;

	_Static_assert(offsetof(struct record, rest) == HEAD_BYTES, "as the kernel lays it out");
	assert_true(mapping_read(&record, record.header.size, &room));
	assert_int_equal(room.event.head.kind, EVENT_MAPPING);
	assert_int_equal(room.event.head.time_ns, 77);
	assert_int_equal(room.event.tgid, TGID);
	assert_int_equal(room.event.start, 0x400000);
	assert_int_equal(room.event.bytes, 0x2000);
	assert_int_equal(room.event.file_offset, 0x1000);
	assert_int_equal(room.event.build_id_bytes, 20);
	assert_int_equal(room.event.build_id[1], 0xcd);
	assert_int_equal(room.event.path_bytes, strlen("/usr/bin/true"));
	assert_memory_equal(room.event.path, "/usr/bin/true", room.event.path_bytes);
	assert_true(event_is_sound(&room.event.head, sizeof(room)));
}

static void without_a_build_id_none_is_told(void **state)
{
	struct record record = a_record("/usr/bin/true");
	union mapping_room room;

	record.header.misc = PERF_RECORD_MISC_USER;
	assert_true(mapping_read(&record, record.header.size, &room));
	assert_int_equal(room.event.build_id_bytes, 0);
	record.header.misc |= PERF_RECORD_MISC_MMAP_BUILD_ID;
	record.build_id[0] = 200; /* longer than its place */
	assert_true(mapping_read(&record, record.header.size, &room));
	assert_int_equal(room.event.build_id_bytes, 0);
}

static void memory_without_a_file_is_not_told(void **state)
{
	static const char *const NOT_FILES[] = { "//anon", "[heap]", "" };
	union mapping_room room;

	for (size_t i = 0; i < sizeof(NOT_FILES) / sizeof(NOT_FILES[0]); i++) {
		struct record record = a_record(NOT_FILES[i]);

		assert_false(mapping_read(&record, record.header.size, &room));
	}
}

static void other_and_broken_records_are_left_alone(void **state)
{
	struct record record = a_record("/usr/bin/true");
	union mapping_room room;

	for (size_t bytes = 0; bytes < HEAD_BYTES + TIME_BYTES; bytes++)
		assert_false(mapping_read(&record, bytes, &room));
	/* The path does not end. */
	assert_false(mapping_read(&record, HEAD_BYTES + 4 + TIME_BYTES, &room));
	record.ids[0] = UINT32_MAX; /* the kernel's own */
	assert_false(mapping_read(&record, record.header.size, &room));
	record.ids[0] = TGID;
	record.header.type = PERF_RECORD_MMAP;
	assert_false(mapping_read(&record, record.header.size, &room));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_mapped_as_code_is_told_with_its_build_id),
		cmocka_unit_test(without_a_build_id_none_is_told),
		cmocka_unit_test(memory_without_a_file_is_not_told),
		cmocka_unit_test(other_and_broken_records_are_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
