/* Are all layers below a file told, each below what lies on it? */
#include "host/stack_map.h"

#include <errno.h>

#include "tree.h"

/* What was heard, a line for each layer, with its facts behind it. */
struct heard {
	char text[8192];
	size_t used;
	int fail;
};

static int hear_layer(void *self, unsigned int depth, const char *kind, const char *name,
		      const char *what, uint32_t dev)
{
	struct heard *heard = self;

	heard->used += (size_t)snprintf(
		heard->text + heard->used, sizeof(heard->text) - heard->used, "%s%u %s %s %s %u:%u",
		heard->used ? "\n" : "", depth, kind, name, what, dev >> 20, dev & 0xfffff);
	return heard->fail;
}

static int hear_fact(void *self, const char *key, const char *value)
{
	struct heard *heard = self;

	heard->used += (size_t)snprintf(heard->text + heard->used,
					sizeof(heard->text) - heard->used, " [%s=%s]", key, value);
	return 0;
}

#define SDA     "/sys/devices/pci0/host0/block/sda"
#define VIRTUAL "/sys/devices/virtual/block/"

/* ext4 on device mapper on a partition of a SCSI disk; a loop device on a file of it. */
static void make_machine(struct tree *tree)
{
	tree_make(tree);
	tree_add(tree, SDA "/dev", "8:0\n");
	tree_add(tree, SDA "/queue/scheduler", "none [mq-deadline] kyber\n");
	tree_add(tree, SDA "/queue/nr_requests", "64\n");
	tree_add(tree, SDA "/queue/wbt_lat_usec", "75000\n");
	tree_add(tree, SDA "/mq/0/nr_tags", "32\n");
	tree_add(tree, SDA "/mq/1/nr_tags", "32\n");
	tree_add(tree, "/sys/devices/pci0/host0/queue_depth", "31\n");
	tree_add(tree, "/sys/devices/pci0/host0/model", "FAST DISK       \n");
	tree_link(tree, "/sys/devices/pci0/host0/driver", "../../bus/scsi/drivers/sd");
	tree_link(tree, "/sys/devices/pci0/host0/subsystem", "../../bus/scsi");
	tree_link(tree, SDA "/device", "../..");
	tree_add(tree, SDA "/sda2/dev", "8:2\n");
	tree_add(tree, SDA "/sda2/partition", "2\n");
	tree_add(tree, SDA "/sda2/start", "2048\n");
	tree_add(tree, VIRTUAL "dm-0/dev", "253:0\n");
	tree_add(tree, VIRTUAL "dm-0/dm/name", "home\n");
	tree_add(tree, VIRTUAL "dm-0/dm/uuid", "LVM-x\n");
	tree_link(tree, VIRTUAL "dm-0/slaves/sda2", "../../../../pci0/host0/block/sda/sda2");
	tree_add(tree, VIRTUAL "loop0/dev", "7:0\n");
	tree_add(tree, VIRTUAL "loop0/loop/backing_file", "/home/disk.img\n");
	tree_link(tree, "/sys/class/block/sda", "../../devices/pci0/host0/block/sda");
	tree_link(tree, "/sys/class/block/sda2", "../../devices/pci0/host0/block/sda/sda2");
	tree_link(tree, "/sys/class/block/dm-0", "../../devices/virtual/block/dm-0");
	tree_link(tree, "/sys/class/block/loop0", "../../devices/virtual/block/loop0");
	tree_add(tree, "/proc/fs/jbd2/dm-0-8/info", "");
	tree_add(tree, "/proc/fs/ext4/dm-0/options",
		 "rw\ndelalloc\nbarrier\ncommit=5\ndata=ordered\n");
	tree_add(tree, "/proc/self/mountinfo",
		 "20 1 0:20 / / rw - tmpfs tmpfs rw\n"
		 "22 20 253:0 / /home rw - ext4 /dev/mapper/home rw\n"
		 "23 20 7:0 / /mnt rw - xfs /dev/loop0 rw,logbufs=8,logdev=/dev/sdx\n"
		 "24 20 0:40 / /net rw - nfs server:/x rw\n");
}

static void hear(const struct tree *tree, const char *path, struct heard *heard)
{
	const struct stack_hearer hearer = { hear_layer, hear_fact, heard };
	struct diag why = {};

	assert_int_equal(stack_map_tell(tree->root, path, &hearer, &why), heard->fail);
}

static void each_layer_stands_below_what_lies_on_it(void **state)
{
	owns(tree_remove) struct tree tree;
	struct heard heard = {};

	make_machine(&tree);
	hear(&tree, "/home/user/file", &heard);
	assert_string_equal(
		heard.text,
		"0 file system /home ext4 0:0 [source=/dev/mapper/home] [options=rw] "
		"[journal=jbd2/dm-0-8] [in force=delalloc,barrier,commit=5,data=ordered]\n"
		"1 device dm-0 device mapper 253:0 [name=home] [made by=LVM-x]\n"
		"2 queue dm-0  0:0 [hardware queues=none: it takes bios]\n"
		"2 partition sda2  8:2 [begins at sector=2048]\n"
		"3 device sda  8:0\n"
		"4 queue sda  0:0 [scheduler=mq-deadline] [hardware queues=2] "
		"[requests at most=64] [write-back throttling (us)=75000] "
		"[tags of a hardware queue=32]\n"
		"4 driver sd scsi 0:0 [model=FAST DISK] [queue depth=31]");
}

static void a_loop_device_lies_on_the_file_system_of_its_file(void **state)
{
	owns(tree_remove) struct tree tree;
	struct heard heard = {};

	make_machine(&tree);
	hear(&tree, "/mnt", &heard);
	assert_non_null(strstr(heard.text, "0 file system /mnt xfs"));
	assert_non_null(strstr(heard.text, "[log=/dev/sdx]"));
	assert_non_null(strstr(heard.text, "1 device loop0 loop 7:0 [file=/home/disk.img]"));
	assert_non_null(strstr(heard.text, "2 file system /home ext4"));
	assert_non_null(strstr(heard.text, "6 driver sd scsi"));
}

static void what_lies_on_no_device_ends_there(void **state)
{
	owns(tree_remove) struct tree tree;
	struct heard heard = {};

	make_machine(&tree);
	hear(&tree, "/net/x", &heard);
	assert_string_equal(heard.text,
			    "0 file system /net nfs 0:0 [source=server:/x] [options=rw]");
}

static void loops_on_each_others_files_have_an_end(void **state)
{
	owns(tree_remove) struct tree tree;
	struct heard heard = {};

	make_machine(&tree);
	/* The file lies on the file system that lies on the device. */
	tree_add(&tree, VIRTUAL "loop0/loop/backing_file", "/mnt/itself.img\n");
	hear(&tree, "/mnt", &heard);
	assert_true(heard.used > 0);
}

static void whoever_hears_may_end_it(void **state)
{
	owns(tree_remove) struct tree tree;
	struct heard heard = { .fail = -ENOMEM };

	make_machine(&tree);
	hear(&tree, "/home", &heard);
	assert_null(strchr(heard.text, '\n'));
}

static void a_machine_without_mounts_is_a_failure(void **state)
{
	owns(tree_remove) struct tree tree;
	struct heard heard = { .fail = -ENOENT };

	tree_make(&tree);
	hear(&tree, "/home", &heard);
	tree_add(&tree, "/proc/self/mountinfo", "22 20 253:0 / /home rw - ext4 /dev/x rw\n");
	hear(&tree, "/elsewhere", &heard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_layer_stands_below_what_lies_on_it),
		cmocka_unit_test(a_loop_device_lies_on_the_file_system_of_its_file),
		cmocka_unit_test(what_lies_on_no_device_ends_there),
		cmocka_unit_test(loops_on_each_others_files_have_an_end),
		cmocka_unit_test(whoever_hears_may_end_it),
		cmocka_unit_test(a_machine_without_mounts_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
