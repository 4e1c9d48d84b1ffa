/* Is it known from facts how each guest was set up? */
#include <string.h>

#include "guested.h"
#include "harness/test.h"

static struct kvm_report *report_of(const char *const facts[][2], size_t count)
{
	owns(stream_free) struct stream stream = {};

	stream_watch(&stream, WATCH_MACHINE, 0);
	for (size_t i = 0; i < count; i++)
		stream_fact(&stream, facts[i][0], facts[i][1]);
	stream_end(&stream, 10);
	return stream_guests(&stream);
}

#define REPORT(facts) report_of(facts, array_count(facts))

static void every_part_of_a_guest_is_taken(void **state)
{
	static const char *const FACTS[][2] = {
		{ "vm.7.debug_threads", "on" },
		{ "vm.7.name", "web" },
		{ "vm.7.machine", "q35" },
		{ "vm.7.accel", "kvm" },
		{ "vm.7.cpus", "4" },
		{ "vm.7.memory", "1073741824" },
		{ "vm.7.iothread.0", "io0" },
		{ "vm.7.iothread.1", "io1" },
		{ "vm.7.disk.0.device", "virtio-blk-pci" },
		{ "vm.7.disk.0.id", "d0" },
		{ "vm.7.disk.0.format", "qcow2" },
		{ "vm.7.disk.0.backend", "file" },
		{ "vm.7.disk.0.file", "/a" },
		{ "vm.7.disk.0.cache", "none" },
		{ "vm.7.disk.0.aio", "native" },
		{ "vm.7.disk.0.iothread", "io0" },
		{ "vm.7.disk.0.queues", "4" },
		{ "vm.7.disk.1.device", "scsi-cd" },
		{ "vm.7.disk.1.access", "ro" },
	};
	owns(kvm_report_free) struct kvm_report *report = REPORT(FACTS);
	const struct kvm_guest *guest = report_guest(report, 7);
	const struct kvm_disk *disk;

	assert_true(guest->has_config && guest->debug_threads);
	assert_string_equal(guest->name, "web");
	assert_string_equal(guest->machine, "q35");
	assert_string_equal(guest->accel, "kvm");
	assert_int_equal(guest->cpus, 4);
	assert_int_equal(guest->memory_bytes, (uint64_t)1 << 30);
	assert_int_equal(guest->iothreads.count, 2);
	assert_string_equal(guest->iothreads.items[1].words, "io1");
	assert_int_equal(guest->disks.count, 2);
	disk = guest->disks.items;
	assert_string_equal(disk->device, "virtio-blk-pci");
	assert_string_equal(disk->id, "d0");
	assert_string_equal(disk->format, "qcow2");
	assert_string_equal(disk->backend, "file");
	assert_string_equal(disk->file, "/a");
	assert_string_equal(disk->cache, "none");
	assert_string_equal(disk->aio, "native");
	assert_string_equal(disk->iothread, "io0");
	assert_int_equal(disk->queues, 4);
	assert_false(disk->is_readonly);
	assert_true(disk[1].is_readonly);
}

static void keys_that_make_no_sense_are_left_alone(void **state)
{
	static const char *const FACTS[][2] = {
		{ "vm.name", "nobody" },
		{ "vm.0.name", "the idle thread" },
		{ "vm.-1.name", "nobody" },
		{ "vm.99999999999999999999.name", "nobody" },
		{ "vm.7x.name", "nobody" },
		{ "vmx.7.name", "nobody" },
		{ "vm.8.disk.3.device", "it has no forerunners" },
		{ "vm.8.disk.x.device", "no number" },
		{ "vm.8.disk.", "" },
		{ "vm.8.future", "unknown" },
	};
	owns(kvm_report_free) struct kvm_report *report = REPORT(FACTS);

	assert_int_equal(report->guests.count, 1);
	assert_int_equal(report_guest(report, 8)->disks.count, 0);
	assert_string_equal(report_guest(report, 8)->name, "");
}

static void why_not_all_is_known_is_kept(void **state)
{
	static const char *const FACTS[][2] = {
		{ "vm.7.unread", "its command line cannot be read: Permission denied" },
		{ "vm.8.left_out", "12" },
	};
	owns(kvm_report_free) struct kvm_report *report = REPORT(FACTS);

	assert_string_equal(report_guest(report, 7)->unread,
			    "its command line cannot be read: Permission denied");
	assert_false(report_guest(report, 7)->has_config);
	assert_string_equal(report_guest(report, 8)->unread,
			    "12 of its disks and iothreads found no room");
}

static void long_texts_are_cut(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(kvm_report_free) struct kvm_report *report = NULL;
	char name[600];

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_fact(&stream, "vm.7.name", name);
	stream_fact(&stream, "vm.7.disk.0.file", name);
	stream_fact(&stream, "guest.disk.vda", name);
	stream_fact(&stream, "hypervisor", name);
	stream_end(&stream, 10);
	report = stream_guests(&stream);
	assert_int_equal(strlen(report_guest(report, 7)->name), 63);
	assert_int_equal(strlen(report_guest(report, 7)->disks.items[0].file), 255);
	assert_int_equal(strlen(report->facts.items[0].value), 255);
	assert_int_equal(strlen(report->hypervisor), 95);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_part_of_a_guest_is_taken),
		cmocka_unit_test(keys_that_make_no_sense_are_left_alone),
		cmocka_unit_test(why_not_all_is_known_is_kept),
		cmocka_unit_test(long_texts_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
