/* Is it known from a command line how a guest was set up? */
#include "host/qemu_config.h"

#include <string.h>

#include "harness/test.h"

#define READ(words, ret) assert_int_equal(qemu_config_read(words, sizeof(words), ret), 0)

static void the_guest_as_a_whole(void **state)
{
	owns(qemu_config_free) struct qemu_config config = {};

	READ("/usr/bin/qemu-system-x86_64\0-name\0guest=web,debug-threads=on\0-machine\0"
	     "pc-q35-7.2,accel=kvm\0-smp\0"
	     "4,sockets=2\0-m\0"
	     "size=2G\0-object\0iothread,id=io0\0-object\0{\"qom-type\":\"iothread\",\"id\":\"io1\"}",
	     &config);
	assert_string_equal(config.name, "web");
	assert_true(config.debug_threads);
	assert_string_equal(config.machine, "pc-q35-7.2");
	assert_string_equal(config.accel, "kvm");
	assert_int_equal(config.cpus, 4);
	assert_int_equal(config.memory_bytes, (uint64_t)2 << 30);
	assert_int_equal(config.iothreads.count, 2);
	assert_string_equal(config.iothreads.items[0].text, "io0");
	assert_string_equal(config.iothreads.items[1].text, "io1");
	assert_int_equal(config.disks.count, 0);
	assert_false(config.has_file);
}

static void what_is_not_said_is_not_known(void **state)
{
	owns(qemu_config_free) struct qemu_config config = {};

	READ("qemu-system-x86_64\0-nodefaults", &config);
	assert_string_equal(config.name, "");
	assert_string_equal(config.accel, "");
	assert_int_equal(config.cpus, 0);
	assert_int_equal(config.memory_bytes, 0);
	assert_false(config.debug_threads);
}

static void accelerators_are_told_in_their_order(void **state)
{
	owns(qemu_config_free) struct qemu_config config = {};
	owns(qemu_config_free) struct qemu_config old = {};

	READ("qemu-kvm\0--accel\0kvm\0-accel\0tcg,thread=multi\0-smp\0sockets=2,cores=3,threads=2",
	     &config);
	assert_string_equal(config.accel, "kvm:tcg");
	assert_int_equal(config.cpus, 12);
	READ("qemu-system-x86_64\0-enable-kvm\0-m\0"
	     "512",
	     &old);
	assert_string_equal(old.accel, "kvm");
	assert_int_equal(old.memory_bytes, (uint64_t)512 << 20);
}

static void a_drive_and_its_device_are_one_disk(void **state)
{
	owns(qemu_config_free) struct qemu_config config = {};
	const struct qemu_disk *disk;

	READ("qemu-system-x86_64\0-drive\0"
	     "file=/var/a,,b.qcow2,if=none,id=d0,format=qcow2,cache=writethrough,aio=threads\0"
	     "-device\0virtio-blk-pci,drive=d0,iothread=io0,num-queues=4,id=vda",
	     &config);
	assert_int_equal(config.disks.count, 1);
	disk = config.disks.items;
	assert_string_equal(disk->device, "virtio-blk-pci");
	assert_string_equal(disk->id, "vda");
	assert_string_equal(disk->file, "/var/a,b.qcow2");
	assert_string_equal(disk->format, "qcow2");
	assert_string_equal(disk->backend, "file");
	assert_string_equal(disk->aio, "threads");
	assert_string_equal(disk->iothread, "io0");
	assert_int_equal(disk->queues, 4);
	assert_string_equal(qemu_cache_name(disk), "writethrough");
	assert_false(disk->is_readonly);
}

static void nodes_are_followed_down_to_the_file(void **state)
{
	owns(qemu_config_free) struct qemu_config config = {};
	const struct qemu_disk *disk;

	READ("qemu-system-x86_64\0-blockdev\0"
	     "{\"driver\":\"host_device\",\"filename\":\"/dev/vg/lv\",\"node-name\":\"s1\","
	     "\"aio\":\"native\",\"cache\":{\"direct\":true,\"no-flush\":false}}\0"
	     "-blockdev\0{\"node-name\":\"f1\",\"driver\":\"raw\",\"file\":\"s1\"}\0-device\0"
	     "{\"driver\":\"virtio-blk-pci\",\"drive\":\"f1\",\"id\":\"v1\",\"write-cache\":\"on\"}",
	     &config);
	assert_int_equal(config.disks.count, 1);
	disk = config.disks.items;
	assert_string_equal(disk->format, "raw");
	assert_string_equal(disk->backend, "host_device");
	assert_string_equal(disk->file, "/dev/vg/lv");
	assert_string_equal(disk->aio, "native");
	assert_string_equal(qemu_cache_name(disk), "none");
}

static void nodes_in_a_circle_end(void **state)
{
	owns(qemu_config_free) struct qemu_config config = {};

	READ("qemu-system-x86_64\0-blockdev\0driver=raw,node-name=a,file=b\0-blockdev\0"
	     "driver=raw,node-name=b,file=a\0-device\0virtio-blk-pci,drive=a",
	     &config);
	assert_int_equal(config.disks.count, 1);
	assert_string_equal(config.disks.items[0].file, "");
}

static void a_scsi_disk_has_what_its_controller_has(void **state)
{
	owns(qemu_config_free) struct qemu_config config = {};

	READ("qemu-system-x86_64\0-device\0virtio-scsi-pci,id=scsi0,iothread=io1,num_queues=8\0"
	     "-drive\0file=/a,if=none,id=d0,cache.direct=on,readonly=on\0-device\0"
	     "scsi-hd,drive=d0,bus=scsi0.0",
	     &config);
	assert_int_equal(config.disks.count, 1);
	assert_string_equal(config.disks.items[0].device, "scsi-hd");
	assert_string_equal(config.disks.items[0].id, "d0");
	assert_string_equal(config.disks.items[0].iothread, "io1");
	assert_int_equal(config.disks.items[0].queues, 8);
	assert_true(config.disks.items[0].is_readonly);
	assert_string_equal(qemu_cache_name(&config.disks.items[0]), "none");
}

static void queues_may_be_shared_among_iothreads(void **state)
{
	owns(qemu_config_free) struct qemu_config config = {};

	READ("qemu-system-x86_64\0-drive\0file=/a,if=none,id=d\0-device\0"
	     "{\"driver\":\"virtio-blk-pci\",\"drive\":\"d\",\"iothread-vq-mapping\":"
	     "[{\"iothread\":\"a\"},{\"iothread\":\"b\"}]}",
	     &config);
	assert_string_equal(config.disks.items[0].iothread, "a+b");
}

static void a_drive_alone_is_a_disk_of_its_interface(void **state)
{
	owns(qemu_config_free) struct qemu_config config = {};

	READ("kvm\0-hda\0/x,y.img\0-drive\0file=/cd.iso,media=cdrom\0-drive\0"
	     "file=/f,if=pflash\0-drive\0file=/v,if=virtio,cache=unsafe\0-drive\0"
	     "file=/unused,if=none,id=u",
	     &config);
	assert_int_equal(config.disks.count, 3);
	assert_string_equal(config.disks.items[0].device, "if=ide");
	assert_string_equal(config.disks.items[0].file, "/x,y.img");
	assert_string_equal(qemu_cache_name(&config.disks.items[0]), "writeback");
	assert_true(config.disks.items[1].is_cdrom);
	assert_string_equal(config.disks.items[2].device, "if=virtio");
	assert_string_equal(qemu_cache_name(&config.disks.items[2]), "unsafe");
}

/* Users' names and passwords stand in URLs and in options behind them. */
static void passwords_do_not_get_through(void **state)
{
	static const char *const FILES[][2] = {
		{ "nbd://user:secret@host:10809/x?tls=secret", "nbd://host:10809/x" },
		{ "rbd:pool/image:id=admin:key=secret", "rbd:pool/image" },
		{ "json:{\"driver\":\"https\",\"password\":\"secret\"}", "json:…" },
		{ "/plain/path", "/plain/path" },
	};

	for (size_t i = 0; i < array_count(FILES); i++) {
		owns(qemu_config_free) struct qemu_config config = {};
		char words[512] = "qemu-kvm";
		size_t at = strlen(words) + 1;

		strcpy(words + at, "-drive");
		at += strlen(words + at) + 1;
		strcpy(words + at, "if=virtio,file=");
		strcat(words + at, FILES[i][0]);
		at += strlen(words + at) + 1;
		assert_int_equal(qemu_config_read(words, at, &config), 0);
		assert_int_equal(config.disks.count, 1);
		assert_string_equal(config.disks.items[0].file, FILES[i][1]);
	}
}

static void every_cache_mode_has_its_name_back(void **state)
{
	static const char *const MODES[] = { "none", "writeback", "writethrough", "directsync",
					     "unsafe" };

	for (size_t i = 0; i < array_count(MODES); i++) {
		owns(qemu_config_free) struct qemu_config config = {};
		char words[128] = "qemu-kvm\0-drive";
		size_t at = strlen(words) + 1;

		at += strlen(words + at) + 1;
		strcpy(words + at, "file=/a,if=virtio,cache=");
		strcat(words + at, MODES[i]);
		assert_int_equal(qemu_config_read(words, at + strlen(words + at), &config), 0);
		assert_string_equal(qemu_cache_name(&config.disks.items[0]), MODES[i]);
	}
}

/* -device write-cache=off does the same as cache=writethrough. */
static void a_device_without_a_write_cache_writes_through(void **state)
{
	owns(qemu_config_free) struct qemu_config config = {};
	owns(qemu_config_free) struct qemu_config mixed = {};

	READ("qemu-kvm\0-drive\0file=/a,if=none,id=d,cache=none\0-device\0"
	     "virtio-blk-pci,drive=d,write-cache=off",
	     &config);
	assert_string_equal(qemu_cache_name(&config.disks.items[0]), "directsync");
	READ("qemu-kvm\0-drive\0file=/a,if=virtio,cache.direct=on,cache.no-flush=on", &mixed);
	assert_string_equal(qemu_cache_name(&mixed.disks.items[0]), "mixed");
}

static void values_are_no_options(void **state)
{
	owns(qemu_config_free) struct qemu_config config = {};
	owns(qemu_config_free) struct qemu_config cut = {};

	/* The name is "-hda". */
	READ("qemu-kvm\0-name\0-hda\0/etc/passwd\0-readconfig\0/etc/qemu.cfg", &config);
	assert_string_equal(config.name, "-hda");
	assert_int_equal(config.disks.count, 0);
	assert_true(config.has_file);
	READ("qemu-kvm\0-m\0"
	     "1G\0-drive",
	     &cut);
	assert_int_equal(cut.memory_bytes, (uint64_t)1 << 30);
	assert_int_equal(cut.disks.count, 0);
}

static void numbers_that_make_no_sense_are_not_known(void **state)
{
	owns(qemu_config_free) struct qemu_config config = {};
	owns(qemu_config_free) struct qemu_config none = {};

	READ("qemu-kvm\0-m\0"
	     "99999999999999999999T\0-smp\0many",
	     &config);
	assert_int_equal(config.memory_bytes, 0);
	assert_int_equal(qemu_config_read("", 0, &none), 0);
	assert_int_equal(none.disks.count, 0);
}

static void more_than_there_is_room_for_is_counted(void **state)
{
	owns(qemu_config_free) struct qemu_config config = {};
	char words[16384] = "qemu-kvm";
	size_t at = strlen(words) + 1;

	for (int i = 0; i < 300; i++) {
		strcpy(words + at, "-object");
		at += strlen(words + at) + 1;
		strcpy(words + at, "iothread,id=x");
		at += strlen(words + at) + 1;
	}
	assert_int_equal(qemu_config_read(words, at, &config), 0);
	assert_int_equal(config.iothreads.count, QEMU_IOTHREADS_MAX);
	assert_int_equal(config.left_out, 300 - QEMU_IOTHREADS_MAX);
}

static void programs_are_known_by_their_names(void **state)
{
	assert_true(qemu_is_program("/usr/bin/qemu-system-x86_64"));
	assert_true(qemu_is_program("/usr/libexec/qemu-kvm"));
	assert_true(qemu_is_program("kvm"));
	/* Deleted since it was started. */
	assert_true(qemu_is_program("/usr/bin/qemu-system-x86_64 (deleted)"));
	assert_false(qemu_is_program("/usr/bin/qemu-img"));
	assert_false(qemu_is_program("/kvm/bash"));
	assert_false(qemu_is_program(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_guest_as_a_whole),
		cmocka_unit_test(what_is_not_said_is_not_known),
		cmocka_unit_test(accelerators_are_told_in_their_order),
		cmocka_unit_test(a_drive_and_its_device_are_one_disk),
		cmocka_unit_test(nodes_are_followed_down_to_the_file),
		cmocka_unit_test(nodes_in_a_circle_end),
		cmocka_unit_test(a_scsi_disk_has_what_its_controller_has),
		cmocka_unit_test(queues_may_be_shared_among_iothreads),
		cmocka_unit_test(a_drive_alone_is_a_disk_of_its_interface),
		cmocka_unit_test(passwords_do_not_get_through),
		cmocka_unit_test(every_cache_mode_has_its_name_back),
		cmocka_unit_test(a_device_without_a_write_cache_writes_through),
		cmocka_unit_test(values_are_no_options),
		cmocka_unit_test(numbers_that_make_no_sense_are_not_known),
		cmocka_unit_test(more_than_there_is_room_for_is_counted),
		cmocka_unit_test(programs_are_known_by_their_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
