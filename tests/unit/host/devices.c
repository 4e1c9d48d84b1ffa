/* Is each block device told with what it lies on? */
#include "host/devices.h"

#include <errno.h>
#include <sys/sysmacros.h>

#include "base/array.h"
#include "tree.h"

struct seen {
	struct event_device devices[16];
	size_t count;
	int fail;
};

static int take(void *self, const struct event *event, struct diag *why)
{
	struct seen *seen = self;

	assert_int_equal(event->kind, EVENT_DEVICE);
	assert_true(event_is_sound(event, event->bytes));
	assert_int_equal(event->time_ns, 42);
	assert_true(seen->count < array_count(seen->devices));
	memcpy(&seen->devices[seen->count++], event, sizeof(struct event_device));
	return seen->fail;
}

static const struct event_device *find(const struct seen *seen, const char *name)
{
	for (size_t i = 0; i < seen->count; i++) {
		if (strcmp(seen->devices[i].name, name) == 0)
			return &seen->devices[i];
	}
	fail_msg("%s was not told", name);
	abort();
}

#define SDA     "/sys/devices/pci0/ata1/block/sda"
#define VIRTUAL "/sys/devices/virtual/block/"

/* A disk with a partition, a device-mapper on it, and a loop device on a file. */
static void make_machine(struct tree *tree)
{
	tree_make(tree);
	tree_add(tree, SDA "/dev", "8:0\n");
	tree_add(tree, SDA "/queue/rotational", "1\n");
	tree_add(tree, SDA "/queue/write_cache", "write back\n");
	tree_add(tree, SDA "/queue/scheduler", "none [mq-deadline] kyber\n");
	tree_add(tree, SDA "/sda1/dev", "8:1\n");
	tree_add(tree, SDA "/sda1/partition", "1\n");
	tree_add(tree, VIRTUAL "dm-0/dev", "253:0\n");
	tree_add(tree, VIRTUAL "dm-0/queue/rotational", "0\n");
	tree_add(tree, VIRTUAL "dm-0/queue/write_cache", "write through\n");
	tree_link(tree, VIRTUAL "dm-0/slaves/sda1", "../../../../pci0/ata1/block/sda/sda1");
	tree_add(tree, VIRTUAL "loop0/dev", "7:0\n");
	tree_add(tree, VIRTUAL "loop0/loop/backing_file", "/images/disk.img\n");
	tree_add(tree, VIRTUAL "loop1/dev", "7:1\n");
	tree_add(tree, VIRTUAL "loop1/loop/backing_file", "/images/gone.img (deleted)\n");
	tree_add(tree, VIRTUAL "half/size", "0\n");
	tree_add(tree, "/images/disk.img", "");
	tree_link(tree, "/sys/class/block/sda", "../../devices/pci0/ata1/block/sda");
	tree_link(tree, "/sys/class/block/sda1", "../../devices/pci0/ata1/block/sda/sda1");
	tree_link(tree, "/sys/class/block/dm-0", "../../devices/virtual/block/dm-0");
	tree_link(tree, "/sys/class/block/loop0", "../../devices/virtual/block/loop0");
	tree_link(tree, "/sys/class/block/loop1", "../../devices/virtual/block/loop1");
	tree_link(tree, "/sys/class/block/half", "../../devices/virtual/block/half");
	tree_add(tree, "/proc/self/mountinfo", "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n");
}

static void tell(struct seen *seen)
{
	struct event_sink sink = { take, seen };
	struct tree tree;

	make_machine(&tree);
	assert_int_equal(devices_tell_from(tree.root, &sink, 42, NULL), 0);
	tree_remove(&tree);
}

static void a_disk_has_its_cache_medium_and_scheduler(void **state)
{
	struct seen seen = {};
	const struct event_device *sda;

	tell(&seen);
	sda = find(&seen, "sda");
	assert_int_equal(sda->dev, 8 << 20);
	assert_int_equal(sda->whole_dev, sda->dev);
	assert_int_equal(sda->lower_dev, 0);
	assert_int_equal(sda->flags, DEVICE_ROTATIONAL | DEVICE_WRITE_CACHE);
	assert_string_equal(sda->scheduler, "mq-deadline");
}

static void a_partition_has_its_disk_and_the_disk_s_queue(void **state)
{
	struct seen seen = {};
	const struct event_device *part;

	tell(&seen);
	part = find(&seen, "sda1");
	assert_int_equal(part->dev, 8 << 20 | 1);
	assert_int_equal(part->whole_dev, 8 << 20);
	assert_int_equal(part->flags, DEVICE_ROTATIONAL | DEVICE_WRITE_CACHE);
	assert_string_equal(part->scheduler, "mq-deadline");
}

static void a_mapped_device_lies_on_its_first_member(void **state)
{
	struct seen seen = {};
	const struct event_device *mapped;

	tell(&seen);
	mapped = find(&seen, "dm-0");
	assert_int_equal(mapped->lower_dev, 8 << 20 | 1);
	assert_int_equal(mapped->flags, DEVICE_VIRTUAL);
	assert_string_equal(mapped->scheduler, "");
}

/* The file really lies on some device of this machine, whose number stat() tells. */
static void a_loop_device_lies_where_its_file_does(void **state)
{
	struct seen seen = {};
	struct stat status;

	tell(&seen);
	assert_int_equal(stat("/tmp", &status), 0);
	if (major(status.st_dev) == 0) {
		print_message("skipped: /tmp is on no block device\n");
		skip();
	}
	assert_int_equal(find(&seen, "loop0")->lower_dev,
			 major(status.st_dev) << 20 | minor(status.st_dev));
	assert_int_equal(find(&seen, "loop0")->flags, DEVICE_VIRTUAL);
}

static void a_loop_device_whose_file_is_gone_lies_on_nothing_known(void **state)
{
	struct seen seen = {};

	tell(&seen);
	assert_int_equal(find(&seen, "loop1")->lower_dev, 0);
}

static void what_has_no_number_is_not_told_and_the_order_is_that_of_names(void **state)
{
	static const char *const names[] = { "dm-0", "loop0", "loop1", "sda", "sda1" };
	struct seen seen = {};

	tell(&seen);
	assert_int_equal(seen.count, array_count(names));
	for (size_t i = 0; i < seen.count; i++)
		assert_string_equal(seen.devices[i].name, names[i]);
}

static void the_sink_s_refusal_ends_the_telling(void **state)
{
	struct seen seen = { .fail = -ENOSPC };
	struct event_sink sink = { take, &seen };
	struct tree tree;

	make_machine(&tree);
	assert_int_equal(devices_tell_from(tree.root, &sink, 42, NULL), -ENOSPC);
	assert_int_equal(seen.count, 1);
	tree_remove(&tree);
}

static void a_machine_without_block_devices_is_no_error(void **state)
{
	struct seen seen = {};
	struct event_sink sink = { take, &seen };
	struct tree tree;

	tree_make(&tree);
	assert_int_equal(devices_tell_from(tree.root, &sink, 42, NULL), 0);
	assert_int_equal(seen.count, 0);
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_disk_has_its_cache_medium_and_scheduler),
		cmocka_unit_test(a_partition_has_its_disk_and_the_disk_s_queue),
		cmocka_unit_test(a_mapped_device_lies_on_its_first_member),
		cmocka_unit_test(a_loop_device_lies_where_its_file_does),
		cmocka_unit_test(a_loop_device_whose_file_is_gone_lies_on_nothing_known),
		cmocka_unit_test(what_has_no_number_is_not_told_and_the_order_is_that_of_names),
		cmocka_unit_test(the_sink_s_refusal_ends_the_telling),
		cmocka_unit_test(a_machine_without_block_devices_is_no_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
