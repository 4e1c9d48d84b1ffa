/* Does each rule speak where it must, and stay silent elsewhere? */
#include <stdio.h>
#include <string.h>

#include "guested.h"
#include "harness/test.h"

/* A guest of QEMU with one disk, whose values are those of a good one but for a key. */
static void tell_disk(struct stream *stream, const char *key, const char *value)
{
	static const char *const GOOD[][2] = {
		{ "device", "virtio-blk-pci" },
		{ "id", "d0" },
		{ "cache", "none" },
		{ "aio", "native" },
		{ "iothread", "io0" },
		{ "queues", "4" },
		{ "access", "" },
	};

	stream_fact(stream, "vm.100.accel", "kvm");
	stream_fact(stream, "vm.100.cpus", "4");
	for (size_t i = 0; i < array_count(GOOD); i++) {
		char full[64];

		(void)snprintf(full, sizeof(full), "vm.100.disk.0.%s", GOOD[i][0]);
		stream_fact(stream, full, strcmp(key, GOOD[i][0]) == 0 ? value : GOOD[i][1]);
	}
}

static struct kvm_report *judge_disk(const char *key, const char *value)
{
	owns(stream_free) struct stream stream = {};

	stream_guest(&stream);
	tell_disk(&stream, key, value);
	stream_end(&stream, 100);
	return stream_guests(&stream);
}

static void a_good_guest_is_left_alone(void **state)
{
	owns(kvm_report_free) struct kvm_report *report = judge_disk("", "");

	assert_int_equal(report->claims.count, 0);
}

static void each_bad_choice_of_a_disk_is_named(void **state)
{
	static const struct {
		const char *key;
		const char *value;
		enum kvm_claim_id id;
		const char *words;
	} CASES[] = {
		{ "cache", "writethrough", KVM_WRITETHROUGH, "cache=writethrough" },
		{ "cache", "directsync", KVM_WRITETHROUGH, "cache=directsync" },
		{ "cache", "unsafe", KVM_UNSAFE, "cache=unsafe" },
		{ "device", "ide-hd", KVM_EMULATED_DISK, "it is on ide-hd" },
		{ "queues", "1", KVM_ONE_QUEUE, "it has 1 queue for 4 CPUs" },
	};

	for (size_t i = 0; i < array_count(CASES); i++) {
		owns(kvm_report_free) struct kvm_report *report =
			judge_disk(CASES[i].key, CASES[i].value);
		const struct kvm_claim *claim = report_claim(report, CASES[i].id, "d0");

		assert_int_equal(report->claims.count, 1);
		assert_non_null(claim);
		assert_int_equal(claim->pid, GUEST);
		assert_string_equal(claim->words, CASES[i].words);
	}
}

static void what_is_only_read_waits_for_no_flush(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(kvm_report_free) struct kvm_report *report = NULL;

	stream_guest(&stream);
	tell_disk(&stream, "cache", "writethrough");
	stream_fact(&stream, "vm.100.disk.0.access", "ro");
	stream_end(&stream, 100);
	report = stream_guests(&stream);
	assert_null(report_claim(report, KVM_WRITETHROUGH, NULL));
}

static void a_guest_without_kvm_is_emulated(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(kvm_report_free) struct kvm_report *report = NULL;

	stream_guest(&stream);
	stream_fact(&stream, "vm.100.accel", "tcg,thread=multi");
	stream_fact(&stream, "vm.200.accel", "kvm:tcg");
	stream_end(&stream, 100);
	report = stream_guests(&stream);
	assert_string_equal(report_claim(report, KVM_EMULATED, NULL)->words, "accelerator: tcg");
	assert_int_equal(report->claims.count, 1);
}

/* What the command line does not say, the threads' names do. */
static void an_emulated_guest_is_known_by_its_threads(void **state)
{
	static const char *const NAMES[] = { "CPU 0/TCG", "ALL CPUs/TCG" };

	for (size_t i = 0; i < array_count(NAMES); i++) {
		owns(stream_free) struct stream stream = {};
		owns(kvm_report_free) struct kvm_report *report = NULL;

		stream_watch(&stream, WATCH_PROCESS, 300);
		stream_thread(&stream, 300, 300, "qemu-system-x86");
		stream_thread(&stream, 301, 300, NAMES[i]);
		stream_fact(&stream, "vm.300.name", "web");
		stream_end(&stream, 100);
		report = stream_guests(&stream);
		assert_non_null(strstr(report_claim(report, KVM_EMULATED, NULL)->words, NAMES[i]));
	}
}

static void run(struct stream *stream, uint32_t tid, double ms)
{
	stream_run(stream, tid, 0, ms, ms / 2);
	stream_wait(stream, tid, ms, 100,
		    (struct event_wait){ .syscall = 271, .waker_tid = VCPU0 });
}

static struct kvm_report *judge_running(uint32_t tid, double ms, const char *key, const char *value)
{
	owns(stream_free) struct stream stream = {};

	stream_guest(&stream);
	tell_disk(&stream, key, value);
	run(&stream, tid, ms);
	stream_end(&stream, 100);
	return stream_guests(&stream);
}

static void an_iothread_that_always_runs_is_named(void **state)
{
	owns(kvm_report_free) struct kvm_report *busy = judge_running(IOTHREAD, 95, "", "");
	owns(kvm_report_free) struct kvm_report *idle = judge_running(IOTHREAD, 85, "", "");
	owns(kvm_report_free) struct kvm_report *shared =
		judge_running(IOTHREAD, 95, "iothread", "another+io0");
	owns(kvm_report_free) struct kvm_report *other =
		judge_running(IOTHREAD, 95, "iothread", "io00+io");
	const struct kvm_claim *claim = report_claim(busy, KVM_IOTHREAD_BUSY, "IO io0");

	assert_non_null(claim);
	assert_non_null(strstr(claim->words, "95 %"));
	assert_non_null(strstr(claim->words, "disks that name it: 1"));
	assert_null(report_claim(idle, KVM_IOTHREAD_BUSY, NULL));
	claim = report_claim(shared, KVM_IOTHREAD_BUSY, NULL);
	assert_non_null(strstr(claim->words, "disks that name it: 1"));
	claim = report_claim(other, KVM_IOTHREAD_BUSY, NULL);
	assert_non_null(strstr(claim->words, "disks that name it: 0"));
}

static void a_busy_main_loop_that_serves_disks_is_named(void **state)
{
	owns(kvm_report_free) struct kvm_report *busy = judge_running(GUEST, 60, "iothread", "");
	owns(kvm_report_free) struct kvm_report *idle = judge_running(GUEST, 40, "iothread", "");
	owns(kvm_report_free) struct kvm_report *apart = judge_running(GUEST, 60, "", "");

	assert_non_null(report_claim(busy, KVM_NO_IOTHREAD, NULL));
	assert_null(report_claim(idle, KVM_NO_IOTHREAD, NULL));
	assert_null(report_claim(apart, KVM_NO_IOTHREAD, NULL));
}

static void the_thread_pool_is_blamed_where_there_is_a_choice(void **state)
{
	owns(kvm_report_free) struct kvm_report *busy = judge_running(WORKER, 10, "aio", "threads");
	owns(kvm_report_free) struct kvm_report *idle = judge_running(WORKER, 1, "aio", "threads");
	owns(kvm_report_free) struct kvm_report *native = judge_running(WORKER, 10, "", "");
	owns(kvm_report_free) struct kvm_report *cached =
		judge_running(WORKER, 10, "cache", "writeback");

	assert_non_null(report_claim(busy, KVM_THREAD_POOL, NULL));
	assert_null(report_claim(idle, KVM_THREAD_POOL, NULL));
	assert_null(report_claim(native, KVM_THREAD_POOL, NULL));
	assert_null(report_claim(cached, KVM_THREAD_POOL, NULL));
}

/* So many exits, each of so long out of 1 ms; half of that in the program. */
static struct kvm_report *judge_exits(unsigned int count, double out_ms, bool to_user)
{
	owns(stream_free) struct stream stream = {};
	const uint64_t out_ns = (uint64_t)(out_ms * 1e6);

	stream_guest(&stream);
	tell_disk(&stream, "", "");
	for (unsigned int i = 0; i < count; i++)
		stream_exit(&stream, VCPU0, i + 1 - out_ms, i + 1,
			    (struct event_guest_exit){
				    .isa = GUEST_ISA_VMX,
				    .reason = 0x31,
				    .guest_ns = MS(1) - out_ns,
				    .user_ns = to_user ? out_ns / 2 : 0,
				    .user_reason = 6,
				    .flags = GUEST_EXIT_GUEST | (to_user ? GUEST_EXIT_USER : 0),
			    });
	stream_end(&stream, count + 1);
	return stream_guests(&stream);
}

static void exits_that_cost_are_named(void **state)
{
	owns(kvm_report_free) struct kvm_report *dear = judge_exits(200, 0.5, false);
	owns(kvm_report_free) struct kvm_report *cheap = judge_exits(200, 0.05, false);
	owns(kvm_report_free) struct kvm_report *few = judge_exits(50, 0.5, false);
	const struct kvm_claim *claim = report_claim(dear, KVM_EXITS, NULL);

	assert_non_null(claim);
	assert_non_null(strstr(claim->words, "50 % was outside the guest, in 200 exits; most of it "
					     "for EPT_MISCONFIG (100 %, 500 us each)"));
	assert_null(report_claim(dear, KVM_USER_EXITS, NULL));
	assert_null(report_claim(cheap, KVM_EXITS, NULL));
	assert_null(report_claim(few, KVM_EXITS, NULL));
}

static void exits_to_the_program_are_the_dear_kind(void **state)
{
	owns(kvm_report_free) struct kvm_report *report = judge_exits(200, 0.5, true);
	const struct kvm_claim *claim = report_claim(report, KVM_USER_EXITS, NULL);

	assert_non_null(claim);
	assert_non_null(strstr(claim->words,
			       "50 % of the time in exits was in the program; most of "
			       "that for MMIO (200 times)"));
}

static struct kvm_report *judge_self(const char *hypervisor, const char *key, const char *value,
				     uint64_t steal_ns)
{
	owns(stream_free) struct stream stream = {};
	struct event_counter first = { .key = COUNTER_STEAL_NS, .value = 1 };
	struct event_counter last = { .head.time_ns = AT(100),
				      .key = COUNTER_STEAL_NS,
				      .value = 1 + steal_ns };

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_fact(&stream, "hypervisor", hypervisor);
	stream_fact(&stream, key, value);
	stream_add(&stream, EVENT_COUNTER, &first, sizeof(first));
	stream_add(&stream, EVENT_COUNTER, &last, sizeof(last));
	stream_end(&stream, 100);
	return stream_guests(&stream);
}

static void what_a_guest_sees_of_its_host_is_named(void **state)
{
	owns(kvm_report_free) struct kvm_report *steal =
		judge_self("KVM", "guest.pmu", "yes", MS(20));
	owns(kvm_report_free) struct kvm_report *calm =
		judge_self("KVM", "guest.pmu", "yes", MS(1));
	owns(kvm_report_free) struct kvm_report *pmu = judge_self("KVM", "guest.pmu", "none", 0);
	owns(kvm_report_free) struct kvm_report *xen = judge_self("Xen", "guest.xen.type", "PV", 0);
	owns(kvm_report_free) struct kvm_report *metal =
		judge_self("none", "guest.pmu", "none", MS(20));

	assert_non_null(strstr(report_claim(steal, KVM_STEAL, NULL)->words, "10 %"));
	assert_int_equal(calm->claims.count, 0);
	assert_non_null(report_claim(pmu, KVM_NO_PMU, NULL));
	assert_non_null(report_claim(xen, KVM_XEN_PV, NULL));
	assert_int_equal(metal->claims.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_guest_is_left_alone),
		cmocka_unit_test(each_bad_choice_of_a_disk_is_named),
		cmocka_unit_test(what_is_only_read_waits_for_no_flush),
		cmocka_unit_test(a_guest_without_kvm_is_emulated),
		cmocka_unit_test(an_emulated_guest_is_known_by_its_threads),
		cmocka_unit_test(an_iothread_that_always_runs_is_named),
		cmocka_unit_test(a_busy_main_loop_that_serves_disks_is_named),
		cmocka_unit_test(the_thread_pool_is_blamed_where_there_is_a_choice),
		cmocka_unit_test(exits_that_cost_are_named),
		cmocka_unit_test(exits_to_the_program_are_the_dear_kind),
		cmocka_unit_test(what_a_guest_sees_of_its_host_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
