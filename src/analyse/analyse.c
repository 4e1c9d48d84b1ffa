/* Why was it slow? Each event goes to the part that it concerns. */
#include "analyse/analyse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/account.h"
#include "analyse/crash.h"
#include "analyse/forget.h"
#include "analyse/state.h"
#include "analyse/verdict.h"
#include "analyse/words.h"
#include "base/array.h"

#define FACTS_MAX      256u
#define LOCK_NAMES_MAX 65536u
#define LIMITS_MAX     65536u

/* No watch lasts longer (six days): so no sum over all threads of a watch can overflow. */
#define WATCH_NS_MAX (1ULL << 49)

/* So that the first spans can be followed freely. */
#define CREDIT_AT_BEGIN (1u << 20)

int analysis_new(struct analysis **ret)
{
	struct analysis *analysis = calloc(1, sizeof(*analysis));

	if (!analysis)
		return -ENOMEM;
	analysis->credit = CREDIT_AT_BEGIN;
	*ret = analysis;
	return 0;
}

void analysis_free(struct analysis **analysis)
{
	struct analysis *old = *analysis;

	if (!old)
		return;
	tasks_free(&old->tasks);
	classes_free(&old->classes);
	requests_free(&old->requests);
	cpus_free(&old->cpus);
	paths_free(&old->paths);
	ledger_free(&old->ledger);
	samples_free(&old->samples);
	slices_free(&old->slices);
	crashes_free(&old->crashes);
	klog_free(&old->klog);
	hash_free(&old->digests.index);
	hash_free(&old->lock_names);
	hash_free(&old->limits);
	free(old->dues.ring);
	array_free(&old->watch.facts);
	names_free(&old->names);
	free(old);
	*analysis = NULL;
}

static int take_fact(struct analysis *analysis, const struct event_fact *event)
{
	struct watch *watch = &analysis->watch;
	struct fact *fact;

	if (watch->facts.count >= FACTS_MAX)
		return 0;
	fact = array_push(&watch->facts);
	if (!fact)
		return -ENOMEM;
	fact->key = names_put(&analysis->names, event->text, event->key_bytes);
	fact->value =
		names_put(&analysis->names, event->text + event->key_bytes, event->value_bytes);
	return 0;
}

static int take_watch(struct analysis *analysis, const struct event_watch *event)
{
	struct watch *watch = &analysis->watch;

	if (watch->is_seen)
		return 0;
	watch->is_seen = true;
	watch->target = event->target == WATCH_PROCESS || event->target == WATCH_COMMAND
				? (enum watch_target)event->target
				: WATCH_MACHINE;
	watch->pid = event->pid;
	watch->cpus = event->cpus;
	watch->begin_ns = event->head.time_ns;
	analysis->slices.begin_ns = watch->begin_ns;
	watch->name = names_put(&analysis->names, event->name, sizeof(event->name));
	cpus_plan(&analysis->cpus, event->cpus);
	return account_watch(analysis);
}

static int take_watch_end(struct analysis *analysis, const struct event_watch_end *event)
{
	struct watch *watch = &analysis->watch;

	if (watch->has_ended)
		return 0;
	watch->has_ended = true;
	watch->end_ns = event->head.time_ns;
	watch->end_flags = event->flags;
	watch->exit_status = event->exit_status;
	return 0;
}

/* The process that a thread's deeds are counted for; 0: none. */
static uint32_t find_process(struct analysis *analysis, uint32_t tid, bool *ret_is_kernel)
{
	const struct thread *thread = tasks_find(&analysis->tasks, tid);

	*ret_is_kernel = thread && thread_is_kernel(thread);
	return thread ? tasks_process_name(&analysis->tasks, &analysis->names, thread) : 0;
}

/* Count a sample for each mark of a stack or thread. */
static int count_marks(struct analysis *analysis, enum tally_kind kind, uint32_t process,
		       struct heat_piece marks, const struct tally *amount)
{
	int r = 0;

	for (uint32_t i = 0; i < marks.count && r == 0; i++)
		r = samples_add(&analysis->samples, kind, process,
				analysis->classes.heat.list.items[marks.first + i], amount);
	return r;
}

static int take_heat(struct analysis *analysis, const struct event_sample *event, bool in_kernel,
		     uint32_t process, const struct tally *amount)
{
	const struct thread *thread = tasks_find(&analysis->tasks, event->tid);
	enum tally_kind kind = in_kernel ? TALLY_KERNEL_HEAT : TALLY_USER_HEAT;
	struct heat_piece marks =
		classes_marks(&analysis->classes, in_kernel ? event->stack : event->user_stack);
	int r = count_marks(analysis, kind, process, marks, amount);

	if (r < 0 || !thread)
		return r;
	r = heat_mark_thread(&analysis->classes.heat, &analysis->names, thread->comm, &marks);
	return r < 0 ? r : count_marks(analysis, kind, process, marks, amount);
}

static int take_sample(struct analysis *analysis, const struct event_sample *event)
{
	const struct tally amount = { .count = 1, .ns = event->weight_ns };
	bool is_kernel;
	uint32_t process = find_process(analysis, event->tid, &is_kernel);
	uint32_t function = classes_function(&analysis->classes,
					     event->stack ? event->stack : event->user_stack);

	/* Each hit of a tracepoint, told one by one, says nothing of how long anything took. */
	if (event->sampler && !event->weight_ns && event->period <= 1)
		return 0;
	if (take_heat(analysis, event, event->stack || is_kernel, process, &amount) < 0)
		return -ENOMEM;
	analysis->watch.sample_events++;
	if (event->stack || is_kernel)
		return samples_add(&analysis->samples, TALLY_KERNEL, process, function, &amount);
	analysis->watch.user_samples++;
	analysis->watch.user_samples_unnamed += !function;
	return samples_add(&analysis->samples, TALLY_USER, process, function, &amount);
}

static void take_sampler(struct analysis *analysis, const struct event_sampler *event)
{
	struct watch *watch = &analysis->watch;
	uint32_t name = names_put(&analysis->names, event->name, sizeof(event->name));

	watch->has_samplers |= watch->sampler && watch->sampler != name;
	watch->sampler = name;
}

static int take_calls(struct analysis *analysis, uint32_t tid, int32_t number,
		      const struct tally *amount)
{
	bool is_kernel;
	uint32_t process = find_process(analysis, tid, &is_kernel);

	if (number < 0)
		return 0;
	return samples_add(&analysis->samples, TALLY_SYSCALL, process, (uint32_t)number, amount);
}

static int take_syscall(struct analysis *analysis, const struct event_syscall *event)
{
	const struct tally amount = {
		.count = 1,
		.ns = event->head.time_ns > event->start_ns ? event->head.time_ns - event->start_ns
							    : 0,
	};

	int r = account_call(analysis, event);

	return r < 0 ? r : take_calls(analysis, event->tid, event->number, &amount);
}

static int take_syscall_sum(struct analysis *analysis, const struct event_syscall_sum *event)
{
	const struct tally amount = { .count = event->count, .ns = event->total_ns };

	return take_calls(analysis, event->tid, event->number, &amount);
}

#define LOCK_FLAG_SPIN 1u

/* Only spinning is counted here: a wait that slept is told as a wait. */
static int take_lock(struct analysis *analysis, const struct event_lock *event)
{
	const struct tally amount = {
		.count = 1,
		.ns = event->head.time_ns > event->start_ns ? event->head.time_ns - event->start_ns
							    : 0,
	};
	bool is_kernel;
	uint32_t process = find_process(analysis, event->tid, &is_kernel);

	if (!(event->flags & LOCK_FLAG_SPIN))
		return 0;
	return samples_add(&analysis->samples, TALLY_SPIN, process,
			   classes_function(&analysis->classes, event->stack), &amount);
}

/* Only what says more than "a mutex": that it is some process's mmap_lock, its callers tell, too.
 */
static int take_lock_name(struct analysis *analysis, const struct event_lock_name *event)
{
	uint64_t *name;

	if (!event->lock || (event->kind != LOCK_NAME_STATIC && event->kind != LOCK_NAME_FIELD) ||
	    analysis->lock_names.count >= LOCK_NAMES_MAX)
		return 0;
	name = hash_put(&analysis->lock_names, event->lock);
	if (!name)
		return -ENOMEM;
	*name = names_put(&analysis->names, event->name, event->name_bytes);
	return 0;
}

/* The others are of looks: who waits is told by spans here. */
static int take_relation(struct analysis *analysis, const struct event_relation *event)
{
	uint64_t *name;

	if (event->kind != RELATION_LIMIT || analysis->limits.count >= LIMITS_MAX)
		return 0;
	name = hash_put(&analysis->limits, event->tid);
	if (!name)
		return -ENOMEM;
	*name = names_put(&analysis->names, event->name, event->name_bytes);
	return 0;
}

static void take_counter(struct analysis *analysis, const struct event_counter *event)
{
	struct watch *watch = &analysis->watch;

	if (event->key != COUNTER_STEAL_NS)
		return;
	if (!watch->has_steal)
		watch->first_steal_ns = event->value;
	watch->has_steal = true;
	watch->last_steal_ns = event->value;
}

static void take_loss(struct analysis *analysis, const struct event_loss *event)
{
	if (event->what < LOSS_KINDS)
		analysis->watch.losses[event->what] += event->count;
	else
		analysis->watch.other_losses += event->count;
}

static int take_stack(struct analysis *analysis, const struct event_stack *event)
{
	int r = crash_take_stack(analysis, event);

	return r < 0 ? r : classes_take_stack(&analysis->classes, &analysis->names, event);
}

static int take_request(struct analysis *analysis, const struct event_request *event)
{
	forget_for_requests(analysis);
	return requests_take(&analysis->requests, &analysis->names, event,
			     classes_symbol(&analysis->classes, event->work));
}

static int dispatch(struct analysis *analysis, const void *event, enum event_kind kind)
{
	switch (kind) {
	case EVENT_FACT:
		return take_fact(analysis, event);
	case EVENT_WATCH:
		return take_watch(analysis, event);
	case EVENT_WATCH_END:
		return take_watch_end(analysis, event);
	case EVENT_TASK:
		return account_task(analysis, event);
	case EVENT_TASK_END:
		account_task_end(analysis, event);
		crash_take_end(analysis, event);
		return 0;
	case EVENT_RELATION:
		return take_relation(analysis, event);
	case EVENT_TITLE:
		tasks_title(&analysis->tasks, &analysis->names, event);
		return 0;
	case EVENT_SYMBOL:
		return classes_take_symbol(&analysis->classes, &analysis->names, event);
	case EVENT_STACK:
		return take_stack(analysis, event);
	case EVENT_DEVICE:
		return requests_take_device(&analysis->requests, &analysis->names, event);
	case EVENT_CGROUP:
		return account_cgroup(analysis, (const void *)event);
	case EVENT_FILE:
		return requests_take_file(&analysis->requests, &analysis->names, event);
	case EVENT_RUN:
		return account_run(analysis, event);
	case EVENT_WAIT:
		return account_wait(analysis, event);
	case EVENT_QUEUE:
		return account_queue(analysis, event);
	case EVENT_SAMPLE:
		return take_sample(analysis, event);
	case EVENT_SYSCALL:
		return take_syscall(analysis, event);
	case EVENT_SYSCALL_SUM:
		return take_syscall_sum(analysis, event);
	case EVENT_REQUEST:
		return take_request(analysis, event);
	case EVENT_LOCK:
		return take_lock(analysis, event);
	case EVENT_COUNTER:
		take_counter(analysis, event);
		return 0;
	case EVENT_LOSS:
		take_loss(analysis, event);
		return 0;
	case EVENT_SAMPLER:
		take_sampler(analysis, event);
		return 0;
	case EVENT_SIGNAL:
		return crash_take_signal(analysis, event);
	case EVENT_MAPPING:
	case EVENT_PLACE:
	case EVENT_USAGE:
	case EVENT_THREAD:
		return 0; /* a profile's */
	case EVENT_LOG:
		return klog_take(&analysis->klog, &analysis->names, event);
	case EVENT_LOCK_NAME:
		return take_lock_name(analysis, event);
	case EVENT_LOCK_CLASS: /* a lock report's, and so on */
	case EVENT_LOCK_SITE:
	case EVENT_IO:
	case EVENT_TALLY:
	case EVENT_CALL:
	case EVENT_GUEST_EXIT:
	case EVENT_CALLEE:
		return 0;
	}
	return 0;
}

/* Is the event's time one that can be? The clock then stands there, unless it is ahead already. */
static bool advance_clock(struct analysis *analysis, const struct event *event)
{
	const struct watch *watch = &analysis->watch;

	if (!watch->is_seen) {
		if (event->kind == EVENT_WATCH)
			analysis->now_ns = event->time_ns;
		return true;
	}
	if (event->time_ns > watch->begin_ns && event->time_ns - watch->begin_ns > WATCH_NS_MAX)
		return false;
	if (event->time_ns > analysis->now_ns)
		analysis->now_ns = event->time_ns;
	return true;
}

void analysis_charge_all(struct analysis *analysis)
{
	analysis->charges_all = true;
}

void analysis_charge_others(struct analysis *analysis)
{
	analysis->charges_all = true;
	analysis->spares_first = true;
}

int analysis_take(void *self, const struct event *event, struct diag *why)
{
	struct analysis *analysis = self;
	int r;

	if (!event_kind_name(event->kind) || !event_is_sound(event, event->bytes))
		return 0;
	if (!advance_clock(analysis, event)) {
		analysis->watch.losses[LOSS_LATE]++;
		return 0;
	}
	account_advance(analysis);
	r = dispatch(analysis, event, (enum event_kind)event->kind);
	if (r == 0 && analysis->names.is_out_of_memory)
		r = -ENOMEM;
	if (r == 0)
		r = analysis->error;
	return r < 0 ? diag_set(why, r, "no memory left to analyse the events") : 0;
}

/* Who sees no switches cannot say where the time went. */
static int check_is_whole(const struct analysis *analysis, struct diag *why)
{
	static const struct {
		const char *fact;
		const char *of;
		const char *command;
	} PARTS[] = {
		{ "facility.calls", "system calls", "syscalls" },
		{ "facility.files", "operations on files", "files" },
		{ "facility.block", "block requests", "disk" },
	};

	if (words_fact(analysis, "facility.scheduler")[0])
		return 0;
	for (size_t i = 0; i < array_count(PARTS); i++) {
		if (words_fact(analysis, PARTS[i].fact)[0])
			return diag_set(why, -ENODATA,
					"only %s were watched, too little for a verdict: 'slowpath "
					"%s -i FILE' tells them; 'slowpath record' watches all",
					PARTS[i].of, PARTS[i].command);
	}
	return 0;
}

int analysis_verdict(struct analysis *analysis, struct verdict **ret, struct diag *why)
{
	int r;

	if (!analysis->watch.is_seen)
		return diag_set(why, -ENODATA, "nothing was watched: there is nothing to judge");
	r = check_is_whole(analysis, why);
	if (r < 0)
		return r;
	account_finish(analysis);
	r = analysis->error;
	if (r == 0)
		r = verdict_make(analysis, ret);
	return r < 0 ? diag_set(why, r, "no memory left for the verdict") : 0;
}
