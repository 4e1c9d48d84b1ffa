/* Is what perf tells of the machine understood? */
#include "import/perf_header.h"

#include "harness/test.h"
#include "unit/import/image.h"
#include "unit/import/kept.h"

struct rooms {
	struct perf_header header;
	struct perf_attrs attrs;
	struct perf_formats formats;
	struct perf_tasks tasks;
};

static void take(struct rooms *rooms, unsigned int feature, struct bytes *content)
{
	const struct perf_header_rooms all = { &rooms->header, &rooms->attrs, &rooms->formats,
					       &rooms->tasks };
	const struct perf_bytes bytes = { .at = content->at, .left = content->count };

	assert_int_equal(perf_header_take(&all, feature, bytes), 0);
	bytes_free(content);
}

static void rooms_free(struct rooms *rooms)
{
	perf_header_free(&rooms->header);
	perf_attrs_free(&rooms->attrs);
	perf_formats_free(&rooms->formats);
	perf_tasks_free(&rooms->tasks);
}

static void take_command(struct rooms *rooms, const char *const *words)
{
	struct bytes content = {};
	uint32_t count = 0;

	while (words[count])
		count++;
	add_u32(&content, count);
	for (uint32_t i = 0; i < count; i++)
		add_string(&content, words[i]);
	take(rooms, PERF_FEAT_CMDLINE, &content);
}

static void texts_and_numbers_become_facts(void **state)
{
	struct rooms rooms = {};
	struct kept kept = {};
	struct perf_out out = { .sink = { .take = keep, .self = &kept } };
	struct bytes content = {};

	add_string(&content, "sick.example");
	take(&rooms, PERF_FEAT_HOSTNAME, &content);
	add_string(&content, "6.1.0-56-amd64");
	take(&rooms, PERF_FEAT_OSRELEASE, &content);
	add_u32(&content, 8);
	add_u32(&content, 6);
	take(&rooms, PERF_FEAT_NRCPUS, &content);
	assert_int_equal(rooms.header.cpus, 6);
	assert_int_equal(perf_header_tell(&rooms.header, &out, NULL), 0);
	assert_true(kept_fact(&kept, "host.name", "sick.example"));
	assert_true(kept_fact(&kept, "kernel.release", "6.1.0-56-amd64"));
	assert_true(kept_fact(&kept, "cpus.online", "6"));
	kept_free(&kept);
	rooms_free(&rooms);
}

static void the_command_line_says_whom_perf_watched(void **state)
{
	static const char *const ALL[] = { "perf", "record", "-ga", "--", "dd", NULL };
	static const char *const ONE[] = { "perf", "record", "-g", "-p", "1234", NULL };
	static const char *const JOB[] = { "perf", "record", "--", "job", "-a", NULL };
	struct rooms machine = {}, process = {}, command = {};

	take_command(&machine, ALL);
	assert_true(machine.header.is_machine && !machine.header.is_process);
	take_command(&process, ONE);
	assert_true(!process.header.is_machine && process.header.is_process);
	assert_int_equal(process.header.pid, 1234);
	take_command(&command, JOB);
	assert_true(!command.header.is_machine && !command.header.is_process);
	rooms_free(&machine);
	rooms_free(&process);
	rooms_free(&command);
}

static void events_get_the_names_that_perf_gave_them(void **state)
{
	struct rooms rooms = {};
	struct bytes attr = {}, content = {};
	char name[PERF_NAME_BYTES];
	size_t index;

	add_attr(&attr, &CPU_CLOCK);
	assert_int_equal(perf_attrs_add(&rooms.attrs,
					(struct perf_bytes){ .at = attr.at, .left = attr.count },
					&index),
			 0);
	add_u32(&content, 1);
	add_u32(&content, (uint32_t)attr.count);
	add(&content, attr.at, attr.count);
	add_u32(&content, 1);
	add_string(&content, "cpu-clock:u");
	add_u64(&content, 9);
	take(&rooms, PERF_FEAT_EVENT_DESC, &content);
	perf_attr_name(&rooms.attrs.items.items[index], name);
	assert_string_equal(name, "cpu-clock:u");
	bytes_free(&attr);
	rooms_free(&rooms);
}

static void files_get_their_build_ids(void **state)
{
	struct rooms rooms = {};
	struct bytes content = {};
	static const char ID[24] = { 1, 2, 3 };
	size_t begin = begin_record(&content, 0, PERF_MODE_USER);

	add_u32(&content, UINT32_MAX);
	add(&content, ID, sizeof(ID));
	add_text(&content, "/usr/bin/job");
	end_record(&content, begin);
	take(&rooms, PERF_FEAT_BUILD_ID, &content);
	assert_int_equal(rooms.tasks.build_ids.count, 1);
	assert_int_equal(rooms.tasks.build_ids.items[0].bytes, 20);
	assert_string_equal(rooms.tasks.build_ids.items[0].path, "/usr/bin/job");
	rooms_free(&rooms);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_and_numbers_become_facts),
		cmocka_unit_test(the_command_line_says_whom_perf_watched),
		cmocka_unit_test(events_get_the_names_that_perf_gave_them),
		cmocka_unit_test(files_get_their_build_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
