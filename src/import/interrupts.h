/* Which functions do interrupts begin with? Some are entered before anything else shows it. */
#ifndef IMPORT_INTERRUPTS_H
#define IMPORT_INTERRUPTS_H

#include <stddef.h>
#include <stdint.h>

#include "import/fgraph.h"

enum {
	INTERRUPTS_SLOTS = 1024,
};

/* Where they are in the recorded kernel. Zero is none. */
struct interrupts {
	uint64_t addresses[INTERRUPTS_SLOTS];
	unsigned char levels[INTERRUPTS_SLOTS];
	size_t count;
};

/* Which interrupts is the function of this name the begin of? FGRAPH_TASK: of none. */
enum fgraph_level interrupt_begun_by(const char *name, size_t bytes);

/* Look for them in a text of /proc/kallsyms. */
void interrupts_read(struct interrupts *interrupts, const char *text, size_t bytes);

/* The same by address. */
static inline enum fgraph_level interrupts_find(const struct interrupts *interrupts,
						uint64_t address)
{
	size_t slot = (address * 0x9e3779b97f4a7c15ULL) >> 54;

	while (interrupts->addresses[slot] && interrupts->addresses[slot] != address)
		slot = (slot + 1) % INTERRUPTS_SLOTS;
	return (enum fgraph_level)interrupts->levels[slot];
}

#endif
