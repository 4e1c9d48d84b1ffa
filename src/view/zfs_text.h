/* How do we say on a terminal what is wrong with ZFS? */
#ifndef VIEW_ZFS_TEXT_H
#define VIEW_ZFS_TEXT_H

#include <stdio.h>

#include "base/own.h"
#include "finding/zfs.h"
#include "view/text.h"

/* Print the report. -errno when out took no more; it is flushed. */
must_check int view_zfs_text(const struct zfs_report *report, const struct view_style *style,
			     FILE *out);

#endif
