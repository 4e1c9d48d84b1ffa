/* Which operations on which files took how long? Each is looked at once, when it is told; its block
 * requests came before it. */
#include "analyse/files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/files_state.h"

int filer_new(const struct filer_options *options, struct filer **ret)
{
	owns(filer_free) struct filer *filer = calloc(1, sizeof(*filer));

	if (!filer)
		return -ENOMEM;
	filer->options = *options;
	filer->links = calloc(FILER_LINKS, sizeof(*filer->links));
	if (!filer->links)
		return -ENOMEM;
	*ret = give(filer);
	return 0;
}

void filer_free(struct filer **filer)
{
	struct filer *old = *filer;

	*filer = NULL;
	if (!old)
		return;
	filer_rows_free(old);
	filer_links_free(old);
	filer_sleeps_free(old);
	filer_names_free(old);
	array_free(&old->slow);
	free(old);
}

/* A thread that never slept while it made no request was served from memory: its own call has
 * ended by then. Nothing of the kind is known of what others carry out. */
static struct files_source source_of(const struct filer *filer, const struct event_io *io)
{
	struct files_source source = {};

	if (io->requests)
		source.device = 1;
	else if (filer->has_blind_spot || io->engine == IO_AIO || io->engine == IO_URING)
		source.unknown = 1;
	else if (io->flags & IO_WAITED || io->engine == IO_FAULT)
		source.waited = 1;
	else
		source.memory = 1;
	return source;
}

/* Who fills the pages of a file is who has them written back later. */
static void note_writer(struct filer *filer, const struct event_io *io)
{
	struct filer_file *file = filer_find_file(filer, io->dev, io->inode);
	const struct filer_thread *thread = filer_find_thread(filer, io->tid);

	bool fills = io->operation == IO_WRITE || io->operation == IO_COPY;

	if (!file || !thread || !fills || io->flags & IO_DIRECT || io->result <= 0)
		return;
	for (size_t i = 0; i < FILER_WRITERS; i++) {
		if (file->writers[i].comm && file->writers[i].comm != thread->comm)
			continue;
		file->writers[i].comm = thread->comm;
		file->writers[i].bytes += (uint64_t)io->result;
		return;
	}
}

static void count_punted(struct filer *filer, const struct event_io *io)
{
	bool is_transfer = io->operation == IO_READ || io->operation == IO_WRITE;

	if (io->engine != IO_URING || !is_transfer || io->flags & IO_LENGTH_ALONE)
		return;
	filer->uring++;
	filer->punted += io->flags & IO_PUNTED ? 1 : 0;
	filer->punted_buffered += io->flags & IO_PUNTED && !(io->flags & IO_DIRECT) ? 1 : 0;
}

static int take_io(struct filer *filer, const struct event_io *io)
{
	struct filer_slow slow = { .io = *io };
	int r = 0;

	slow.split = filer_split(filer, io, &slow.dev);
	filer_end_sleep(filer, io, &slow.sleep);
	if (io->flags & IO_OPEN_END)
		filer->open++;
	else
		r = filer_add_io(filer, io, &slow.split, source_of(filer, io));
	filer->reap_unseen += io->flags & IO_REAP_UNSEEN ? 1 : 0;
	count_punted(filer, io);
	note_writer(filer, io);
	return r < 0 ? r : filer_keep_slow(filer, &slow);
}

static void take_loss(struct filer *filer, const struct event_loss *loss)
{
	if (loss->what < array_count(filer->losses))
		filer->losses[loss->what] += loss->count;
}

static int take(struct filer *filer, const struct event *event)
{
	const void *whole = event;

	/* Of all kinds of events only these say something about files. */
	if (event->kind == EVENT_IO)
		return take_io(filer, whole);
	if (event->kind == EVENT_REQUEST)
		return filer_take_request(filer, whole);
	if (event->kind == EVENT_TALLY)
		return filer_add_tally(filer, whole);
	if (event->kind == EVENT_FILE)
		return filer_take_file(filer, whole);
	if (event->kind == EVENT_TASK)
		return filer_take_task(filer, whole);
	if (event->kind == EVENT_DEVICE)
		return filer_take_device(filer, whole);
	if (event->kind == EVENT_FACT)
		return filer_take_fact(filer, whole);
	if (event->kind == EVENT_SYMBOL)
		return filer_take_symbol(filer, whole);
	if (event->kind == EVENT_STACK)
		return filer_take_stack(filer, whole);
	if (event->kind == EVENT_WAIT)
		filer_take_wait(filer, whole);
	if (event->kind == EVENT_LOSS)
		take_loss(filer, whole);
	if (event->kind == EVENT_WATCH) {
		memcpy(&filer->watch, event, sizeof(filer->watch));
		filer->is_seen = true;
		filer->maps.begin_ns = event->time_ns;
	}
	return 0;
}

int filer_take(void *self, const struct event *event, struct diag *why)
{
	struct filer *filer = self;
	int r;

	if (!event_kind_name(event->kind) || !event_is_sound(event, event->bytes))
		return 0;
	if (event->time_ns > filer->end_ns)
		filer->end_ns = event->time_ns;
	r = take(filer, event);
	if (r == 0 && filer->names.is_out_of_memory)
		r = -ENOMEM;
	return r < 0 ? diag_set(why, r, "no memory left to look at the files") : 0;
}

/* --- at the end --- */

static enum target_kind target_of(uint32_t watched)
{
	return watched == WATCH_MACHINE   ? TARGET_MACHINE
	       : watched == WATCH_PROCESS ? TARGET_PROCESS
					  : TARGET_COMMAND;
}

static void tell_head(const struct filer *filer, struct files_report *report)
{
	size_t used = 0;

	report->target = target_of(filer->watch.target);
	memcpy(report->name, filer->watch.name, sizeof(report->name) - 1);
	report->pid = filer->watch.pid;
	report->window_ns = filer->end_ns - filer->watch.head.time_ns;
	report->keys = filer->options.keys;
	report->over_ns = filer->options.over_ns;
	for (size_t i = 0; i < report->keys.count; i++) {
		int bytes = snprintf(report->by + used, sizeof(report->by) - used, "%s%s",
				     i ? "," : "", files_key_name(report->keys.items[i]));

		used += bytes > 0 ? (size_t)bytes : 0;
	}
}

static void tell_sums(const struct filer *filer, struct files_report *report)
{
	times_tell(filer->has_tallies ? &filer->all_tallied : &filer->all, &report->all);
	report->source = filer->source;
	report->split = split_told(&filer->split);
	report->requests = filer->requests;
	report->linked = filer->linked;
	report->of_files = filer->of_files;
	report->reap_unseen = filer->reap_unseen;
	report->untimed = filer->all.untimed;
	report->lost = filer->losses[LOSS_IO];
	report->lost_requests = filer->losses[LOSS_REQUEST];
}

static const char *type_name(void *filer, uint64_t type)
{
	const struct filer *of = filer;
	const char *name = names_text(&of->names, (uint32_t)type);

	return name[0] ? name : "unknown";
}

static int make_report(struct filer *filer, struct files_report *report)
{
	const struct latency_namer namer = { .name = type_name, .self = filer };
	int r;

	tell_head(filer, report);
	tell_sums(filer, report);
	r = filer_tell_rows(filer, report);
	if (r == 0)
		r = filer_tell_slow(filer, report);
	if (r == 0)
		r = filer_tell_back(filer, report);
	if (r == 0)
		r = latency_maps_tell(&filer->maps, filer->end_ns, &namer, &report->maps);
	if (r == 0)
		r = filer_tell_notes(filer, report);
	return r == 0 && filer->names.is_out_of_memory ? -ENOMEM : r;
}

int filer_report(struct filer *filer, struct files_report **ret, struct diag *why)
{
	owns(files_report_free) struct files_report *report = NULL;
	int r;

	if (!filer->is_seen)
		return diag_set(why, -ENODATA, "there was no watch: nothing is known of files");
	report = calloc(1, sizeof(*report));
	r = report ? make_report(filer, report) : -ENOMEM;
	if (r < 0)
		return diag_set(why, r, "no memory left for the report on files");
	*ret = give(report);
	return 0;
}
