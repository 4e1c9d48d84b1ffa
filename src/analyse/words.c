/* How is it said? Who is blamed, by which chain, and what to do about it. */
#include "analyse/words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "finding/format.h"

#define HOT_SHARE 0.2 /* of the samples of a process, in user code or in the kernel */

static bool is_cpu(unsigned int cause)
{
	return cause == CAUSE_CPU_USER || cause == CAUSE_CPU_KERNEL;
}

/* With its number where there is only one of that name. */
static struct subject say_process(const struct entry *entry, const char *name)
{
	if (entry->tgid && !entry->has_many_processes)
		return subject_say("process", "%s (%u)", name, entry->tgid);
	return subject_say("process", "%s", name);
}

/* Does it stand for what the process computes? Where all of them are small the process does. */
static bool is_hot(const struct analysis *analysis, const struct tally *function)
{
	struct tally total = samples_total(&analysis->samples, function->kind, function->process);

	return (double)function->count >= HOT_SHARE * (double)total.count;
}

static struct subject say_cpu(const struct analysis *analysis, const struct entry *entry,
			      bool is_brief)
{
	const char *process = names_text(&analysis->names, (uint32_t)entry->blame.id);
	enum tally_kind kind = entry->cause == CAUSE_CPU_USER ? TALLY_USER : TALLY_KERNEL;
	struct tally hottest = {};

	if (!is_brief)
		(void)samples_top(&analysis->samples, kind, (uint32_t)entry->blame.id, &hottest, 1);
	if (hottest.what && is_hot(analysis, &hottest))
		return subject_say("function", "%s", names_text(&analysis->names, hottest.what));
	return say_process(entry, process);
}

static struct subject say_lock(const struct analysis *analysis, const struct entry *entry)
{
	const char *holder = names_text(&analysis->names, entry->blame.holder);
	const struct file *file;
	char what[80];

	if (entry->blame.kind == BLAME_FUTEX) {
		(void)snprintf(what, sizeof(what), entry->blame.id ? "futex 0x%llx" : "futex",
			       (unsigned long long)entry->blame.id);
	} else if (entry->blame.kind == BLAME_FILE) {
		file = requests_get_file(&analysis->requests, (uint32_t)entry->blame.id);
		(void)snprintf(what, sizeof(what), "%s",
			       file && file->name ? names_text(&analysis->names, file->name)
						  : "a file");
	} else {
		(void)snprintf(what, sizeof(what), "%s",
			       entry->blame.id
				       ? names_text(&analysis->names, (uint32_t)entry->blame.id)
				       : "a lock");
	}
	if (!holder[0])
		return subject_say("lock", "%s", what);
	return subject_say("lock", "%s, held by %s", what, holder);
}

/* "vda", or "loop0 on vda". */
static struct subject say_device(struct analysis *analysis, uint32_t dev)
{
	struct requests *requests = &analysis->requests;
	const struct device *device = requests_device(requests, dev);
	uint32_t name = requests_device_name(requests, &analysis->names, dev), lower;

	if (!device || !(device->flags & DEVICE_VIRTUAL) || !device->lower_dev)
		return subject_say("device", "%s", names_text(&analysis->names, name));
	lower = requests_device_name(requests, &analysis->names, device->lower_dev);
	return subject_say("device", "%s on %s", names_text(&analysis->names, name),
			   names_text(&analysis->names, lower));
}

struct subject words_subject(struct analysis *analysis, const struct entry *entry, bool is_brief)
{
	const char *name = names_text(&analysis->names, (uint32_t)entry->blame.id);

	switch (entry->blame.kind) {
	case BLAME_NOBODY:
		return entry->cause == CAUSE_WAIT_IDLE ? subject_say("", "all threads")
						       : subject_say("", "nobody: wake-up latency");
	case BLAME_CPU:
		return say_cpu(analysis, entry, is_brief);
	case BLAME_PROCESS:
		return say_process(entry, name);
	case BLAME_DEVICE:
		return say_device(analysis, (uint32_t)entry->blame.id);
	case BLAME_LOCK:
	case BLAME_FUTEX:
	case BLAME_FILE:
		return say_lock(analysis, entry);
	case BLAME_WAIT:
		return subject_say("wait", "%s",
				   name[0] ? name : cause_title((enum cause)entry->cause));
	case BLAME_CGROUP:
		return subject_say("cgroup", "%s", name);
	case BLAME_CYCLE:
		return subject_say("cycle", "%s", name);
	case BLAME_REST:
		break;
	}
	return subject_say("rest", "all others");
}

static const char *state_name(uint8_t state)
{
	if (state == STEP_RUNNING)
		return "running";
	return state == STEP_RUNNABLE ? "runnable" : cause_id((enum cause)state);
}

static struct path_slot heaviest_path(const struct entry *entry)
{
	struct path_slot heaviest = entry->paths[0];

	for (size_t i = 1; i < ENTRY_SLOTS; i++) {
		const struct path_slot *slot = &entry->paths[i];

		if (slot->ns > heaviest.ns ||
		    (slot->ns == heaviest.ns && slot->ns && slot->path < heaviest.path))
			heaviest = *slot;
	}
	return heaviest;
}

int words_chain(const struct analysis *analysis, const struct entry *entry, struct finding *finding)
{
	struct path_slot path = heaviest_path(entry);
	const struct names *names = &analysis->names;
	const struct step *steps;
	struct link *link;
	size_t count;

	steps = paths_get(&analysis->paths, path.path, &count);
	for (size_t i = 0; i < count; i++) {
		link = array_push(&finding->chain);
		if (!link)
			return -ENOMEM;
		(void)snprintf(link->who, sizeof(link->who), "%s", names_text(names, steps[i].who));
		(void)snprintf(link->state, sizeof(link->state), "%s", state_name(steps[i].state));
		(void)snprintf(link->detail, sizeof(link->detail), "%s",
			       names_text(names, steps[i].detail));
		link->tid = steps[i].tid;
		link->ns = path.ns;
	}
	/* Where the last one ran, the hottest function says at what. */
	if (count && steps[count - 1].state == STEP_RUNNING && is_cpu(entry->cause) &&
	    strcmp(finding->subject.kind, "function") == 0) {
		link = &finding->chain.items[count - 1];
		(void)snprintf(link->detail, sizeof(link->detail), "%.*s",
			       (int)sizeof(link->detail) - 1, finding->subject.name);
	}
	return 0;
}

uint64_t words_samples(const struct analysis *analysis, const struct entry *entry)
{
	if (entry->blame.kind != BLAME_CPU)
		return 0;
	return samples_total(&analysis->samples, TALLY_USER, (uint32_t)entry->blame.id).count +
	       samples_total(&analysis->samples, TALLY_KERNEL, (uint32_t)entry->blame.id).count;
}

/* The program itself can be asked for the holder of its lock. */
static int add_program_remedy(const struct analysis *analysis, const struct entry *entry,
			      struct finding *finding)
{
	for (size_t i = 0; i < ENTRY_SLOTS; i++) {
		const struct class *class =
			classes_get(&analysis->classes, entry->details[i].detail.class_id);

		if (entry->details[i].ns && class->is_program)
			return text_add(&finding->advice, "%s",
					program_lock_of_function(
						names_text(&analysis->names, class->function))
						->remedy);
	}
	return 0;
}

int words_advice(struct analysis *analysis, const struct entry *entry, struct finding *finding)
{
	const char *general = cause_advice((enum cause)entry->cause);
	const struct device *device = NULL;
	int r = 0;

	if (general[0])
		r = text_add(&finding->advice, "%s", general);
	if (r == 0 && entry->cause == CAUSE_FS_FUSE && entry->blame.kind == BLAME_PROCESS &&
	    !entry->has_many_processes && entry->tgid)
		r = text_add(&finding->advice, "The daemon is %s: slowpath -p %u.",
			     names_text(&analysis->names, (uint32_t)entry->blame.id), entry->tgid);
	if (r == 0)
		r = add_program_remedy(analysis, entry, finding);
	if (entry->blame.kind == BLAME_DEVICE)
		device = requests_device(&analysis->requests, (uint32_t)entry->blame.id);
	if (r == 0 && device && entry->cause == CAUSE_DISK_QUEUE && device->scheduler)
		r = text_add(&finding->advice, "The queue's scheduler is %s.",
			     names_text(&analysis->names, device->scheduler));
	return r;
}

struct named_text {
	const char *key;
	const char *value;
};

static int compare_texts(const void *left, const void *right)
{
	const struct named_text *a = left, *b = right;
	int order = strcmp(a->key, b->key);

	return order ? order : strcmp(a->value, b->value);
}

/* The facts whose key begins so, by key. */
static int find_facts(const struct analysis *analysis, const char *prefix, void *list,
		      int (*add)(void *list, const struct named_text *text))
{
	const struct watch *watch = &analysis->watch;
	owns(own_free) struct named_text *found = calloc(watch->facts.count + 1, sizeof(*found));
	size_t count = 0;
	int r = 0;

	if (!found)
		return -ENOMEM;
	for (size_t i = 0; i < watch->facts.count; i++) {
		const char *key = names_text(&analysis->names, watch->facts.items[i].key);

		if (strncmp(key, prefix, strlen(prefix)) != 0)
			continue;
		found[count].key = key + strlen(prefix);
		found[count++].value = names_text(&analysis->names, watch->facts.items[i].value);
	}
	qsort(found, count, sizeof(*found), compare_texts);
	for (size_t i = 0; i < count && r == 0; i++)
		r = add(list, &found[i]);
	return r;
}

static int add_missing(void *list, const struct named_text *text)
{
	return text_add(list, "%s", text->value);
}

int words_missing(const struct analysis *analysis, void *texts)
{
	return find_facts(analysis, "missing.", texts, add_missing);
}

static int add_facility(void *list, const struct named_text *text)
{
	return text_add(list, "%s: %s", text->key, text->value);
}

#define UNKNOWN_SHOWN 3

static int add_unknown_waits(const struct analysis *analysis, struct verdict *verdict)
{
	struct tally top[UNKNOWN_SHOWN];
	size_t count = samples_top(&analysis->samples, TALLY_UNKNOWN, 0, top, UNKNOWN_SHOWN);
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i++)
		r = text_add(&verdict->not_seen,
			     "what the waits in %s were for (%s in all): no rule knows it",
			     names_text(&analysis->names, top[i].what),
			     format_duration(top[i].ns).text);
	return r;
}

static int add_computed(const struct analysis *analysis, struct verdict *verdict)
{
	const struct watch *watch = &analysis->watch;
	int r = 0;

	if (watch->user_samples && watch->user_samples_unnamed * 2 > watch->user_samples)
		r = text_add(
			&verdict->not_seen,
			"functions of programs: %s of %s samples in user code have no name (stripped, or "
			"built without frame pointers)",
			format_count(watch->user_samples_unnamed).text,
			format_count(watch->user_samples).text);
	if (r == 0 && analysis->classes.stackless_waits)
		r = text_add(
			&verdict->not_seen,
			"what %s waits were for by themselves: no stack was taken of them, nor of a like one",
			format_count(analysis->classes.stackless_waits).text);
	if (r == 0 && analysis->chains_cut)
		r = text_add(
			&verdict->not_seen,
			"the end of %s chains of waits: too long to follow; their time is unknown",
			format_count(analysis->chains_cut).text);
	return r;
}

static int add_loss(struct verdict *verdict, const char *what, uint64_t count)
{
	struct loss_count *loss;

	if (!count)
		return 0;
	loss = array_push(&verdict->losses);
	if (!loss)
		return -ENOMEM;
	(void)snprintf(loss->what, sizeof(loss->what), "%s", what);
	loss->count = count;
	return 0;
}

int words_limits(const struct analysis *analysis, struct verdict *verdict)
{
	const struct watch *watch = &analysis->watch;
	uint64_t count;
	int r = words_missing(analysis, &verdict->not_seen);

	if (r == 0)
		r = add_computed(analysis, verdict);
	if (r == 0)
		r = add_unknown_waits(analysis, verdict);
	if (r == 0)
		r = find_facts(analysis, "facility.", &verdict->how, add_facility);
	for (uint32_t what = 0; what < LOSS_KINDS && r == 0; what++) {
		count = watch->losses[what];
		verdict->lost_events += count;
		/* What this analysis itself forgot or refused is no lost event, but it is missing
		 * all the same. */
		if (what == LOSS_HISTORY)
			count += analysis->forgotten_asked;
		if (what == LOSS_THREAD)
			count += analysis->tasks.refused_count;
		r = add_loss(verdict, event_loss_name(what), count);
	}
	verdict->lost_events += watch->other_losses;
	if (r == 0)
		r = add_loss(verdict, event_loss_name(UINT32_MAX), watch->other_losses);
	return r;
}
