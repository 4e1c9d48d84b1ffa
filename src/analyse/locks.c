/* Which locks were fought for? The events go to the analysis, which knows who is who and what the
 * holders did, and to the tables of locks. */
#include "analyse/locks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/account.h"
#include "analyse/lock_classes.h"
#include "analyse/lock_report.h"
#include "analyse/walk.h"

#define FACT_NOTES_MAX 16

struct locksmith {
	struct analysis *analysis;
	struct lock_paths paths;
	struct lock_waits waits;
	struct class_looks looks;
	char version[16];         /* of the kernel's statistics */
	ARRAY(struct text) notes; /* on how they could be read */
	int error;                /* sticky: memory ran out inside a walk */
};

/* --- what was done meanwhile --- */

/* What the end of the chain did, and who it was where that is not the holder itself. */
static uint32_t detail_of(const struct walk *walk, const struct leaf *leaf)
{
	struct names *names = &walk->analysis->names;
	const struct step *first = &leaf->steps[0];
	const struct step *last = &leaf->steps[leaf->step_count ? leaf->step_count - 1 : 0];
	const char *what = names_text(names, first->detail);
	const char *who = "";
	char text[160];

	if (!leaf->step_count)
		return 0;
	if (walk->depth > 1 && first->who_kind != walk->hops[1].thread->name_kind)
		who = names_text(names, first->who_kind);
	if (last != first && !last->tid)
		what = names_text(names, last->who); /* a device */
	(void)snprintf(text, sizeof(text), "%.32s%s%.100s", who, who[0] && what[0] ? ": " : "",
		       what);
	return names_put(names, text, strlen(text));
}

static void hear(void *self, const struct walk *walk, const struct leaf *leaf, uint64_t ns)
{
	struct locksmith *smith = self;
	const struct span *span = walk->span;
	uint64_t key = 0;

	if (span->kind != SPAN_WAIT || span->flags & SPAN_REQUEST || !span->lock || !walk->depth)
		return;
	key = (uint64_t)leaf->charge.cause << 32 | detail_of(walk, leaf);
	if (lock_waits_take_doing(&smith->waits, lock_is_user(span->lock) ? walk->thread->tgid : 0,
				  span->lock, key, ns) < 0)
		smith->error = -ENOMEM;
}

/* --- events --- */

int locksmith_new(struct locksmith **ret)
{
	struct locksmith *smith = calloc(1, sizeof(*smith));

	if (!smith || analysis_new(&smith->analysis) < 0) {
		free(smith);
		return -ENOMEM;
	}
	analysis_charge_all(smith->analysis);
	smith->analysis->listener = (struct listener){ .hear = hear, .self = smith };
	*ret = smith;
	return 0;
}

void locksmith_free(struct locksmith **smith)
{
	struct locksmith *old = *smith;

	if (!old)
		return;
	analysis_free(&old->analysis);
	lock_paths_free(&old->paths);
	lock_waits_free(&old->waits);
	class_looks_free(&old->looks);
	for (size_t i = 0; i < old->notes.count; i++)
		free(old->notes.items[i].words);
	array_free(&old->notes);
	free(old);
	*smith = NULL;
}

static bool is_fact(const struct event_fact *fact, const char *key)
{
	return fact->key_bytes == strlen(key) && memcmp(fact->text, key, fact->key_bytes) == 0;
}

static int take_fact(struct locksmith *smith, const struct event_fact *fact)
{
	const char *value = fact->text + fact->key_bytes;

	if (is_fact(fact, "lock_stat.version"))
		(void)snprintf(smith->version, sizeof(smith->version), "%.*s", fact->value_bytes,
			       value);
	if (smith->notes.count >= FACT_NOTES_MAX)
		return 0;
	if (is_fact(fact, "lock_stat.warning"))
		return text_add(&smith->notes, "the kernel's statistics say: %.*s",
				fact->value_bytes, value);
	if (is_fact(fact, "lock_stat.damage"))
		return text_add(&smith->notes, "the kernel's statistics are not whole: %.*s",
				fact->value_bytes, value);
	return 0;
}

/* The process of a thread of the target; 0: it is none. */
static const struct thread *target_thread(const struct locksmith *smith, uint32_t tid)
{
	const struct thread *thread = tasks_find(&smith->analysis->tasks, tid);

	return thread && thread->is_target ? thread : NULL;
}

static int take_name(struct locksmith *smith, const struct event_lock_name *event)
{
	return lock_waits_take_name(
		&smith->waits, event,
		names_put(&smith->analysis->names, event->name, event->name_bytes));
}

static int take_wait(struct locksmith *smith, const struct event_wait *event)
{
	const struct thread *thread = target_thread(smith, event->tid);

	smith->waits.is_machine = smith->analysis->watch.target == WATCH_MACHINE;
	return thread ? lock_waits_take_wait(&smith->waits, event, thread->tgid) : 0;
}

/* Not a switch over all kinds: all but these few are the analysis's alone. */
static int dispatch(struct locksmith *smith, const struct event *event)
{
	const void *any = event;

	if (event->kind == EVENT_FACT)
		return take_fact(smith, any);
	if (event->kind == EVENT_STACK)
		return lock_paths_take(&smith->paths, &smith->analysis->classes,
				       &smith->analysis->names, any);
	if (event->kind == EVENT_LOCK &&
	    target_thread(smith, ((const struct event_lock *)any)->tid))
		return lock_waits_take_lock(&smith->waits, any);
	if (event->kind == EVENT_WAIT)
		return take_wait(smith, any);
	if (event->kind == EVENT_SYSCALL)
		return lock_waits_take_syscall(&smith->waits, any);
	if (event->kind == EVENT_LOCK_NAME)
		return take_name(smith, any);
	if (event->kind == EVENT_LOCK_CLASS)
		return class_looks_take(&smith->looks, any);
	if (event->kind == EVENT_LOCK_SITE)
		return class_looks_take_site(&smith->looks, any);
	return 0;
}

int locksmith_take(void *self, const struct event *event, struct diag *why)
{
	struct locksmith *smith = self;
	int r;

	if (!event_kind_name(event->kind) || !event_is_sound(event, event->bytes))
		return 0;
	r = analysis_take(smith->analysis, event, why);
	if (r < 0)
		return r;
	r = dispatch(smith, event);
	if (r == 0)
		r = smith->error;
	return r < 0 ? diag_set(why, r, "no memory left to tell the locks apart") : 0;
}

/* --- the report --- */

static int make_watch(struct locksmith *smith, struct lock_report *report)
{
	if (!smith->analysis->watch.is_seen)
		return 0;
	account_finish(smith->analysis);
	if (smith->error || smith->analysis->error)
		return -ENOMEM;
	return lock_report_watch(smith->analysis, &smith->waits, &smith->paths, report);
}

static int add_notes(const struct locksmith *smith, struct lock_report *report)
{
	int r = 0;

	for (size_t i = 0; i < smith->notes.count && r == 0; i++)
		r = text_add(&report->notes, "%s", smith->notes.items[i].words);
	return r;
}

static int make_classes(struct locksmith *smith, struct locksmith *before,
			struct lock_report *report)
{
	int r;

	if (!class_looks_are_told(&smith->looks))
		return 0;
	(void)snprintf(report->classes.version, sizeof(report->classes.version), "%s",
		       smith->version);
	r = class_looks_report(&smith->looks, before ? &before->looks : NULL, report);
	return r < 0 ? r : add_notes(smith, report);
}

static int check(const struct locksmith *smith, const struct locksmith *before, struct diag *why)
{
	if (!smith->analysis->watch.is_seen && !class_looks_are_told(&smith->looks))
		return diag_set(why, -ENODATA, "there is nothing about locks in it");
	if (before &&
	    (!class_looks_are_told(&smith->looks) || !class_looks_are_told(&before->looks)))
		return diag_set(why, -ENODATA,
				"only the kernel's lock statistics can be compared: two copies of "
				"/proc/lock_stat");
	return 0;
}

int locksmith_report(struct locksmith *smith, struct locksmith *before, enum lock_order order,
		     struct lock_report **ret, struct diag *why)
{
	owns(lock_report_free) struct lock_report *report = NULL;
	int r = check(smith, before, why);

	if (r < 0)
		return r;
	report = calloc(1, sizeof(*report));
	if (!report)
		return diag_set(why, -ENOMEM, "out of memory");
	report->order = order;
	r = make_watch(smith, report);
	if (r == 0)
		r = make_classes(smith, before, report);
	if (r < 0)
		return diag_set(why, r, "out of memory");
	*ret = give(report);
	return 0;
}
