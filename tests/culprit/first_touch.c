/* What does a program look like that takes memory, writes to each page once and gives it back? The
 * kernel fills each page with zeros first. */
/* EXPECT: case=first_touch cause=cpu.kernel subject=. share>=0.6 evidence=first.time */
/* EXPECT: case=first_touch_huge cause=cpu.kernel subject=. share>=0.6 evidence=^huge.pages.are */
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include "culprit.h"

#define BYTES      (64u << 20)
#define PAGE_BYTES 4096u

static void touch_all(bool is_huge)
{
	char *memory =
		mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		die("mmap");
	if (madvise(memory, BYTES, is_huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE) < 0 && is_huge)
		die("madvise");
	for (size_t at = 0; at < BYTES; at += PAGE_BYTES)
		memory[at] = 1;
	if (munmap(memory, BYTES) < 0)
		die("munmap");
}

int main(int argc, char **argv)
{
	uint64_t deadline_ns = deadline_from(argc, argv);
	bool is_huge = argc > 2 && strcmp(argv[2], "huge") == 0;

	while (clock_now_ns() < deadline_ns)
		touch_all(is_huge);

	report_cpu();
	return 0;
}
