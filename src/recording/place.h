/* Where may a recording be written? Nothing that is not ours is overwritten. */
#ifndef RECORDING_PLACE_H
#define RECORDING_PLACE_H

#include "base/diag.h"
#include "base/own.h"

/*
 * Open path for a new recording: an empty regular file of mode 0600, locked against a second
 * recorder. On success *ret_fd is the caller's, to close. -EEXIST: a file that is no recording;
 * -EBUSY: another recorder writes it; -EISDIR, -EINVAL: no regular file.
 */
must_check int place_create(const char *path, int *ret_fd, struct diag *why);

/* What the user can do about this error (-errno) of creating or writing a file. */
const char *place_remedy(int code);

#endif
