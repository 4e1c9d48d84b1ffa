/* What is wrong with ZFS's pools and datasets? The names of what can be claimed, and the end of the
 * report. */
#include "finding/zfs.h"

#include <stdlib.h>

static const struct {
	const char *id;
	const char *advice;
	const char *source;
} CLAIMS[] = {
#define ZFS_CLAIM(NAME, id, advice, source) { id, advice, source },
#include "finding/zfs_claims.def"
#undef ZFS_CLAIM
};

static const char *const ARC_KINDS[] = {
	[ZFS_DEMAND_DATA] = "demand data",
	[ZFS_DEMAND_METADATA] = "demand metadata",
	[ZFS_PREFETCH_DATA] = "prefetch data",
	[ZFS_PREFETCH_METADATA] = "prefetch metadata",
};

const char *zfs_claim_id(enum zfs_claim_kind kind)
{
	return kind < ZFS_CLAIM_COUNT ? CLAIMS[kind].id : "unknown";
}

const char *zfs_claim_advice(enum zfs_claim_kind kind)
{
	return kind < ZFS_CLAIM_COUNT ? CLAIMS[kind].advice : "";
}

const char *zfs_claim_source(enum zfs_claim_kind kind)
{
	return kind < ZFS_CLAIM_COUNT ? CLAIMS[kind].source : "";
}

const char *zfs_arc_kind_name(enum zfs_arc_kind kind)
{
	return kind < ZFS_ARC_KIND_COUNT ? ARC_KINDS[kind] : "unknown";
}

void zfs_report_free(struct zfs_report **report)
{
	struct zfs_report *old = *report;

	if (!old)
		return;
	array_free(&old->pools);
	array_free(&old->vdevs);
	array_free(&old->datasets);
	array_free(&old->impls);
	array_free(&old->threads);
	array_free(&old->events);
	array_free(&old->claims);
	texts_free(old->messages.items, old->messages.count);
	texts_free(old->damage.items, old->damage.count);
	texts_free(old->notes.items, old->notes.count);
	array_free(&old->messages);
	array_free(&old->damage);
	array_free(&old->notes);
	free(old);
	*report = NULL;
}
