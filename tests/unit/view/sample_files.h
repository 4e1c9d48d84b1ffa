/* What report on files do the views' tests show? */
#ifndef TESTS_UNIT_VIEW_SAMPLE_FILES_H
#define TESTS_UNIT_VIEW_SAMPLE_FILES_H

#include "finding/files.h"

/* A database's: direct reads by io_uring, a slow fsync, one that still waits, pages written back,
 * and names that are not to be trusted. The caller's. */
struct files_report *sample_files(void);

#endif
