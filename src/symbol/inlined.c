/* Which functions were put into others where this code is? */
#include "symbol/inlined.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
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
	struct hash_map lacking; /* numbers of files that tell nothing */
	struct inlined_lacks lacks;
	char *first; /* lacks.first */
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
	free((*inlined)->first);
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

/* The file is there, but tells nothing. "[vdso]" never does, and nobody could help it: it does not
 * count. Where there is no memory to remember the file, it does not either. */
static void note_lack(struct inlined *inlined, const struct file_table *files, uint32_t file)
{
	const char *path = file_table_path(files, file);

	if (hash_find(&inlined->lacking, file) || !hash_put(&inlined->lacking, file) ||
	    path[0] != '/')
		return;
	if (!inlined->lacks.count++)
		inlined->lacks.first = inlined->first = strdup(path);
}

/* One that cannot be opened stays in its slot as one that tells nothing. */
static void open_slot(struct inlined *inlined, struct slot *slot, struct file_table *files,
		      const struct opened_wanted *wanted)
{
	close_slot(slot);
	slot->file = wanted->file;
	if (opened_open(files, wanted, &slot->opened) == 0)
		return;
	if (slot->opened.main)
		note_lack(inlined, files, wanted->file);
	opened_close(&slot->opened);
}

size_t inlined_find(struct inlined *inlined, struct file_table *files, const struct inlined_at *at,
		    size_t limit, const char *names[INLINED_DEPTH_MAX])
{
	const struct opened_wanted wanted = { .limit = limit, .tgid = at->tgid, .file = at->file };
	struct slot *slot = find_slot(inlined, at->file);

	if (slot->file != at->file && hash_find(&inlined->lacking, at->file))
		return 0;
	if (slot->file != at->file)
		open_slot(inlined, slot, files, &wanted);
	slot->used = ++inlined->clock;
	if (!slot->opened.dwarf)
		return 0;
	return dwarf_find_inlined(slot->opened.dwarf, at->address, names, INLINED_DEPTH_MAX);
}

struct inlined_lacks inlined_lacks(const struct inlined *inlined)
{
	return inlined->lacks;
}

void inlined_clear(struct inlined *inlined)
{
	for (size_t i = 0; i < OPENED_MAX; i++)
		close_slot(&inlined->slots[i]);
	hash_free(&inlined->lacking);
}
