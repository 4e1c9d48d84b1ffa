/* What report on virtual machines do the views' tests show? Made by hand, so that no analysis
 * changes how it looks. */
#include "unit/view/sample_kvm.h"

#include <stdlib.h>
#include <string.h>

#include "harness/test.h"

#define US(n) ((uint64_t)(n)*1000u)
#define MS(n) ((uint64_t)(n)*1000000u)

static const char HOSTILE[] = "x\033[2J\"];\n";

static struct kvm_report *new_report(void)
{
	struct kvm_report *report = calloc(1, sizeof(*report));

	assert_non_null(report);
	report->waits = calloc(1, sizeof(*report->waits));
	assert_non_null(report->waits);
	report->waits->tree = calloc(1, sizeof(*report->waits->tree));
	assert_non_null(report->waits->tree);
	report->waits->tree->window_ns = MS(5000);
	report->waits->tree->cpus = 4;
	report->steal_share = -1;
	return report;
}

static struct kvm_guest *add_guest(struct kvm_report *report, uint32_t pid, const char *name)
{
	struct kvm_guest *guest = array_push(&report->guests);

	assert_non_null(guest);
	guest->pid = pid;
	strcpy(guest->name, name);
	guest->guest_share = -1;
	return guest;
}

static void add_disk(struct kvm_guest *guest, struct kvm_disk disk)
{
	struct kvm_disk *place = array_push(&guest->disks);

	assert_non_null(place);
	*place = disk;
}

static void add_config(struct kvm_guest *guest)
{
	guest->has_config = true;
	strcpy(guest->machine, "pc-q35-7.2");
	strcpy(guest->accel, "kvm");
	guest->cpus = 2;
	guest->memory_bytes = (uint64_t)4 << 30;
	guest->debug_threads = true;
	assert_int_equal(text_add(&guest->iothreads, "io0"), 0);
	assert_int_equal(text_add(&guest->iothreads, "%s", HOSTILE), 0);
	add_disk(guest, (struct kvm_disk){ .device = "virtio-blk-pci",
					   .id = "vda",
					   .format = "qcow2",
					   .backend = "file",
					   .file = "/var/lib/images/web.qcow2",
					   .cache = "writethrough",
					   .aio = "threads",
					   .iothread = "io0",
					   .queues = 1 });
	add_disk(guest,
		 (struct kvm_disk){ .device = "ide-cd", .file = "x\033[2J", .is_readonly = true });
}

static void add_thread(struct kvm_guest *guest, uint32_t tid, const char *name, const char *role,
		       uint64_t run_ms)
{
	struct kvm_thread *thread = array_push(&guest->threads);

	assert_non_null(thread);
	*thread = (struct kvm_thread){ .tid = tid,
				       .run_ns = MS(run_ms),
				       .busy_share = (double)run_ms / 5000 };
	strcpy(thread->name, name);
	strcpy(thread->role, role);
}

static void add_exit(struct kvm_guest *guest, const char *name, const char *words,
		     struct kvm_exit exit)
{
	struct kvm_exit *place = array_push(&guest->exits);

	assert_non_null(place);
	*place = exit;
	strcpy(place->name, name);
	place->isa = "vmx";
	place->words = words;
	place->count = exit.times.count;
	place->total_ns = exit.times.total_ns + exit.idle_ns;
	place->times.max_ns = place->times.p999_ns = place->times.p99_ns;
	place->times.p90_ns = place->times.p50_ns;
}

static void add_exits(struct kvm_guest *guest)
{
	struct kvm_user_exit *user = array_push(&guest->user_exits);

	assert_non_null(user);
	*user = (struct kvm_user_exit){
		.name = "MMIO", .reason = 6, .count = 900, .ns = MS(60), .share = 1
	};
	guest->vcpus = 2;
	guest->exit_count = 21500;
	guest->in_guest_ns = MS(7000);
	guest->exit_ns = MS(300);
	guest->user_ns = MS(60);
	guest->idle_ns = MS(2500);
	guest->open_count = 1;
	guest->guest_share = 0.96;
	add_exit(guest, "EPT_MISCONFIG", "memory of an emulated device (MMIO)",
		 (struct kvm_exit){ .reason = 0x31,
				    .user_count = 900,
				    .user_ns = MS(60),
				    .share = 0.8,
				    .times = { .count = 20000,
					       .total_ns = MS(240),
					       .p50_ns = US(9),
					       .p99_ns = US(90) } });
	add_exit(guest, "reason 0x77", "",
		 (struct kvm_exit){ .reason = 0x77,
				    .share = 0.1,
				    .times = { .count = 500,
					       .total_ns = MS(30),
					       .p50_ns = US(50),
					       .p99_ns = US(80) } });
	add_exit(guest, "HLT", "the guest has nothing to do",
		 (struct kvm_exit){ .reason = 0xc,
				    .is_idle = true,
				    .idle_ns = MS(2500),
				    .share = 0.1,
				    .times = { .count = 1000,
					       .total_ns = MS(30),
					       .p50_ns = US(28),
					       .p99_ns = US(60) } });
}

static void add_wake(struct kvm_guest *guest, const char *waker, const char *sleeper,
		     struct kvm_wake wake)
{
	struct kvm_wake *place = array_push(&guest->wakes);

	assert_non_null(place);
	*place = wake;
	strcpy(place->waker, waker);
	strcpy(place->sleeper, sleeper);
	place->waited_ns = place->count * place->avg_ns;
}

static void add_wakes(struct kvm_guest *guest)
{
	add_wake(guest, "IO io0 (QEMU iothread)", "CPU 0/KVM (vCPU 0, KVM)",
		 (struct kvm_wake){ .count = 4100,
				    .avg_ns = US(310),
				    .share = 0.9,
				    .with_stack = 40,
				    .paths = { { "interrupt into the guest, by irqfd", 40 } },
				    .path_count = 1 });
	add_wake(guest, "x\033[2J\n", "CPU 0/KVM (vCPU 0, KVM)",
		 (struct kvm_wake){ .count = 400, .avg_ns = US(10), .share = 0.1 });
	add_wake(guest, "CPU 0/KVM (vCPU 0, KVM)", "IO io0 (QEMU iothread)",
		 (struct kvm_wake){ .count = 4200,
				    .avg_ns = US(110),
				    .share = 1,
				    .with_stack = 30,
				    .paths = { { "kick by ioeventfd", 28 }, { "another way", 2 } },
				    .path_count = 2 });
	guest->left_out_wakes = 3;
}

static void add_claim(struct kvm_report *report, enum kvm_claim_id id, uint32_t pid,
		      const char *what, const char *words)
{
	struct kvm_claim *claim = array_push(&report->claims);

	assert_non_null(claim);
	claim->id = id;
	claim->pid = pid;
	strcpy(claim->what, what);
	strcpy(claim->words, words);
}

static void add_map(struct sample_kvm *sample)
{
	struct stack_map *map = calloc(1, sizeof(*map));
	struct kvm_map *place = array_push(&sample->maps.items);

	assert_true(map && place);
	place->stack = map;
	strcpy(map->path, "/var/lib/images/web.qcow2");
	assert_int_equal(stack_map_add(map, 0, "file system", "/", "ext4", 0), 0);
	assert_int_equal(stack_map_add_fact(map, "options", "rw,relatime"), 0);
	assert_int_equal(stack_map_add(map, 1, "device", "nvme0n1", "", 259u << 20), 0);
}

struct sample_kvm sample_kvm(void)
{
	struct sample_kvm sample = { .report = new_report() };
	struct kvm_report *report = sample.report;
	struct kvm_guest *guest = add_guest(report, 4711, "web");

	add_config(guest);
	add_thread(guest, 4713, "CPU 0/KVM", "vCPU 0, KVM", 3600);
	add_thread(guest, 4712, "IO io0", "QEMU iothread", 450);
	add_thread(guest, 4711, "x\033[2J", "", 2);
	add_exits(guest);
	add_wakes(guest);
	guest = add_guest(report, 4800, HOSTILE);
	strcpy(guest->unread, "its command line cannot be read: Permission denied");
	report->has_exits = report->has_waits = true;
	report->lost_exits = 12;
	strcpy(report->hypervisor, "none");
	strcpy(report->kind, "none");
	add_claim(report, KVM_WRITETHROUGH, 4711, "vda", "cache=writethrough");
	add_claim(report, KVM_EXITS, 4711, "", "it leaves often");
	assert_int_equal(text_add(&report->notes, "Of 12 exits the other end was not told."), 0);
	add_map(&sample);
	return sample;
}

static void add_fact(struct kvm_report *report, const char *key, const char *value)
{
	struct kvm_fact *fact = array_push(&report->facts);

	assert_non_null(fact);
	strcpy(fact->key, key);
	strcpy(fact->value, value);
}

struct sample_kvm sample_own_guest(void)
{
	struct sample_kvm sample = { .report = new_report() };
	struct kvm_report *report = sample.report;

	report->is_guest = true;
	strcpy(report->hypervisor, "xen");
	strcpy(report->kind, "xen");
	report->steal_share = 0.08;
	report->steal_ns = MS(1600);
	add_fact(report, "pmu", "none");
	add_fact(report, "disk.xvda", "vbd, 2 queues");
	add_fact(report, "xen.type", HOSTILE);
	add_claim(report, KVM_STEAL, 0, "", "8.0 % of its CPUs' time, 1.60 s, went to others");
	return sample;
}

void sample_kvm_free(struct sample_kvm *sample)
{
	for (size_t i = 0; i < sample->maps.items.count; i++)
		stack_map_free(&sample->maps.items.items[i].stack);
	array_free(&sample->maps.items);
	kvm_report_free(&sample->report);
}

static struct sync_run sample_run(const char *folder, const char *hypervisor, uint64_t p50_us)
{
	struct sync_run run = {
		.count = 5000,
		.block_bytes = 4096,
		.write = { US(1), US(2), US(3), US(9), US(200) },
		.sync = { US(p50_us - 20), US(p50_us), US(p50_us + 30), US(p50_us + 90), MS(9) },
	};

	strcpy(run.folder, folder);
	strcpy(run.fs_type, "ext4");
	strcpy(run.hypervisor, hypervisor);
	for (size_t i = 0; i < SYNC_PARTS; i++)
		run.part_p50_ns[i] = US(p50_us - 5 + i);
	return run;
}

struct world_switch sample_world_switch(void)
{
	struct world_switch report = {
		.own = sample_run("/srv/x\033[2J", "none", 90),
		.has_guest = true,
		.guest = sample_run("/mnt", "KVM", 390),
		.cost_ns = (int64_t)US(300),
		.least_ns = (int64_t)US(291),
		.most_ns = (int64_t)US(309),
		.guest_share = 300.0 / 390,
	};

	assert_int_equal(text_add(&report.notes, "The guest was stopped before its time."), 0);
	return report;
}
