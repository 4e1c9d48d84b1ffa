/* Which block requests belong to an operation, and which to none? The former split its time, the
 * latter are told by their file. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/files_state.h"

void split_add(struct files_split *sum, const struct files_split *split)
{
	sum->count += split->count;
	sum->total_ns += split->total_ns;
	sum->requests += split->requests;
	for (size_t i = 0; i < FILES_PARTS; i++)
		sum->ns[i] += split->ns[i];
}

struct files_split split_told(const struct files_split *split)
{
	struct files_split told = *split;

	for (size_t i = 0; i < FILES_PARTS && told.total_ns; i++)
		told.share[i] = (double)told.ns[i] / (double)told.total_ns;
	return told;
}

/* Ids are given in order: an older operation's place is taken when it is far behind. */
static struct filer_link *link_of(const struct filer *filer, uint64_t io)
{
	return &filer->links[io % FILER_LINKS];
}

static uint64_t clamp(uint64_t value, uint64_t least, uint64_t most)
{
	return value < least ? least : value > most ? most : value;
}

/* What nobody has covered yet of the request's time. */
static void link_cover(struct filer_link *link, const struct event_request *event,
		       uint64_t start_ns, uint64_t end_ns)
{
	uint64_t issue_ns = clamp(event->issue_ns, start_ns, end_ns);

	link->queued_ns += issue_ns - start_ns;
	link->device_ns += end_ns - issue_ns;
}

/* Requests come in the order of their ends: what one of them covers lies behind the end of the one
 * before, or in the last gap when it was under way all that time. */
static void link_add(struct filer_link *link, const struct event_request *event)
{
	uint64_t start_ns = event->start_ns, end_ns = event->head.time_ns;

	if (start_ns < link->gap_end_ns) {
		uint64_t from = clamp(start_ns, link->gap_start_ns, link->gap_end_ns);

		link_cover(link, event, from, link->gap_end_ns);
		link->gap_end_ns = from;
	}
	if (start_ns > link->done_ns) {
		link->gap_start_ns = link->done_ns;
		link->gap_end_ns = start_ns;
	}
	link_cover(link, event, clamp(start_ns, link->done_ns, end_ns), end_ns);
	if (start_ns < link->start_ns)
		link->start_ns = start_ns;
	link->done_ns = end_ns;
	link->dev = event->dev;
}

static void link_request(struct filer *filer, const struct event_request *event)
{
	struct filer_link *link = link_of(filer, event->io);

	if (link->io > event->io)
		return;
	if (link->io != event->io)
		*link = (struct filer_link){ .io = event->io,
					     .start_ns = event->start_ns,
					     .done_ns = event->start_ns };
	link->count++;
	if (event->head.time_ns >= link->done_ns)
		link_add(link, event);
}

struct files_split filer_split(const struct filer *filer, const struct event_io *io,
			       uint32_t *ret_dev)
{
	const struct filer_link *link = link_of(filer, io->id);
	uint64_t start_ns = io->start_ns, end_ns = filer_end_of(io), first, last, device, queued,
		 outside;

	*ret_dev = 0;
	if (link->io != io->id || !link->count || end_ns < start_ns)
		return (struct files_split){};
	first = clamp(link->start_ns, start_ns, end_ns);
	last = clamp(link->done_ns, first, end_ns);
	/* What was still under way when the operation had ended is none of its time. */
	outside = link->done_ns > last ? link->done_ns - last : 0;
	device = link->device_ns > outside ? link->device_ns - outside : 0;
	device = clamp(device, 0, last - first);
	queued = clamp(link->queued_ns, 0, last - first - device);
	*ret_dev = link->dev;
	return (struct files_split){
		.count = 1,
		.requests = link->count,
		.total_ns = end_ns - start_ns,
		.ns = { [FILES_BEFORE] = first - start_ns,
			[FILES_QUEUED] = queued,
			[FILES_DEVICE] = device,
			[FILES_BETWEEN] = last - first - device - queued,
			[FILES_AFTER] = end_ns - last },
	};
}

/* --- requests of no operation --- */

static int get_back(struct filer *filer, const struct event_request *event, struct filer_back **ret)
{
	const struct filer_thread *thread = filer_find_thread(filer, event->tid);
	const struct filer_file *file = filer_find_file(filer, event->file_dev, event->file_inode);
	uint32_t kind = thread ? thread->kind : 0;
	uint64_t number = file ? (uint64_t)(file - filer->files.items) + 1 : 0;
	uint64_t key = hash_pair(hash_pair(number, kind), event->dev);
	uint64_t *place = hash_find(&filer->by_back, key);

	if (place) {
		*ret = &filer->back.items[*place - 1];
		return 1;
	}
	if (filer->back.count >= FILER_BACK_MAX)
		return 0;
	place = hash_put(&filer->by_back, key);
	*ret = place ? array_push(&filer->back) : NULL;
	if (!*ret)
		return -ENOMEM;
	*place = filer->back.count;
	(*ret)->file = number;
	(*ret)->dev = event->dev;
	(*ret)->kind = kind;
	(*ret)->histogram = calloc(1, sizeof(struct histogram));
	return (*ret)->histogram ? 1 : -ENOMEM;
}

static int take_back(struct filer *filer, const struct event_request *event)
{
	struct filer_back *back;
	int r = get_back(filer, event, &back);

	if (r < 0)
		return r;
	if (r == 0) {
		filer->refused_back++;
		return 0;
	}
	if (event->flags & REQUEST_WRITE)
		back->writes++;
	else
		back->reads++;
	back->bytes += event->bytes;
	back->errors += event->error ? 1 : 0;
	histogram_add(back->histogram, event->head.time_ns - event->start_ns);
	return 0;
}

int filer_take_request(struct filer *filer, const struct event_request *event)
{
	if (event->head.time_ns < event->start_ns)
		return 0;
	filer->requests++;
	if (event->io) {
		filer->linked++;
		link_request(filer, event);
		return 0;
	}
	if (!event->file_inode)
		return 0;
	filer->of_files++;
	return take_back(filer, event);
}

static uint32_t writer_of(const struct filer_file *file)
{
	uint64_t most = 0;
	uint32_t comm = 0;

	for (size_t i = 0; i < FILER_WRITERS; i++) {
		if (file->writers[i].bytes > most) {
			most = file->writers[i].bytes;
			comm = file->writers[i].comm;
		}
	}
	return comm;
}

static int tell_one(struct filer *filer, const struct filer_back *back, struct files_report *report)
{
	const struct filer_file *file = back->file ? &filer->files.items[back->file - 1] : NULL;
	uint32_t path = file ? filer_path(filer, file->dev, file->inode) : 0;
	struct files_back *place = array_push(&report->back);

	if (!place)
		return -ENOMEM;
	place->path = files_keep(report, names_text(&filer->names, path));
	place->device = files_keep(report, filer_device(filer, back->dev));
	place->by = files_keep(report, names_text(&filer->names, back->kind));
	place->writer = files_keep(report, names_text(&filer->names, file ? writer_of(file) : 0));
	place->reads = back->reads;
	place->writes = back->writes;
	histogram_tell(back->histogram, &place->latency);
	place->latency.bytes = back->bytes;
	place->latency.errors = back->errors;
	return place->path && place->device && place->by && place->writer ? 0 : -ENOMEM;
}

static int most_bytes_first(const void *left, const void *right)
{
	const struct files_back *a = left, *b = right;
	int order;

	if (a->latency.bytes != b->latency.bytes)
		return a->latency.bytes > b->latency.bytes ? -1 : 1;
	order = strcmp(a->path, b->path);
	return order ? order : strcmp(a->by, b->by);
}

int filer_tell_back(struct filer *filer, struct files_report *report)
{
	int r = 0;

	for (size_t i = 0; i < filer->back.count && r == 0; i++)
		r = tell_one(filer, &filer->back.items[i], report);
	if (r == 0 && report->back.count)
		qsort(report->back.items, report->back.count, sizeof(*report->back.items),
		      most_bytes_first);
	return r;
}

void filer_links_free(struct filer *filer)
{
	for (size_t i = 0; i < filer->back.count; i++)
		free(filer->back.items[i].histogram);
	array_free(&filer->back);
	hash_free(&filer->by_back);
	free(filer->links);
	filer->links = NULL;
}
