/* Which functions were put into others where this code is? */
#include "symbol/inlined.h"

#include <errno.h>
#include <stdlib.h>

#include "symbol/opened.h"

/* Files that are kept open: stacks go to and fro between few. */
#define OPENED_MAX 4

struct slot {
	struct opened opened;
	uint64_t used;
	uint32_t file; /* 0: free */
};

struct inlined {
	struct slot slots[OPENED_MAX];
	uint64_t clock;
};

static void close_slot(struct slot *slot)
{
	opened_close(&slot->opened);
	slot->file = 0;
}

int inlined_new(struct inlined **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

void inlined_free(struct inlined **inlined)
{
	if (!*inlined)
		return;
	inlined_clear(*inlined);
	free(*inlined);
	*inlined = NULL;
}

/* The file's slot, or the one that was used least recently. */
static struct slot *find_slot(struct inlined *inlined, uint32_t file)
{
	struct slot *oldest = &inlined->slots[0];

	for (size_t i = 0; i < OPENED_MAX; i++) {
		if (inlined->slots[i].file == file)
			return &inlined->slots[i];
		if (inlined->slots[i].used < oldest->used)
			oldest = &inlined->slots[i];
	}
	return oldest;
}

size_t inlined_find(struct inlined *inlined, struct file_table *files, const struct inlined_at *at,
		    size_t limit, const char *names[INLINED_DEPTH_MAX])
{
	const struct opened_wanted wanted = { .limit = limit, .tgid = at->tgid, .file = at->file };
	struct slot *slot = find_slot(inlined, at->file);

	/* One that could not be opened stays as one without debug information. */
	if (slot->file != at->file) {
		close_slot(slot);
		slot->file = at->file;
		if (opened_open(files, &wanted, &slot->opened) < 0)
			opened_close(&slot->opened);
	}
	slot->used = ++inlined->clock;
	if (!slot->opened.dwarf)
		return 0;
	return dwarf_find_inlined(slot->opened.dwarf, at->address, names, INLINED_DEPTH_MAX);
}

void inlined_clear(struct inlined *inlined)
{
	for (size_t i = 0; i < OPENED_MAX; i++)
		close_slot(&inlined->slots[i]);
}
