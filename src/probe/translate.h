/* What does a record of the BPF programs mean? Wire records become events. */
#ifndef PROBE_TRANSLATE_H
#define PROBE_TRANSLATE_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"
#include "probe/owners.h"
#include "probe/watch.wire.h"

struct glances;
struct io_book;
struct io_holds;
struct lock_fields;
struct titles;

struct translator {
	struct event_sink sink;
	uint64_t begin_ns; /* spans are clipped to [begin, end] */
	uint64_t end_ns;   /* UINT64_MAX while the watch runs */
	uint64_t sample_ns;
	uint64_t told_ns;          /* time of the last event: the stream's clock */
	struct owners *owners;     /* asked for the holders of user locks; NULL: nobody is */
	struct io_book *io_book;   /* NULL: operations on files are not told */
	struct io_holds *io_holds; /* asked for what holds I/O back; NULL: nobody is */
	struct glances *glances;   /* what was told while it lasted; NULL: nothing ever is */
	struct titles *titles;     /* what the processes call themselves; NULL: nobody asks */
	const struct lock_fields *lock_fields; /* NULL: no lock in an object has a name */
};

/* Tell one record as events. A record that is shorter than its kind is refused with -EBADMSG. */
must_check int translate(struct translator *translator, const struct wire *wire, size_t bytes,
			 struct diag *why);

/* Is all of the record there, and is it of a kind that we know? */
bool wire_is_whole(const struct wire *wire, size_t bytes);

/* Is it told at once (dictionaries), rather than in its place in time? */
bool wire_is_dictionary(const struct wire *wire);

#endif
