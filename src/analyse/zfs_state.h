/* What do the parts of the study of ZFS share? */
#ifndef ANALYSE_ZFS_STATE_H
#define ANALYSE_ZFS_STATE_H

#include "analyse/zfs_facts.h"
#include "finding/zfs.h"

/* Each fills its part of the report from sorted facts. 0 or -ENOMEM. */
must_check int zfs_make_pools(const struct zfs_facts *facts, struct zfs_report *report);
must_check int zfs_make_vdevs(const struct zfs_facts *facts, struct zfs_report *report);
must_check int zfs_make_datasets(const struct zfs_facts *facts, struct zfs_report *report);
must_check int zfs_make_rest(const struct zfs_facts *facts, struct zfs_report *report);
must_check int zfs_make_threads(const struct zfs_facts *facts, struct zfs_report *report);
/* Say what is wrong, from a report that is else complete. */
must_check int zfs_judge(const struct zfs_facts *facts, struct zfs_report *report);
/* Say what is not known, and what could therefore not be judged: the last of them. */
must_check int zfs_make_notes(const struct zfs_facts *facts, struct zfs_report *report);

/* Cut at the end of the room. */
void zfs_copy(char *to, size_t bytes, const char *from);
/* Does the dataset lie in this pool? */
bool zfs_is_in_pool(const char *dataset, const char *pool);

/* A histogram: how many had this limit or less (and more than the one before). */
struct zfs_bin {
	uint64_t limit;
	uint64_t count;
};
/* Sorts the bins. */
void zfs_quantiles_of(struct zfs_bin *bins, size_t count, struct zfs_quantiles *ret);

#endif
