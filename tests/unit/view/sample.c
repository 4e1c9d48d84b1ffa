/* What verdict do the views' tests show? Built by hand, as analyse would build it. */
#include "unit/view/sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/test.h"

#define MS UINT64_C(1000000)

/* The item, which memory was there for: a test cannot go on without. */
static void *have(void *item)
{
	if (!item)
		abort();
	return item;
}

static void add_link(struct finding *finding, const char *who, uint32_t tid, const char *state,
		     uint64_t ns)
{
	struct link *link = have(array_push(&finding->chain));

	(void)snprintf(link->who, sizeof(link->who), "%s", who);
	(void)snprintf(link->state, sizeof(link->state), "%s", state);
	link->tid = tid;
	link->ns = ns;
}

static struct finding *add_finding(struct verdict *verdict, enum cause cause, uint64_t ns,
				   const char *kind, const char *name)
{
	struct finding *finding = have(array_push(&verdict->findings));

	finding->cause = cause;
	finding->ns = ns;
	finding->share = (double)ns / (double)verdict->base_ns;
	finding->speedup_limit = (double)verdict->base_ns / (double)(verdict->base_ns - ns);
	finding->confidence = CONFIDENCE_MEDIUM;
	(void)snprintf(finding->subject.kind, sizeof(finding->subject.kind), "%s", kind);
	(void)snprintf(finding->subject.name, sizeof(finding->subject.name), "%s", name);
	return finding;
}

static void add_findings(struct verdict *verdict)
{
	struct finding *finding = add_finding(verdict, CAUSE_FS_SYNC, 8310 * MS, "device", "vda");

	finding->confidence = CONFIDENCE_HIGH;
	add_link(finding, "cp", 4242, "fs.journal", 8310 * MS);
	strcpy(finding->chain.items[0].detail, "jbd2_log_wait_commit");
	add_link(finding, "jbd2/vda-8", 77, "fs.sync", 8290 * MS);
	add_link(finding, "vda", 0, "disk.device", 8290 * MS);
	assert_int_equal(
		text_add(&finding->evidence, "%d flushes of vda, median 38 ms, p99 61 ms", 213), 0);
	assert_int_equal(
		text_add(
			&finding->evidence,
			"each commit of the journal wrote 3 blocks → 1 flush; the device's write cache is "
			"volatile, so that every fsync waits for the medium"),
		0);
	assert_int_equal(text_add(&finding->advice, "%s", cause_advice(CAUSE_FS_SYNC)), 0);

	finding =
		add_finding(verdict, CAUSE_CPU_USER, 900 * MS, "function", "copy\033[2J_block\xff");
	add_link(finding, "evil\nname", 4243, "running", 900 * MS);
	assert_int_equal(text_add(&finding->evidence, "91 samples, 64 of them in \u202egnp.exe"),
			 0);

	(void)add_finding(verdict, CAUSE_CPU_RUNQUEUE, 90 * MS, "thread", "postgres (4711)");
	(void)add_finding(verdict, CAUSE_CPU_KERNEL, 3 * MS, "", "");
}

static void add_threads(struct verdict *verdict)
{
	for (uint32_t i = 0; i < 23; i++) {
		struct thread_account *thread = have(array_push(&verdict->threads));

		thread->tid = 4242 + i;
		thread->tgid = 4242;
		thread->is_target = true;
		(void)snprintf(thread->comm, sizeof(thread->comm), i == 1 ? "evil\nname" : "cp-%u",
			       i);
		thread->wall_ns = 10020 * MS;
		thread->user_ns = (910 - 30 * (uint64_t)i) * MS;
		thread->kernel_ns = 41 * MS;
		thread->irq_ns = i == 0 ? 812345 : 0;
		thread->queue_ns = 90 * MS;
		thread->blocked_ns[CAUSE_FS_JOURNAL] = 8310 * MS;
		thread->blocked_ns[CAUSE_LOCK_KERNEL] = 12 * MS;
		thread->blocked_ns[CAUSE_MEM_DIRTY_THROTTLE] = i * MS;
		thread->unknown_ns = thread->wall_ns - thread->user_ns - thread->kernel_ns -
				     thread->irq_ns - thread->queue_ns - (8322 + i) * MS;
		verdict->wall_ns += thread->wall_ns;
	}
}

struct verdict *sample_command(void)
{
	struct verdict *verdict = have(calloc(1, sizeof(*verdict)));
	struct loss_count *loss;

	*verdict = (struct verdict){
		.target = TARGET_COMMAND,
		.name = "cp",
		.pid = 4242,
		.has_exit_status = true,
		.window_ns = 10020 * MS,
		.base_ns = 10020 * MS,
		.base_words = "the command's wall time",
		.unknown_ns = 717 * MS,
		.lost_events = 1234,
		.next_command = "slowpath -p 77",
	};
	add_findings(verdict);
	add_threads(verdict);
	loss = have(array_push(&verdict->losses));
	*loss = (struct loss_count){ "scheduler switches", 1200 };
	loss = have(array_push(&verdict->losses));
	*loss = (struct loss_count){ "stacks", 34 };
	assert_int_equal(
		text_add(&verdict->not_seen,
			 "single kernel functions: this kernel has neither kprobes nor fentry"),
		0);
	assert_int_equal(text_add(&verdict->how, "scheduler: tp_btf"), 0);
	assert_int_equal(text_add(&verdict->how, "block: tp_btf"), 0);
	assert_int_equal(text_add(&verdict->how, "on-CPU: cpu-clock at 99 Hz"), 0);
	return verdict;
}

struct verdict *sample_idle_machine(void)
{
	struct verdict *verdict = have(calloc(1, sizeof(*verdict)));

	*verdict = (struct verdict){
		.target = TARGET_MACHINE,
		.window_ns = 10000 * MS,
		.was_interrupted = true,
	};
	return verdict;
}
