/* Which operations took longest? The first few, with all that is known of them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "analyse/files_state.h"
#include "analyse/waits.h"

static uint64_t time_of(const struct event_io *io)
{
	uint64_t ns, end_ns = filer_end_of(io);

	if (!filer_time_of(io, &ns))
		return 0;
	return end_ns > io->start_ns ? end_ns - io->start_ns : 0;
}

/* The slowest first; of equals those that were told first. */
int filer_keep_slow(struct filer *filer, const struct filer_slow *slow)
{
	uint64_t ns = time_of(&slow->io);
	size_t place;

	if (ns < filer->options.over_ns)
		return 0;
	filer->slow_count++;
	if (filer->slow.count == FILER_SLOW_MAX &&
	    time_of(&filer->slow.items[FILER_SLOW_MAX - 1].io) >= ns)
		return 0;
	if (filer->slow.count < FILER_SLOW_MAX && !array_push(&filer->slow))
		return -ENOMEM;
	place = filer->slow.count - 1;
	while (place && time_of(&filer->slow.items[place - 1].io) < ns) {
		filer->slow.items[place] = filer->slow.items[place - 1];
		place--;
	}
	filer->slow.items[place] = *slow;
	return 0;
}

struct flag_word {
	uint32_t flag;
	const char *word;
};

static const struct flag_word FLAG_WORDS[] = {
	{ IO_DIRECT, "direct" },
	{ IO_FILE_SYNC, "sync" },
	{ IO_FILE_DSYNC, "dsync" },
	{ IO_APPEND, "append" },
	{ IO_NOWAIT, "nowait" },
	{ IO_VECTORED, "vectored" },
	{ IO_PUNTED, "handed to a worker" },
	{ IO_FIXED, "registered buffer" },
	{ IO_FIXED_FILE, "registered file" },
	{ IO_POLLED, "submitted by a kernel thread" },
	{ IO_REAP_UNSEEN, "reaped without a system call" },
	{ IO_OPEN_START, "begun before the watch" },
};

static void write_flags(uint32_t flags, char *text, size_t room)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < array_count(FLAG_WORDS); i++) {
		int bytes;

		if (!(flags & FLAG_WORDS[i].flag))
			continue;
		bytes = snprintf(text + used, room - used, "%s%s", used ? ", " : "",
				 FLAG_WORDS[i].word);
		if (bytes < 0 || (size_t)bytes >= room - used)
			return;
		used += (size_t)bytes;
	}
}

static int fill_names(struct filer *filer, const struct filer_slow *slow,
		      struct files_report *report, struct files_slow *place)
{
	const struct event_io *io = &slow->io;
	const struct filer_thread *thread = filer_find_thread(filer, io->tid);
	const char *call = io->syscall >= 0 ? syscall_name(io->syscall) : NULL;
	uint32_t path = filer_path(filer, io->dev, io->inode);
	char flags[256];

	write_flags(io->flags, flags, sizeof(flags));
	place->operation = io_operation_name(io->operation);
	place->engine = io_engine_name(io->engine);
	place->path = files_keep(report, names_text(&filer->names, path));
	place->who = files_keep(report, names_text(&filer->names, thread ? thread->comm : 0));
	place->flags = files_keep(report, flags);
	place->call = files_keep(report, call ? call : "");
	place->device = files_keep(report, filer_device(filer, slow->dev));
	return place->path && place->who && place->flags && place->call && place->device ? 0
											 : -ENOMEM;
}

static int tell_one(struct filer *filer, const struct filer_slow *slow, struct files_report *report)
{
	const struct event_io *io = &slow->io;
	uint64_t begin_ns = filer->watch.head.time_ns;
	struct files_slow *place = array_push(&report->slow);

	if (!place)
		return -ENOMEM;
	place->tid = io->tid;
	place->id = io->id;
	place->at_ns = io->submit_ns > begin_ns ? io->submit_ns - begin_ns : 0;
	place->ns = time_of(io);
	place->has_offset = io->offset != UINT64_MAX;
	place->offset = place->has_offset ? io->offset : 0;
	place->wanted = io->wanted;
	place->result = io->result;
	place->depth = io->depth;
	place->batch = io->batch;
	place->has_waited = io->flags & IO_WAITED;
	place->is_open = io->flags & IO_OPEN_END;
	place->split = split_told(&slow->split);
	if (fill_names(filer, slow, report, place) < 0)
		return -ENOMEM;
	return filer_tell_sleep(filer, &slow->sleep, report, place);
}

int filer_tell_slow(struct filer *filer, struct files_report *report)
{
	int r = 0;

	report->slow_count = filer->slow_count;
	for (size_t i = 0; i < filer->slow.count && r == 0; i++)
		r = tell_one(filer, &filer->slow.items[i], report);
	return r;
}
