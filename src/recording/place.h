/* Where may a recording, or another file of ours, be written? Nothing that is not ours is
 * overwritten. */
#ifndef RECORDING_PLACE_H
#define RECORDING_PLACE_H

#include "base/diag.h"
#include "base/own.h"

/* A kind of file that slowpath writes. */
struct place_kind {
	const char *words;       /* "a slowpath recording" */
	const char *first_bytes; /* by which an earlier one is known; at most PLACE_FIRST_BYTES_MAX,
				    without a NUL; NULL: no earlier one may be lost */
};

enum {
	PLACE_FIRST_BYTES_MAX = 128,
};

/*
 * Open path for a new file of this kind: an empty regular file of mode 0600, locked against a
 * second writer. On success *ret_fd is the caller's, to close. An earlier file of the kind, or an
 * empty one, is lost. -EEXIST: a file of another kind; -EBUSY: another slowpath writes it; -EISDIR,
 * -EINVAL: no regular file.
 */
must_check int place_create_kind(const char *path, const struct place_kind *kind, int *ret_fd,
				 struct diag *why);

/* The same for a recording. */
must_check int place_create(const char *path, int *ret_fd, struct diag *why);

/* What the user can do about this error (-errno) of creating or writing a file. */
const char *place_remedy(int code);

#endif
