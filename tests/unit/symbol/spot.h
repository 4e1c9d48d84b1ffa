/* Where is code of this program that was put into another function? */
#ifndef TESTS_UNIT_SYMBOL_SPOT_H
#define TESTS_UNIT_SYMBOL_SPOT_H

#include <link.h>
#include <stdint.h>

#include "harness/test.h"

/* Where the assembler puts this label. */
extern const char spot_label[];

static inline __attribute__((always_inline)) int spot_innermost(int number)
{
	__asm__ volatile("spot_label:\n\tnop" : "+r"(number));
	return number + 1;
}

static inline __attribute__((always_inline)) int spot_middle(int number)
{
	return spot_innermost(number) * 2;
}

/* Only here: the label is made once. */
__attribute__((noinline, used)) static int spot_outer(int number)
{
	return spot_middle(number) + 3;
}

struct spot {
	uint64_t address; /* in the program's own terms */
	uint64_t file_offset;
};

static int spot_find(struct dl_phdr_info *info, size_t size, void *data)
{
	struct spot *spot = data;

	spot->address = (uintptr_t)spot_label - info->dlpi_addr;
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];

		if (segment->p_type == PT_LOAD && spot->address >= segment->p_vaddr &&
		    spot->address < segment->p_vaddr + segment->p_filesz)
			spot->file_offset = spot->address - segment->p_vaddr + segment->p_offset;
	}
	return 1;
}

static inline struct spot spot_here(void)
{
	struct spot spot = {};

	assert_int_equal(spot_outer(1), 7);
	assert_int_equal(dl_iterate_phdr(spot_find, &spot), 1);
	assert_int_not_equal(spot.file_offset, 0);
	return spot;
}

#endif
