/* What is wrong with ZFS's pools and datasets? Gathers what ZFS says of itself, and judges it. */
#ifndef ANALYSE_ZFS_H
#define ANALYSE_ZFS_H

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"
#include "finding/zfs.h"

/* A sink of ZFS's facts, as import/zfs.h tells them. */
struct zfs_study;

/* -ENOMEM. End with zfs_study_free(). */
must_check int zfs_study_new(struct zfs_study **ret);
void zfs_study_free(struct zfs_study **study);

/* Take an event; only ZFS's facts are looked at. self is a struct zfs_study. */
must_check int zfs_study_take(void *self, const struct event *event, struct diag *why);

/* What came of it; nothing may be taken afterwards. -ENODATA: ZFS said nothing. -ENOMEM. */
must_check int zfs_study_report(struct zfs_study *study, struct zfs_report **ret, struct diag *why);

#endif
