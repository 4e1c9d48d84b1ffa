/* What report on ZFS do the views' tests show? One that has something of everything, hostile names
 * included. */
#ifndef TESTS_UNIT_VIEW_SAMPLE_ZFS_H
#define TESTS_UNIT_VIEW_SAMPLE_ZFS_H

#include "finding/zfs.h"

/* The caller's. */
struct zfs_report *sample_zfs(void);

#endif
