/* Did the reader get all of it? Asked once, at the end of what was printed. */
#ifndef VIEW_STREAM_H
#define VIEW_STREAM_H

#include <errno.h>
#include <stdio.h>

#include "base/own.h"

/* Flush; -errno when out took no more. */
static inline must_check int stream_flush(FILE *out)
{
	errno = 0;
	if (fflush(out) != 0 || ferror(out))
		return errno ? -errno : -EIO;
	return 0;
}

#endif
