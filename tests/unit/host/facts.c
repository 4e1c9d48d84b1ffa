/* Is the machine told as its files have it, and never by name? */
#include "host/facts.h"

#include <errno.h>
#include <inttypes.h>

#include "tree.h"

struct seen {
	char text[8192]; /* "key=value\n" of each fact */
	uint64_t steal_ns;
	uint64_t idle_ns;
};

static int take(void *self, const struct event *event, struct diag *why)
{
	struct seen *seen = self;
	size_t used = strlen(seen->text);

	assert_true(event_is_sound(event, event->bytes));
	assert_int_equal(event->time_ns, 7);
	if (event->kind == EVENT_FACT) {
		const struct event_fact *fact = (const struct event_fact *)event;

		snprintf(seen->text + used, sizeof(seen->text) - used, "%.*s=%.*s\n",
			 fact->key_bytes, fact->text, fact->value_bytes,
			 fact->text + fact->key_bytes);
	} else {
		const struct event_counter *counter = (const struct event_counter *)event;

		assert_int_equal(event->kind, EVENT_COUNTER);
		*(counter->key == COUNTER_STEAL_NS ? &seen->steal_ns : &seen->idle_ns) =
			counter->value;
	}
	return 0;
}

static void tell(const struct tree *tree, struct seen *seen)
{
	struct event_sink sink = { take, seen };

	assert_int_equal(facts_tell_from(tree->root, &sink, 7, NULL), 0);
}

static void a_fact_is_told_whole_and_padded(void **state)
{
	struct seen seen = {};
	struct event_sink sink = { take, &seen };

	assert_int_equal(fact_tell(&sink, 7, NULL, "facility.sched", "%s %d", "tp_btf", 5), 0);
	assert_string_equal(seen.text, "facility.sched=tp_btf 5\n");
}

static void a_long_value_is_cut(void **state)
{
	struct seen seen = {};
	struct event_sink sink = { take, &seen };

	assert_int_equal(fact_tell(&sink, 7, NULL, "k", "%02000d", 1), 0);
	assert_int_equal(strlen(seen.text), strlen("k=") + 1023 + strlen("\n"));
}

static void a_name_that_is_too_long_is_refused(void **state)
{
	struct seen seen = {};
	struct event_sink sink = { take, &seen };
	char key[200];

	memset(key, 'k', sizeof(key));
	key[sizeof(key) - 1] = '\0';
	assert_int_equal(fact_tell(&sink, 7, NULL, key, "v"), -EINVAL);
}

static void the_kernel_the_cpus_and_the_memory_are_told(void **state)
{
	struct seen seen = {};
	struct tree tree;

	tree_make(&tree);
	tree_add(&tree, "/proc/sys/kernel/osrelease", "6.1.0-made-up\n");
	tree_add(&tree, "/proc/sys/kernel/random/boot_id", "12-34\n");
	tree_add(&tree, "/proc/sys/kernel/core_pattern", "|/usr/bin/helper %p\n");
	tree_add(&tree, "/proc/sys/kernel/hostname", "secret\n");
	tree_add(&tree, "/sys/devices/system/cpu/online", "0-3,8,10-11\n");
	tree_add(&tree, "/proc/meminfo",
		 "MemTotal:        4096 kB\nMemFree: 1 kB\nSwapTotal:       8 kB\n");
	tell(&tree, &seen);
	assert_non_null(strstr(seen.text, "kernel.release=6.1.0-made-up\n"));
	assert_non_null(strstr(seen.text, "boot.id=12-34\n"));
	assert_non_null(strstr(seen.text, "kernel.core_pattern=|/usr/bin/helper %p\n"));
	assert_non_null(strstr(seen.text, "cpus.online=7\n"));
	assert_non_null(strstr(seen.text, "memory.bytes=4194304\n"));
	assert_non_null(strstr(seen.text, "swap.bytes=8192\n"));
	assert_non_null(strstr(seen.text, "clock=CLOCK_MONOTONIC\n"));
	assert_null(strstr(seen.text, "secret"));
	tree_remove(&tree);
}

static void the_words_that_slowpath_was_called_with_are_told(void **state)
{
	static const char WORDS[] = "slowpath\0record\0--\0cp\0a b";
	struct seen seen = {};
	struct tree tree;
	char path[600];
	FILE *file;

	tree_make(&tree);
	tree_add(&tree, "/proc/self/cmdline", "");
	snprintf(path, sizeof(path), "%s/proc/self/cmdline", tree.root);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(WORDS, 1, sizeof(WORDS), file), sizeof(WORDS));
	assert_int_equal(fclose(file), 0);
	tell(&tree, &seen);
	assert_non_null(strstr(seen.text, "command_line=slowpath record -- cp a b\n"));
	tree_remove(&tree);
}

static void what_cannot_be_read_is_not_told(void **state)
{
	struct seen seen = {};
	struct tree tree;

	tree_make(&tree);
	tell(&tree, &seen);
	assert_null(strstr(seen.text, "cpus.online"));
	assert_null(strstr(seen.text, "hypervisor"));
	tree_remove(&tree);
}

static void real_hardware_has_no_hypervisor(void **state)
{
	struct seen seen = {};
	struct tree tree;

	tree_make(&tree);
	tree_add(&tree, "/proc/cpuinfo",
		 "processor\t: 0\nmodel name\t: Fast One\nflags\t\t: fpu vme hypervisorx\n");
	tree_add(&tree, "/sys/class/dmi/id/sys_vendor", "Maker\n");
	tree_add(&tree, "/sys/class/dmi/id/product_name", "Box\n");
	tell(&tree, &seen);
	assert_non_null(strstr(seen.text, "hypervisor=none\n"));
	assert_non_null(strstr(seen.text, "cpu.model=Fast One\n"));
	tree_remove(&tree);
}

static void a_virtual_machine_is_named_by_its_firmware(void **state)
{
	struct seen seen = {};
	struct tree tree;

	tree_make(&tree);
	tree_add(&tree, "/proc/cpuinfo", "flags\t\t: fpu hypervisor vme\n");
	tell(&tree, &seen);
	assert_non_null(strstr(seen.text, "hypervisor=unknown kind\n"));
	tree_add(&tree, "/sys/class/dmi/id/sys_vendor", "QEMU\n");
	tree_add(&tree, "/sys/class/dmi/id/product_name", "Standard PC\n");
	tell(&tree, &seen);
	assert_non_null(strstr(seen.text, "hypervisor=QEMU Standard PC\n"));
	tree_add(&tree, "/sys/hypervisor/type", "xen\n");
	tell(&tree, &seen);
	assert_non_null(strstr(seen.text, "hypervisor=xen\n"));
	tree_remove(&tree);
}

static const char *kind_of(const char *vendor)
{
	char bytes[HYPERVISOR_VENDOR_BYTES] = "";

	memcpy(bytes, vendor, strnlen(vendor, sizeof(bytes)));
	return hypervisor_kind(bytes);
}

static void a_hypervisor_is_known_by_what_the_cpu_answers(void **state)
{
	assert_string_equal(kind_of("KVMKVMKVM"), "kvm");
	assert_string_equal(kind_of("Linux KVM Hv"), "kvm");
	assert_string_equal(kind_of("XenVMMXenVMM"), "xen");
	assert_string_equal(kind_of("Microsoft Hv"), "hyperv");
	assert_string_equal(kind_of("KVMKVMKVMX"), "unknown");
	assert_string_equal(kind_of(""), "unknown");
}

static void the_kind_of_hypervisor_is_told(void **state)
{
	struct seen seen = {};
	struct tree tree;

	tree_make(&tree);
	tree_add(&tree, "/proc/cpuinfo", "flags\t\t: fpu vme\n");
	tell(&tree, &seen);
	assert_non_null(strstr(seen.text, "hypervisor.kind=none\n"));
	seen = (struct seen){};
	tree_add(&tree, "/proc/cpuinfo", "flags\t\t: fpu hypervisor\n");
	tell(&tree, &seen);
	/* This machine's CPU cannot be asked about another machine. */
	assert_null(strstr(seen.text, "hypervisor.kind"));
	tree_add(&tree, "/sys/hypervisor/type", "xen\n");
	tell(&tree, &seen);
	assert_non_null(strstr(seen.text, "hypervisor.kind=xen\n"));
	tree_remove(&tree);
}

static void counters_are_sums_of_all_cpus_in_nanoseconds(void **state)
{
	uint64_t tick_ns = 1000000000 / (uint64_t)sysconf(_SC_CLK_TCK);
	struct seen seen = {};
	struct event_sink sink = { take, &seen };
	struct tree tree;

	tree_make(&tree);
	tree_add(&tree, "/proc/stat",
		 "cpu  1 2 3 30000000000 5 6 7 8 9 10\ncpu0 1 2 3 4 5 6 7 8 9 10\n");
	assert_int_equal(counters_tell_from(tree.root, &sink, 7, NULL), 0);
	assert_int_equal(seen.steal_ns, 8 * tick_ns);
	/* More ticks than would fit when they were multiplied at once. */
	assert_int_equal(seen.idle_ns, 30000000005 * tick_ns);
	tree_remove(&tree);
}

static void a_machine_without_counters_says_so(void **state)
{
	struct seen seen = {};
	struct event_sink sink = { take, &seen };
	struct diag why = {};
	struct tree tree;

	tree_make(&tree);
	assert_int_equal(counters_tell_from(tree.root, &sink, 7, &why), -ENODATA);
	assert_non_null(strstr(why.text, "/proc/stat"));
	tree_add(&tree, "/proc/stat", "intr 5\n");
	assert_int_equal(counters_tell_from(tree.root, &sink, 7, NULL), -ENODATA);
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fact_is_told_whole_and_padded),
		cmocka_unit_test(a_long_value_is_cut),
		cmocka_unit_test(a_name_that_is_too_long_is_refused),
		cmocka_unit_test(the_kernel_the_cpus_and_the_memory_are_told),
		cmocka_unit_test(the_words_that_slowpath_was_called_with_are_told),
		cmocka_unit_test(what_cannot_be_read_is_not_told),
		cmocka_unit_test(real_hardware_has_no_hypervisor),
		cmocka_unit_test(a_virtual_machine_is_named_by_its_firmware),
		cmocka_unit_test(a_hypervisor_is_known_by_what_the_cpu_answers),
		cmocka_unit_test(the_kind_of_hypervisor_is_told),
		cmocka_unit_test(counters_are_sums_of_all_cpus_in_nanoseconds),
		cmocka_unit_test(a_machine_without_counters_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
