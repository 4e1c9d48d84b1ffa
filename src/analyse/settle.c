/* What becomes of a leaf? The waits above it may keep its time, or name it anew. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "analyse/walk.h"

enum blame_by {
	BY_WAIT, /* what was waited for, in words */
	BY_PROCESS,
	BY_DEVICE,
	BY_LOCK,
	BY_FUTEX,
	BY_FILE,
};

static const enum blame_by BLAME_BY[CAUSE_COUNT] = {
	[CAUSE_CPU_THROTTLED] = BY_PROCESS, [CAUSE_DISK_DEVICE] = BY_DEVICE,
	[CAUSE_DISK_QUEUE] = BY_DEVICE,     [CAUSE_DISK_THROTTLED] = BY_DEVICE,
	[CAUSE_FS_SYNC] = BY_DEVICE,        [CAUSE_FS_JOURNAL] = BY_PROCESS,
	[CAUSE_FS_FUSE] = BY_PROCESS,       [CAUSE_FS_FROZEN] = BY_DEVICE,
	[CAUSE_LOCK_KERNEL] = BY_LOCK,      [CAUSE_LOCK_USER] = BY_FUTEX,
	[CAUSE_LOCK_FILE] = BY_FILE,        [CAUSE_WAIT_PROCESS] = BY_PROCESS,
	[CAUSE_WAIT_NETWORK] = BY_PROCESS,
};

static uint32_t process_of(const struct walk *walk, const struct thread *thread)
{
	return tasks_process_name(&walk->analysis->tasks, &walk->analysis->names, thread);
}

/* The disk that a wait was for: a request's, or the one its file lies on. */
static uint32_t find_dev(const struct walk *walk, const struct hop *hop)
{
	const struct requests *requests = &walk->analysis->requests;
	const struct file *file = requests_get_file(requests, hop->detail.file);
	const struct device *device = requests_device(requests, hop->dev ? hop->dev
								: file   ? file->dev
									 : 0);

	if (device)
		return device->whole_dev;
	return hop->dev;
}

/* Its name as told, where those who wait for it only say "a mutex"; without any name its address.
 */
static uint32_t lock_label(const struct walk *walk, const struct hop *hop)
{
	const struct class *class = classes_get(&walk->analysis->classes, hop->detail.class_id);
	const uint64_t *told = hash_find(&walk->analysis->lock_names, hop->lock);
	char address[24];
	int bytes;

	if (told && *told && (class->is_generic || !hop->label))
		return (uint32_t)*told;
	if (hop->label || !hop->lock)
		return hop->label;
	bytes = snprintf(address, sizeof(address), "0x%llx", (unsigned long long)hop->lock);
	return names_put(&walk->analysis->names, address, bytes > 0 ? (size_t)bytes : 0);
}

static struct blame blame_wait(const struct walk *walk, const struct hop *hop, uint32_t holder)
{
	struct blame blame = { .kind = BLAME_WAIT, .id = hop->label };
	uint32_t dev;

	switch (BLAME_BY[hop->cause]) {
	case BY_PROCESS:
		if (holder)
			blame = (struct blame){ .kind = BLAME_PROCESS, .id = holder };
		break;
	case BY_DEVICE:
		if (classes_get(&walk->analysis->classes, hop->detail.class_id)->is_limit) {
			blame = (struct blame){ .kind = BLAME_CGROUP, .id = hop->label };
			break;
		}
		dev = find_dev(walk, hop);
		if (dev)
			blame = (struct blame){ .kind = BLAME_DEVICE, .id = dev };
		break;
	case BY_LOCK:
		blame = (struct blame){ .kind = BLAME_LOCK,
					.id = lock_label(walk, hop),
					.holder = holder };
		break;
	case BY_FUTEX:
		if (classes_get(&walk->analysis->classes, hop->detail.class_id)->is_program) {
			blame = (struct blame){ .kind = BLAME_LOCK,
						.id = hop->label,
						.holder = holder };
			break;
		}
		blame = (struct blame){ .kind = BLAME_FUTEX, .id = hop->lock, .holder = holder };
		break;
	case BY_FILE:
		if (hop->detail.file)
			blame = (struct blame){ .kind = BLAME_FILE,
						.id = hop->detail.file,
						.holder = holder };
		break;
	case BY_WAIT:
		break;
	}
	return blame;
}

static enum leaf_kind kind_of(enum cause cause)
{
	if (cause == CAUSE_WAIT_SLEEP)
		return LEAF_SLEEP;
	if (cause == CAUSE_WAIT_IDLE)
		return LEAF_IDLE;
	return cause == CAUSE_DISK_DEVICE || cause == CAUSE_DISK_QUEUE ? LEAF_DEVICE : LEAF_OTHER;
}

static struct step step_of(const struct thread *thread, unsigned int state, uint32_t detail)
{
	return (struct step){
		.who = thread->name,
		.who_kind = thread->name_kind,
		.tid = thread->tid,
		.detail = detail,
		.state = (uint8_t)state,
	};
}

struct leaf leaf_of_thread(const struct walk *walk, const struct thread *thread,
			   enum leaf_kind kind, unsigned int cause)
{
	uint32_t process = process_of(walk, thread);
	bool is_run = kind == LEAF_USER || kind == LEAF_KERNEL || kind == LEAF_RUN;

	return (struct leaf){
		.kind = kind,
		.is_target = thread->is_target,
		.process = process,
		.step_count = 1,
		.steps = { step_of(thread, is_run ? STEP_RUNNING : cause, 0) },
		.charge = {
			.cause = cause,
			.blame = { .kind = is_run ? BLAME_CPU : BLAME_PROCESS, .id = process,
				   .holder = kind == LEAF_RUN ? thread->index : 0 },
			.detail = { .syscall = -1 },
			.tgid = thread->tgid,
			.is_outside = !thread->is_target,
			.wait_thread = thread->index,
		},
	};
}

struct leaf leaf_of_wait(const struct walk *walk, const struct hop *hop, uint32_t holder)
{
	enum leaf_kind kind = kind_of(hop->cause);
	struct leaf leaf = leaf_of_thread(walk, hop->thread, kind, hop->cause);

	leaf.context = hop->context;
	leaf.steps[0].detail = hop->label;
	leaf.charge.detail = hop->detail;
	leaf.charge.wait_start_ns = hop->wait_start_ns;
	if (kind != LEAF_SLEEP && kind != LEAF_IDLE)
		leaf.charge.blame = blame_wait(walk, hop, holder);
	return leaf;
}

void leaf_add_peer(struct leaf *leaf, const struct thread *peer)
{
	leaf->steps[leaf->step_count++] = step_of(peer, CAUSE_UNKNOWN, 0);
}

void leaf_add_device(const struct walk *walk, struct leaf *leaf, const struct request *request,
		     enum cause state)
{
	struct names *names = &walk->analysis->names;
	uint32_t name = requests_device_name(&walk->analysis->requests, names, request->dev);

	leaf->steps[leaf->step_count++] = (struct step){
		.who = name,
		.who_kind = name,
		.detail = request->label,
		.state = (uint8_t)state,
	};
}

/* The time is the hop's own: whoever it waited for did nothing that can be blamed by itself. */
static void keep_in_hop(const struct walk *walk, const struct hop *hop, struct leaf *leaf)
{
	leaf->kind = kind_of(hop->cause) == LEAF_DEVICE ? LEAF_DEVICE : LEAF_OTHER;
	leaf->context = hop->context;
	leaf->charge.cause = hop->cause;
	leaf->charge.blame = blame_wait(walk, hop, leaf->process);
	leaf->charge.detail = hop->detail;
	leaf->charge.wait_start_ns = hop->wait_start_ns;
	leaf->charge.wait_thread = hop->thread->index;
}

/* The innermost link that waits for something: a worker between two pieces of work only hands on.
 */
static const struct hop *deciding_hop(const struct walk *walk)
{
	uint32_t i = walk->depth - 1;

	while (i > 0 && walk->hops[i].cause == CAUSE_WAIT_IDLE)
		i--;
	return &walk->hops[i];
}

/* See the comment at WAIT_FOLLOW: a wait keeps its cause where the other side only ran, slept or
 * idled. */
static void absorb_leaf(const struct walk *walk, struct leaf *leaf)
{
	struct hop hop = *deciding_hop(walk);
	bool is_running =
		leaf->kind == LEAF_USER || leaf->kind == LEAF_KERNEL || leaf->kind == LEAF_RUN;
	/* No device was waited for, but a worker that computes: checksums, ciphers. */
	bool is_work =
		hop.cause == CAUSE_DISK_DEVICE && !hop.has_request && leaf->kind == LEAF_KERNEL;
	bool is_peer = hop.cause == CAUSE_WAIT_PROCESS || hop.cause == CAUSE_WAIT_NETWORK ||
		       hop.cause == CAUSE_UNKNOWN || hop.is_condition || is_work;

	if (leaf->kind == LEAF_OTHER || leaf->kind == LEAF_DEVICE)
		return;
	/* Another process's work is to blame itself; so is a rest of the target's own. */
	if (is_peer && (is_running || leaf->is_target)) {
		leaf->kind = LEAF_OTHER;
		return;
	}
	/* Who waits for a thread that has nothing to do has nothing to do either, unless a lock is
	 * held meanwhile. */
	if (hop.cause == CAUSE_LOCK_USER && leaf->kind == LEAF_IDLE && !hop.is_owner_followed) {
		leaf->kind = LEAF_OTHER;
		return;
	}
	if (hop.cause == CAUSE_UNKNOWN)
		hop.cause = CAUSE_WAIT_PROCESS;
	keep_in_hop(walk, &hop, leaf);
}

/* What the outermost sync, swap or fault makes of the time a device takes. */
static unsigned int name_cause(const struct walk *walk, const struct leaf *leaf)
{
	if (leaf->kind != LEAF_DEVICE)
		return leaf->charge.cause;
	for (uint32_t i = 0; i < walk->depth; i++) {
		if (walk->hops[i].context != CAUSE_UNKNOWN)
			return walk->hops[i].context;
	}
	return leaf->context != CAUSE_UNKNOWN ? leaf->context : leaf->charge.cause;
}

/* Below a virtual device the time is the whole stack's: of the device that was asked, on those it
 * lies on. */
static void blame_stack(const struct walk *walk, struct leaf *leaf)
{
	if (leaf->charge.blame.kind != BLAME_DEVICE)
		return;
	for (uint32_t i = 0; i < walk->depth; i++) {
		if (walk->hops[i].is_stack) {
			leaf->charge.blame.id = walk->hops[i].dev;
			return;
		}
	}
}

/* The outermost file tells most: it is the one the target asked for. */
static struct detail find_detail(const struct walk *walk, const struct leaf *leaf)
{
	struct detail detail = leaf->charge.detail;

	for (uint32_t i = 0; i < walk->depth; i++) {
		if (walk->hops[i].detail.file) {
			detail.file = walk->hops[i].detail.file;
			detail.syscall = walk->hops[i].detail.syscall;
			return detail;
		}
	}
	if (detail.syscall < 0 && walk->depth)
		detail.syscall = walk->hops[0].detail.syscall;
	return detail;
}

static uint32_t find_path(const struct walk *walk, const struct leaf *leaf)
{
	struct paths *paths = &walk->analysis->paths;
	struct step steps[PATH_STEPS_MAX];
	const struct step *tail = leaf->steps;
	size_t count = 0, tail_count = leaf->step_count;
	uint32_t path = 0;

	for (; count < walk->depth; count++) {
		const struct hop *hop = &walk->hops[count];

		steps[count] = step_of(hop->thread, hop->cause, hop->label);
	}
	if (leaf->tail)
		tail = paths_get(paths, leaf->tail, &tail_count);
	for (size_t i = 0; i < tail_count && count < PATH_STEPS_MAX; i++)
		steps[count++] = tail[i];
	if (paths_put(paths, steps, count, &path) < 0)
		walk->analysis->error = -ENOMEM;
	return path;
}

static int give_to_digest(const struct walk *walk, struct leaf *leaf)
{
	leaf->tail = leaf->charge.path;
	if (!leaf->charge.count) {
		leaf->charge.count = 1;
		leaf->charge.longest_ns = leaf->charge.ns;
	}
	return digest_add(walk->digest, &walk->analysis->digests, leaf);
}

static void tell_listener(const struct walk *walk, const struct charge *charge)
{
	const struct listener *listener = &walk->analysis->listener;

	if (walk->span && listener->charged)
		listener->charged(listener->self, walk, charge);
}

static int give_to_ledger(const struct walk *walk, struct leaf *leaf)
{
	leaf->charge.cause = name_cause(walk, leaf);
	tell_listener(walk, &leaf->charge);
	if (walk->span)
		slices_add(&walk->analysis->slices,
			   leaf->charge.cause == CAUSE_RUN_UNSPLIT ? CAUSE_CPU_USER
								   : (enum cause)leaf->charge.cause,
			   walk->span->start_ns, walk->span->end_ns, leaf->charge.ns);
	return ledger_charge(&walk->analysis->ledger, &leaf->charge);
}

/* The functions that unknown waits were in are told: each is a row missing in the table of waits.
 */
static void note_unknown(const struct walk *walk, const struct leaf *leaf, uint64_t ns)
{
	struct analysis *analysis = walk->analysis;
	uint32_t function = classes_get(&analysis->classes, leaf->charge.detail.class_id)->function;
	const struct tally amount = { .count = 1, .ns = ns };

	if (function && !walk->digest &&
	    samples_add(&analysis->samples, TALLY_UNKNOWN, 0, function, &amount) < 0)
		analysis->error = -ENOMEM;
}

void settle_leaf(struct walk *walk, const struct leaf *found, uint64_t ns)
{
	struct leaf leaf = *found;
	int r;

	if (!ns)
		return;
	if (walk->span && walk->analysis->listener.hear)
		walk->analysis->listener.hear(walk->analysis->listener.self, walk, found, ns);
	if (leaf.charge.cause == CAUSE_UNKNOWN && leaf.kind == LEAF_OTHER) {
		walk->unknown_ns += ns;
		note_unknown(walk, &leaf, ns);
		leaf.charge.ns = ns;
		if (!walk->digest)
			tell_listener(walk, &leaf.charge);
		return;
	}
	leaf.charge.ns = ns;
	if (walk->depth)
		absorb_leaf(walk, &leaf);
	blame_stack(walk, &leaf);
	leaf.charge.detail = find_detail(walk, &leaf);
	/* A thread that sleeps on a device says why: the chain then reads "… fs.sync, and the
	 * device: disk.device". */
	if (!leaf.tail && leaf.kind == LEAF_DEVICE && leaf.steps[0].tid)
		leaf.steps[0].state = (uint8_t)name_cause(walk, &leaf);
	leaf.charge.path = find_path(walk, &leaf);
	r = walk->digest ? give_to_digest(walk, &leaf) : give_to_ledger(walk, &leaf);
	if (r < 0)
		walk->analysis->error = r;
}
