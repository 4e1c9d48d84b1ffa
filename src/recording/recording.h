/* How are events kept? One append-only file, written on the sick machine, read anywhere.
 * docs/recording-format.md */
#ifndef RECORDING_RECORDING_H
#define RECORDING_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"

struct recording_writer;

/*
 * Create a recording at path (mode 0600, O_CLOEXEC). An existing file is replaced only when it is
 * itself a slowpath recording or empty; anything else is refused with -EEXIST ("... is not a
 * slowpath recording: choose another name"). On success *ret is the caller's, to end with
 * recording_close() or recording_writer_free().
 */
must_check int recording_create(const char *path, struct recording_writer **ret, struct diag *why);

/* Append one event; fits struct event_sink. A chunk is compressed and written when it is full or
 * recording_flush() asks. */
must_check int recording_take(void *writer, const struct event *event, struct diag *why);

/* Write what is buffered as a whole chunk, so that a reader sees it even if we are killed next. */
must_check int recording_flush(struct recording_writer *writer, struct diag *why);

/* Flush, write the index and close. On failure (ENOSPC, …) the whole chunks written before stay
 * readable. */
must_check int recording_close(struct recording_writer **writer, struct diag *why);

/* Close without finishing: what was flushed stays readable. */
void recording_writer_free(struct recording_writer **writer);

struct recording;

/*
 * Open a recording for reading. On success *ret is the caller's, to end with recording_free().
 * -EBADMSG: not a recording, or cut before its first chunk. -EPROTO: a newer slowpath wrote it.
 */
must_check int recording_open(const char *path, struct recording **ret, struct diag *why);

/*
 * The same from a descriptor of a regular file, read from its first byte; path only names it in
 * reasons. On success the descriptor is the recording's, on failure it stays the caller's.
 */
must_check int recording_open_fd(int fd, const char *path, struct recording **ret,
				 struct diag *why);

/*
 * The next event: 1 and *ret (valid until the next call), 0 at the end, -errno on failure. A cut or
 * damaged tail ends the stream with 0 at the last whole, sound chunk; recording_damage() then says
 * so.
 */
must_check int recording_next(struct recording *recording, const struct event **ret,
			      struct diag *why);

/* What is wrong with the file's tail, for the user ("cut after 12 whole chunks: ..."), or NULL.
 * Valid until the free. */
const char *recording_damage(const struct recording *recording);

void recording_free(struct recording **recording);

/* Do the first bytes of a file say that it is a slowpath recording? */
bool recording_is_magic(const void *bytes, size_t count);

#endif
