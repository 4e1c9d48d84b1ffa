/*
 * What does a recording tell of operations on files? One line for each, and for each block request,
 * file and loss: a word for its kind, then its fields as NAME=NUMBER; text stands last.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/own.h"
#include "recording/recording.h"

static void print_io(const struct event_io *io)
{
	(void)printf("io id=%" PRIu64 " submit=%" PRIu64 " start=%" PRIu64 " end=%" PRIu64
		     " result=%" PRId64 " offset=%" PRId64 " wanted=%" PRIu64 " inode=%" PRIu64
		     " dev=%" PRIu32 " tid=%" PRIu32 " fd=%" PRId32 " flags=%" PRIu32
		     " engine=%" PRIu16 " operation=%" PRIu16 " syscall=%" PRId16 " batch=%" PRIu16
		     " depth=%" PRIu32 " requests=%" PRIu32 " context=%" PRIu64 " handed=%" PRIu64
		     " reaped=%" PRIu64 "\n",
		     io->id, io->submit_ns, io->start_ns, io->head.time_ns, io->result,
		     (int64_t)io->offset, io->wanted, io->inode, io->dev, io->tid, io->fd,
		     io->flags, io->engine, io->operation, io->syscall, io->batch, io->depth,
		     io->requests, io->context, io->handed_ns, io->reaped_ns);
}

static void print_request(const struct event_request *request)
{
	(void)printf("request id=%" PRIu64 " start=%" PRIu64 " issue=%" PRIu64 " end=%" PRIu64
		     " sector=%" PRIu64 " dev=%" PRIu32 " bytes=%" PRIu32 " flags=%" PRIu32
		     " tid=%" PRIu32 " io=%" PRIu64 " inode=%" PRIu64 " file_dev=%" PRIu32
		     " bios=%" PRIu32 "\n",
		     request->id, request->start_ns, request->issue_ns, request->head.time_ns,
		     request->sector, request->dev, request->bytes, request->flags, request->tid,
		     request->io, request->file_inode, request->file_dev, request->bios);
}

static void print_file(const struct event_file *file)
{
	(void)printf("file inode=%" PRIu64 " dev=%" PRIu32 " type=%.16s name=%.*s\n", file->inode,
		     file->dev, file->fs_type, (int)file->name_bytes, file->name);
}

static void print_tally(const struct event_tally *tally)
{
	(void)printf("tally what=%" PRIu32 " operation=%" PRIu32 " inode=%" PRIu64 " dev=%" PRIu32
		     " count=%" PRIu64 " errors=%" PRIu64 " bytes=%" PRIu64 " total=%" PRIu64
		     " max=%" PRIu64 "\n",
		     tally->what, tally->operation, tally->inode, tally->dev, tally->count,
		     tally->errors, tally->bytes, tally->total_ns, tally->max_ns);
}

static void print_event(const struct event *event)
{
	const void *whole = event;

	if (event->kind == EVENT_IO) {
		print_io(whole);
	} else if (event->kind == EVENT_REQUEST) {
		print_request(whole);
	} else if (event->kind == EVENT_FILE) {
		print_file(whole);
	} else if (event->kind == EVENT_TALLY) {
		print_tally(whole);
	} else if (event->kind == EVENT_LOSS) {
		const struct event_loss *loss = whole;

		(void)printf("loss what=%" PRIu32 " count=%" PRIu64 "\n", loss->what, loss->count);
	} else if (event->kind == EVENT_TASK) {
		const struct event_task *task = whole;

		(void)printf("task tid=%" PRIu32 " tgid=%" PRIu32 " comm=%.16s\n", task->tid,
			     task->tgid, task->comm);
	} else if (event->kind == EVENT_FACT) {
		const struct event_fact *fact = whole;

		(void)printf("fact %.*s=%.*s\n", fact->key_bytes, fact->text, fact->value_bytes,
			     fact->text + fact->key_bytes);
	}
}

int main(int argc, char **argv)
{
	owns(recording_free) struct recording *recording = NULL;
	const struct event *event;
	struct diag why = {};
	int r = argc > 1 ? recording_open(argv[1], &recording, &why) : -1;

	while (r >= 0 && (r = recording_next(recording, &event, &why)) > 0)
		print_event(event);
	if (r < 0)
		(void)fprintf(stderr, "io_dump: %s\n", why.text);
	return r < 0;
}
