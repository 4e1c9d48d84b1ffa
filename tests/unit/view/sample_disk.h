/* What report of block devices do the views' tests show? One that has something of everything,
 * hostile names included. */
#ifndef TESTS_UNIT_VIEW_SAMPLE_DISK_H
#define TESTS_UNIT_VIEW_SAMPLE_DISK_H

#include "finding/disk.h"

/* End with disk_report_free(). */
struct disk_report *sample_disk(void);

/* Nothing was asked of any device. */
struct disk_report *sample_no_disk(void);

#endif
