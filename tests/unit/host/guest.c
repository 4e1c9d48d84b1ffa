/* Does a guest know what it is, and what its disks are? */
#include "host/guest.h"

#include <errno.h>

#include "heard_facts.h"
#include "tree.h"

static void hear(const struct tree *tree, struct heard_facts *heard)
{
	const struct event_sink sink = { .take = hear_fact, .self = heard };
	struct diag why = {};

	assert_int_equal(guest_tell(tree->root, &sink, 5, &why), heard->fail);
}

static void add_disk(const struct tree *tree, const char *name, const char *driver,
		     unsigned int queues)
{
	char path[128], target[128];

	(void)snprintf(path, sizeof(path), "/sys/block/%s/size", name);
	tree_add(tree, path, "1\n");
	(void)snprintf(path, sizeof(path), "/sys/block/%s/device/driver", name);
	(void)snprintf(target, sizeof(target), "../../../bus/x/drivers/%s", driver);
	tree_link(tree, path, target);
	for (unsigned int i = 0; i < queues; i++) {
		(void)snprintf(path, sizeof(path), "/sys/block/%s/mq/%u/nr_tags", name, i);
		tree_add(tree, path, "64\n");
	}
}

static void disks_have_drivers_and_queues(void **state)
{
	owns(tree_remove) struct tree tree;
	struct heard_facts heard = {};

	tree_make(&tree);
	add_disk(&tree, "vda", "virtio_blk", 4);
	hear(&tree, &heard);
	assert_string_equal(heard.text, "guest.disk.vda=virtio_blk, 4 queues\n");
}

static void one_queue_is_one(void **state)
{
	owns(tree_remove) struct tree tree;
	struct heard_facts heard = {};

	tree_make(&tree);
	add_disk(&tree, "vda", "virtio_blk", 1);
	/* loop and zram have no device, nor a driver. */
	tree_add(&tree, "/sys/block/loop0/size", "1\n");
	hear(&tree, &heard);
	assert_string_equal(heard.text, "guest.disk.vda=virtio_blk, 1 queue\n");
}

static void the_pmu_is_there_or_not(void **state)
{
	owns(tree_remove) struct tree tree;
	struct heard_facts none = {}, hybrid = {};

	tree_make(&tree);
	tree_add(&tree, "/sys/bus/event_source/devices/software/type", "1\n");
	hear(&tree, &none);
	assert_string_equal(none.text, "guest.pmu=none\n");
	tree_add(&tree, "/sys/bus/event_source/devices/cpu_core/type", "4\n");
	hear(&tree, &hybrid);
	assert_string_equal(hybrid.text, "guest.pmu=yes\n");
}

static void where_nothing_can_be_read_nothing_is_told(void **state)
{
	owns(tree_remove) struct tree tree;
	struct heard_facts heard = {};

	tree_make(&tree);
	hear(&tree, &heard);
	assert_string_equal(heard.text, "");
}

static void a_guest_of_xen_knows_its_type_and_whose_its_disks_are(void **state)
{
	owns(tree_remove) struct tree tree;
	struct heard_facts heard = {};

	tree_make(&tree);
	tree_add(&tree, "/sys/hypervisor/type", "xen\n");
	tree_add(&tree, "/sys/hypervisor/guest_type", "PV\n");
	tree_add(&tree, "/proc/xen/capabilities", "");
	add_disk(&tree, "xvda", "vbd", 2);
	hear(&tree, &heard);
	assert_string_equal(
		heard.text,
		"guest.disk.xvda=vbd, 2 queues\n"
		"guest.xen.type=PV\n"
		"guest.xen.role=guest domain\n"
		"guest.xen.disks=xvda: served by another domain (blkfront); look there for "
		"what they wait for\n");
}

static void the_control_domain_is_told_apart(void **state)
{
	owns(tree_remove) struct tree tree;
	struct heard_facts heard = {};

	tree_make(&tree);
	tree_add(&tree, "/sys/hypervisor/type", "xen\n");
	tree_add(&tree, "/proc/xen/capabilities", "control_d\n");
	hear(&tree, &heard);
	assert_string_equal(heard.text, "guest.xen.role=control domain\n");
}

static void other_hypervisors_have_no_xen_in_them(void **state)
{
	owns(tree_remove) struct tree tree;
	struct heard_facts heard = {};

	tree_make(&tree);
	tree_add(&tree, "/sys/hypervisor/type", "other\n");
	tree_add(&tree, "/sys/hypervisor/guest_type", "PV\n");
	hear(&tree, &heard);
	assert_string_equal(heard.text, "");
}

static void a_sink_that_fails_ends_it(void **state)
{
	owns(tree_remove) struct tree tree;
	struct heard_facts heard = { .fail = -EIO };

	tree_make(&tree);
	add_disk(&tree, "vda", "virtio_blk", 1);
	hear(&tree, &heard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(disks_have_drivers_and_queues),
		cmocka_unit_test(one_queue_is_one),
		cmocka_unit_test(the_pmu_is_there_or_not),
		cmocka_unit_test(where_nothing_can_be_read_nothing_is_told),
		cmocka_unit_test(a_guest_of_xen_knows_its_type_and_whose_its_disks_are),
		cmocka_unit_test(the_control_domain_is_told_apart),
		cmocka_unit_test(other_hypervisors_have_no_xen_in_them),
		cmocka_unit_test(a_sink_that_fails_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
