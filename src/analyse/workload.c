/* What did the programs ask of their files? The events go to those who count; at the end the model
 * is made of what they saw. */
#include "analyse/workload.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/workload_state.h"

/* File systems whose files have no content of their own that is kept. */
static const char *const OUTSIDE[] = {
	"anon_inodefs", "bpf",       "cgroup", "cgroup2", "configfs", "debugfs", "devpts",
	"efivarfs",     "mqueue",    "nsfs",   "pidfs",   "pipefs",   "proc",    "pstore",
	"securityfs",   "selinuxfs", "sockfs", "sysfs",   "tracefs",
};

/* Devices that read and write nothing. */
static const char *const EMPTY_DEVICES[] = {
	"console", "full", "kmsg", "null", "ptmx", "random", "tty", "urandom", "zero",
};

int modeller_new(const struct modeller_options *options, struct modeller **ret)
{
	struct modeller *modeller = calloc(1, sizeof(*modeller));

	if (!modeller)
		return -ENOMEM;
	modeller->options = *options;
	*ret = modeller;
	return 0;
}

static void free_actor(struct actor *actor)
{
	array_free(&actor->held);
	pace_free(&actor->pace);
	free(actor);
}

void modeller_free(struct modeller **modeller)
{
	struct modeller *old = *modeller;

	*modeller = NULL;
	if (!old)
		return;
	for (size_t i = 0; i < old->actors.count; i++)
		free_actor(old->actors.items[i]);
	for (size_t i = 0; i < old->visits.count; i++)
		visit_free(old->visits.items[i]);
	texts_free(old->missing.items, old->missing.count);
	array_free(&old->missing);
	array_free(&old->actors);
	array_free(&old->visits);
	array_free(&old->files);
	hash_free(&old->by_actor);
	hash_free(&old->by_kin);
	hash_free(&old->by_visit);
	hash_free(&old->by_written);
	hash_free(&old->by_file);
	tasks_free(&old->tasks);
	names_free(&old->names);
	free(old);
}

/* --- events --- */

static bool is_one_of(const char *text, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(text, list[i]) == 0)
			return true;
	}
	return false;
}

static int take_file(struct modeller *modeller, const struct event_file *event)
{
	uint64_t key = hash_pair(event->dev, event->inode);
	uint64_t *number = hash_find(&modeller->by_file, key);
	char fs_type[sizeof(event->fs_type) + 1] = "", name[64] = "";
	struct file_known *file;

	memcpy(fs_type, event->fs_type, sizeof(event->fs_type));
	(void)snprintf(name, sizeof(name), "%.*s", event->name_bytes, event->name);
	if (number) {
		file = &modeller->files.items[*number - 1];
	} else {
		if (modeller->files.count >= FILES_MAX)
			return 0;
		number = hash_put(&modeller->by_file, key);
		file = number ? array_push(&modeller->files) : NULL;
		if (!file)
			return -ENOMEM;
		*number = modeller->files.count;
	}
	file->name = names_put(&modeller->names, event->name, event->name_bytes);
	file->fs_type = names_put(&modeller->names, fs_type, strlen(fs_type));
	file->is_outside = is_one_of(fs_type, OUTSIDE, array_count(OUTSIDE)) ||
			   (strcmp(fs_type, "devtmpfs") == 0 &&
			    is_one_of(name, EMPTY_DEVICES, array_count(EMPTY_DEVICES)));
	return 0;
}

static bool begins(const struct event_fact *fact, const char *key)
{
	return fact->key_bytes >= strlen(key) && memcmp(fact->text, key, strlen(key)) == 0;
}

static int take_fact(struct modeller *modeller, const struct event_fact *fact)
{
	/* Names of functions are not wanted here. */
	if (!begins(fact, "missing.") || begins(fact, "missing.perf_mmap") ||
	    modeller->missing.count >= MISSING_MAX)
		return 0;
	modeller->is_blind |= begins(fact, "missing.block_");
	return text_add(&modeller->missing, "%.*s", fact->value_bytes,
			fact->text + fact->key_bytes);
}

static void take_task_end(struct modeller *modeller, const struct event_task_end *event)
{
	struct thread *thread = tasks_find(&modeller->tasks, event->tid);

	if (thread)
		thread->death_ns = event->head.time_ns;
}

/* Told beside a sample only. */
static void take_tally(struct modeller *modeller, const struct event_tally *tally)
{
	uint32_t operation = tally->operation & 0xffff;

	if (tally->what == TALLY_FILES && (operation == IO_READ || operation == IO_WRITE))
		modeller->tallied += tally->count;
}

double modeller_untold(const struct modeller *modeller)
{
	uint64_t untold = modeller->losses[LOSS_IO];

	if (modeller->tallied > modeller->operations)
		untold += modeller->tallied - modeller->operations;
	return (double)untold / (double)(modeller->operations + 1);
}

static int take_one(struct modeller *modeller, const struct event *event)
{
	const void *whole = event;
	struct thread *thread;
	int r;

	if (event->kind == EVENT_IO)
		return visits_take(modeller, whole);
	if (event->kind == EVENT_FILE)
		return take_file(modeller, whole);
	if (event->kind == EVENT_FACT)
		return take_fact(modeller, whole);
	if (event->kind == EVENT_TALLY)
		take_tally(modeller, whole);
	if (event->kind == EVENT_TASK_END)
		take_task_end(modeller, whole);
	if (event->kind == EVENT_TASK) {
		r = tasks_tell(&modeller->tasks, &modeller->names, whole, &thread);
		return r < 0 ? r : 0;
	}
	if (event->kind == EVENT_WATCH) {
		modeller->watch = *(const struct event_watch *)whole;
		modeller->is_seen = true;
		modeller->begin_ns = event->time_ns;
	}
	if (event->kind == EVENT_LOSS) {
		const struct event_loss *loss = whole;

		if (loss->what < MODELLER_LOSSES)
			modeller->losses[loss->what] += loss->count;
	}
	return 0;
}

int modeller_take(void *self, const struct event *event, struct diag *why)
{
	struct modeller *modeller = self;
	int r;

	if (!event_kind_name(event->kind) || !event_is_sound(event, event->bytes))
		return 0;
	if (event->time_ns > modeller->end_ns)
		modeller->end_ns = event->time_ns;
	r = take_one(modeller, event);
	if (r == 0 && modeller->names.is_out_of_memory)
		r = -ENOMEM;
	return r < 0 ? diag_set(why, r, "no memory left to look at the workload") : 0;
}

/* --- at the end --- */

static void tell_target(const struct modeller *modeller, struct workload *workload)
{
	const struct event_watch *watch = &modeller->watch;

	workload->target = watch->target == WATCH_COMMAND   ? TARGET_COMMAND
			   : watch->target == WATCH_PROCESS ? TARGET_PROCESS
							    : TARGET_MACHINE;
	workload->pid = watch->pid;
	(void)snprintf(workload->name, sizeof(workload->name), "%.*s", (int)sizeof(watch->name) - 1,
		       watch->name);
	if (modeller->end_ns > modeller->begin_ns && modeller->is_seen)
		workload->window_ns = modeller->end_ns - modeller->begin_ns;
	workload->operations = modeller->operations;
	workload->bytes = modeller->bytes;
	workload->outside = modeller->outside;
	workload->lost = modeller->losses[LOSS_IO];
}

static double share_of(const struct modeller *modeller, const struct lane *lane)
{
	const struct visit *sum = &lane->sum;
	double bytes =
		(double)sum->side[WORKLOAD_READ].bytes + (double)sum->side[WORKLOAD_WRITE].bytes;
	double of_bytes = modeller->bytes ? bytes / (double)modeller->bytes : 0;
	double of_count = modeller->operations
				  ? (double)visit_operations(sum) / (double)modeller->operations
				  : 0;

	return of_bytes > of_count ? of_bytes : of_count;
}

static int compare_lanes(const void *left, const void *right, void *modeller)
{
	const struct lane *a = *(const struct lane *const *)left;
	const struct lane *b = *(const struct lane *const *)right;
	double one = share_of(modeller, a), other = share_of(modeller, b);

	if (one < other || one > other)
		return one > other ? -1 : 1;
	return a->actor != b->actor ? (a->actor > b->actor) - (a->actor < b->actor)
				    : (a->busiest > b->busiest) - (a->busiest < b->busiest);
}

static int add_job(struct modeller *modeller, const struct lane *lane, struct workload *workload)
{
	double share = share_of(modeller, lane);
	struct workload_job *job;

	if (share < WORKLOAD_SHARE_MIN || workload->jobs.count >= WORKLOAD_JOBS_MAX) {
		workload->left_out += visit_operations(&lane->sum);
		workload->left_out_bytes +=
			lane->sum.side[WORKLOAD_READ].bytes + lane->sum.side[WORKLOAD_WRITE].bytes;
		return 0;
	}
	job = array_push(&workload->jobs);
	if (!job)
		return -ENOMEM;
	job->share = share;
	return terms_make(modeller, lane, job);
}

/* "fio", "fio-2": no two jobs have the same name. */
static void name_apart(struct workload *workload)
{
	for (size_t i = 0; i < workload->jobs.count; i++) {
		struct workload_job *job = &workload->jobs.items[i];
		char base[WORKLOAD_NAME_BYTES];
		size_t number = 1, k = 0;

		(void)snprintf(base, sizeof(base), "%.40s", job->name);
		while (k < i) {
			if (strcmp(workload->jobs.items[k].name, job->name) != 0) {
				k++;
				continue;
			}
			(void)snprintf(job->name, sizeof(job->name), "%.40s-%zu", base, ++number);
			k = 0;
		}
	}
}

static int make(struct modeller *modeller, struct workload *workload)
{
	owns(workload_lanes_free) struct lanes *lanes = NULL;
	int r = visits_end(modeller);

	if (r == 0)
		r = lanes_make(modeller, &lanes);
	if (r < 0 || !lanes)
		return r;
	tell_target(modeller, workload);
	if (lanes->items.count)
		/* A list of pointers: that is what is meant.
		 * NOLINTNEXTLINE(bugprone-sizeof-expression) */
		qsort_r(lanes->items.items, lanes->items.count, sizeof(*lanes->items.items),
			compare_lanes, modeller);
	for (size_t i = 0; i < lanes->items.count && r == 0; i++)
		r = add_job(modeller, lanes->items.items[i], workload);
	name_apart(workload);
	return r < 0 ? r : workload_notes_make(modeller, workload);
}

int modeller_model(struct modeller *modeller, struct workload **ret, struct diag *why)
{
	owns(workload_free) struct workload *workload = calloc(1, sizeof(*workload));
	int r = workload ? make(modeller, workload) : -ENOMEM;

	if (r < 0)
		return diag_set(why, r, "no memory left for the model of the workload");
	*ret = give(workload);
	return 0;
}
