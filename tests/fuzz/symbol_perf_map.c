/* Can any text make the reader of perf maps crash, read astray, or name what is not in it? */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "symbol/perf_map.h"

/* libFuzzer's name for it. NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct perf_map *map = NULL;
	int fd = memfd_create("map", MFD_CLOEXEC);
	int r;

	check(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	r = perf_map_read(fd, 1 << 20, &map);
	check(close(fd) == 0);
	check(r == 0 || r == -ENODATA);
	for (uint64_t bit = 0; r == 0 && bit < 64; bit++) {
		uint64_t address = 1ULL << bit;
		struct symbol_name found;

		if (perf_map_find(map, address, &found) == 0)
			check(found.start <= address && strlen(found.name) > 0 &&
			      strlen(found.name) < size);
	}
	perf_map_free(&map);
	return 0;
}
