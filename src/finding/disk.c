/* What did the block devices do? The names of a report's parts, and its memory. */
#include "finding/disk.h"

#include <errno.h>
#include <stdlib.h>

#include "finding/keys.h"

static const char *const KEYS[DISK_KEY_COUNT] = {
	[DISK_BY_DEVICE] = "device", [DISK_BY_PARTITION] = "partition", [DISK_BY_OP] = "op",
	[DISK_BY_FLAGS] = "flags",   [DISK_BY_ISSUER] = "issuer",
};

static const char *const OPS[DISK_OP_COUNT] = {
	[DISK_READ] = "read",       [DISK_WRITE] = "write", [DISK_FLUSH] = "flush",
	[DISK_DISCARD] = "discard", [DISK_OTHER] = "other",
};

struct claim {
	const char *id;
	const char *advice;
};

static const struct claim CLAIMS[DISK_CLAIM_COUNT] = {
#define CLAIM(NAME, id, advice) { id, advice },
#include "finding/disk_claims.def"
#undef CLAIM
};

const char *disk_key_name(enum disk_key key)
{
	return key < DISK_KEY_COUNT ? KEYS[key] : "unknown";
}

int disk_keys_read(const char *text, struct disk_keys *ret)
{
	size_t places[DISK_KEY_COUNT];
	int count = keys_read(text, KEYS, DISK_KEY_COUNT, places);

	if (count < 0)
		return count;
	*ret = (struct disk_keys){ .count = (size_t)count };
	for (int i = 0; i < count; i++)
		ret->items[i] = (enum disk_key)places[i];
	return 0;
}

bool disk_keys_have(const struct disk_keys *keys, enum disk_key key)
{
	for (size_t i = 0; i < keys->count; i++) {
		if (keys->items[i] == key)
			return true;
	}
	return false;
}

const char *disk_op_name(enum disk_op op)
{
	return op < DISK_OP_COUNT ? OPS[op] : "unknown";
}

const char *disk_claim_id(enum disk_claim_kind kind)
{
	return kind < DISK_CLAIM_COUNT ? CLAIMS[kind].id : "unknown";
}

const char *disk_claim_advice(enum disk_claim_kind kind)
{
	return kind < DISK_CLAIM_COUNT ? CLAIMS[kind].advice : "";
}

void disk_report_free(struct disk_report **report)
{
	struct disk_report *old = *report;

	if (!old)
		return;
	for (size_t i = 0; i < old->devices.count; i++) {
		array_free(&old->devices.items[i].columns);
		array_free(&old->devices.items[i].heat.cells);
	}
	array_free(&old->devices);
	array_free(&old->rows);
	array_free(&old->issuers);
	array_free(&old->slowest);
	array_free(&old->claims);
	texts_free(old->notes.items, old->notes.count);
	array_free(&old->notes);
	free(old);
	*report = NULL;
}
