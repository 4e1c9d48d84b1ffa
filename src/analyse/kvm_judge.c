/* What do the numbers and the set-up of virtual machines show? Each rule looks at one guest, and
 * says what it saw. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "analyse/kvm_state.h"
#include "finding/format.h"

/* Where each rule begins to speak. */
#define EXITS_SHARE   0.1 /* of the time of the virtual CPUs that was not idle, outside the guest */
#define USER_SHARE    0.3 /* of the time outside, in the program */
#define BUSY_SHARE    0.9 /* of the watch, that an iothread ran */
#define MAIN_SHARE    0.5 /* of the watch, that the main loop ran while it serves disks */
#define STEAL_SHARE   0.03 /* of all CPUs' time */
#define POOL_SHARE    0.02 /* of the watch, that the thread pool ran */
#define EXITS_MIN     100u
#define EXITS_NS_MIN  1000000u
#define CPUS_OF_QUEUE 2u /* a queue for so many is one for each, or nearly */

static struct kvm_claim *claim(struct kvm_report *report, enum kvm_claim_id id, uint32_t pid,
			       int *r)
{
	struct kvm_claim *fresh = array_push(&report->claims);

	if (!fresh) {
		*r = -ENOMEM;
		return NULL;
	}
	fresh->id = id;
	fresh->pid = pid;
	return fresh;
}

/* Claim it, with these words. */
#define SAY(report, id, pid, about, ...)                                                 \
	({                                                                               \
		int said = 0;                                                            \
		struct kvm_claim *fresh = claim(report, id, pid, &said);                 \
		if (fresh) {                                                             \
			(void)snprintf(fresh->what, sizeof(fresh->what), "%s", about);   \
			(void)snprintf(fresh->words, sizeof(fresh->words), __VA_ARGS__); \
		}                                                                        \
		said;                                                                    \
	})

static const char *disk_name(const struct kvm_disk *disk)
{
	return disk->id[0] ? disk->id : disk->device;
}

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* --- exits --- */

static int judge_exits(struct kvm_report *report, const struct kvm_guest *guest)
{
	const struct kvm_exit *top = guest->exits.items;

	if (guest->exit_count < EXITS_MIN || guest->exit_ns < EXITS_NS_MIN || top->is_idle ||
	    guest->guest_share < 0 || 1 - guest->guest_share < EXITS_SHARE)
		return 0;
	return SAY(
		report, KVM_EXITS, guest->pid, "",
		"of the time that its virtual CPUs were not idle, %s was outside the guest, in %s "
		"exits; most of it for %s (%s, %s each)",
		format_share(1 - guest->guest_share).text, format_count(guest->exit_count).text,
		top->name, format_share(top->share).text,
		format_duration(top->times.count ? top->times.total_ns / top->times.count : 0)
			.text);
}

static int judge_user(struct kvm_report *report, const struct kvm_guest *guest)
{
	double share = guest->exit_ns ? (double)guest->user_ns / (double)guest->exit_ns : 0;
	const struct kvm_user_exit *top = guest->user_exits.items;

	if (guest->exit_count < EXITS_MIN || guest->exit_ns < EXITS_NS_MIN ||
	    !guest->user_exits.count || share < USER_SHARE)
		return 0;
	return SAY(report, KVM_USER_EXITS, guest->pid, "",
		   "%s of the time in exits was in the program; most of that for %s (%s times)",
		   format_share(share).text, top->name, format_count(top->count).text);
}

/* --- disks --- */

static int judge_cache(struct kvm_report *report, uint32_t pid, const struct kvm_disk *disk)
{
	bool is_written = !disk->is_readonly;

	if (is_written &&
	    (strcmp(disk->cache, "writethrough") == 0 || strcmp(disk->cache, "directsync") == 0))
		return SAY(report, KVM_WRITETHROUGH, pid, disk_name(disk), "cache=%s", disk->cache);
	if (is_written && strcmp(disk->cache, "unsafe") == 0)
		return SAY(report, KVM_UNSAFE, pid, disk_name(disk), "cache=unsafe");
	return 0;
}

/* ide-hd, ide-cd are of IDE and AHCI both; "if=ide" as well. */
static int judge_controller(struct kvm_report *report, uint32_t pid, const struct kvm_disk *disk)
{
	bool is_emulated = begins(disk->device, "ide-") || begins(disk->device, "if=ide") ||
			   begins(disk->device, "usb-") || begins(disk->device, "sd-card");

	return is_emulated && !disk->is_readonly ? SAY(report, KVM_EMULATED_DISK, pid,
						       disk_name(disk), "it is on %s", disk->device)
						 : 0;
}

static bool is_virtio(const struct kvm_disk *disk)
{
	return begins(disk->device, "virtio-blk") || begins(disk->device, "scsi-") ||
	       begins(disk->device, "if=virtio");
}

static int judge_queues(struct kvm_report *report, const struct kvm_guest *guest,
			const struct kvm_disk *disk)
{
	return is_virtio(disk) && disk->queues == 1 && guest->cpus > CPUS_OF_QUEUE
		       ? SAY(report, KVM_ONE_QUEUE, guest->pid, disk_name(disk),
			     "it has 1 queue for %s CPUs", format_count(guest->cpus).text)
		       : 0;
}

/* --- threads --- */

static const struct kvm_thread *find_role(const struct kvm_guest *guest, const char *role)
{
	for (size_t i = 0; i < guest->threads.count; i++) {
		if (begins(guest->threads.items[i].role, role))
			return &guest->threads.items[i];
	}
	return NULL;
}

/* QEMU calls the thread "IO NAME", cut at 15 bytes. */
#define IO_PREFIX     "IO "
#define IO_NAME_BYTES 12u

/* Is it one of the iothreads "a+b"? */
static bool is_among(const char *list, const char *name)
{
	while (*list) {
		size_t bytes = strcspn(list, "+");
		size_t cut = bytes < IO_NAME_BYTES ? bytes : IO_NAME_BYTES;

		if (strlen(name) == cut && memcmp(list, name, cut) == 0)
			return true;
		list += bytes + (list[bytes] == '+');
	}
	return false;
}

/* Disks of this iothread; name NULL: without one. */
static unsigned int disks_of(const struct kvm_guest *guest, const char *name)
{
	unsigned int count = 0;

	for (size_t i = 0; i < guest->disks.count; i++) {
		const struct kvm_disk *disk = &guest->disks.items[i];

		count += name ? is_among(disk->iothread, name)
			      : is_virtio(disk) && !disk->iothread[0];
	}
	return count;
}

static int judge_iothreads(struct kvm_report *report, const struct kvm_guest *guest)
{
	int r = 0;

	for (size_t i = 0; i < guest->threads.count && r == 0; i++) {
		const struct kvm_thread *thread = &guest->threads.items[i];
		const char *name =
			begins(thread->name, IO_PREFIX) ? thread->name + strlen(IO_PREFIX) : "";

		if (begins(thread->role, "QEMU iothread") && thread->busy_share >= BUSY_SHARE)
			r = SAY(report, KVM_IOTHREAD_BUSY, guest->pid, thread->name,
				"it ran for %s of the watch; disks that name it: %u",
				format_share(thread->busy_share).text, disks_of(guest, name));
	}
	return r;
}

static int judge_main_loop(struct kvm_report *report, const struct kvm_guest *guest)
{
	const struct kvm_thread *thread = find_role(guest, "QEMU main loop");
	unsigned int disks = disks_of(guest, NULL);

	if (!thread || !disks || thread->busy_share < MAIN_SHARE)
		return 0;
	return SAY(
		report, KVM_NO_IOTHREAD, guest->pid, thread->name,
		"the main loop ran for %s of the watch, and virtio disks without an iothread: %u",
		format_share(thread->busy_share).text, disks);
}

/* The pool's threads work in the page cache where that is used: only then is there a choice. */
static int judge_pool(struct kvm_report *report, const struct kvm_guest *guest)
{
	double busy = 0;
	unsigned int direct = 0;

	for (size_t i = 0; i < guest->threads.count; i++) {
		if (begins(guest->threads.items[i].role, "QEMU thread pool") &&
		    guest->threads.items[i].busy_share > 0)
			busy += guest->threads.items[i].busy_share;
	}
	for (size_t i = 0; i < guest->disks.count; i++) {
		const struct kvm_disk *disk = &guest->disks.items[i];
		bool is_direct =
			strcmp(disk->cache, "none") == 0 || strcmp(disk->cache, "directsync") == 0;

		direct += is_direct && (!disk->aio[0] || strcmp(disk->aio, "threads") == 0);
	}
	if (!direct || busy < POOL_SHARE)
		return 0;
	return SAY(
		report, KVM_THREAD_POOL, guest->pid, "",
		"disks past the host's cache with aio=threads: %u; the pool's threads ran for %s of "
		"the watch",
		direct, format_share(busy).text);
}

/* --- the guest as a whole --- */

/* The command line need not say it: then the names of the threads do. */
static int judge_accel(struct kvm_report *report, const struct kvm_guest *guest)
{
	if (begins(guest->accel, "tcg"))
		return SAY(report, KVM_EMULATED, guest->pid, "", "accelerator: tcg");
	for (size_t i = 0; i < guest->threads.count; i++) {
		const struct kvm_thread *thread = &guest->threads.items[i];

		if (strstr(thread->role, "vCPU") && strstr(thread->role, ", emulated"))
			return SAY(report, KVM_EMULATED, guest->pid, "", "it has a thread %s",
				   thread->name);
	}
	return 0;
}

static int judge_guest(struct kvm_report *report, const struct kvm_guest *guest)
{
	static int (*const RULES[])(struct kvm_report * report, const struct kvm_guest *guest) = {
		judge_exits, judge_user, judge_accel, judge_iothreads, judge_main_loop, judge_pool,
	};
	int r = 0;

	for (size_t i = 0; i < array_count(RULES) && r == 0; i++)
		r = RULES[i](report, guest);
	for (size_t i = 0; i < guest->disks.count && r == 0; i++) {
		const struct kvm_disk *disk = &guest->disks.items[i];

		r = judge_cache(report, guest->pid, disk);
		if (r == 0)
			r = judge_controller(report, guest->pid, disk);
		if (r == 0)
			r = judge_queues(report, guest, disk);
	}
	return r;
}

/* --- the machine itself --- */

static const char *fact(const struct kvm_report *report, const char *key)
{
	for (size_t i = 0; i < report->facts.count; i++) {
		if (strcmp(report->facts.items[i].key, key) == 0)
			return report->facts.items[i].value;
	}
	return "";
}

static int judge_self(struct kvm_report *report)
{
	int r = 0;

	if (!report->is_guest)
		return 0;
	if (report->steal_share >= STEAL_SHARE)
		r = SAY(report, KVM_STEAL, 0, "", "%s of its CPUs' time, %s, went to others",
			format_share(report->steal_share).text,
			format_duration(report->steal_ns).text);
	if (r == 0 && begins(fact(report, "pmu"), "none"))
		r = SAY(report, KVM_NO_PMU, 0, "", "no performance counters are there");
	if (r == 0 && strcmp(fact(report, "xen.type"), "PV") == 0)
		r = SAY(report, KVM_XEN_PV, 0, "", "the guest is of type PV");
	return r;
}

int kvm_judge(struct kvm_report *report)
{
	int r = judge_self(report);

	for (size_t i = 0; i < report->guests.count && r == 0; i++)
		r = judge_guest(report, &report->guests.items[i]);
	return r;
}
