/* What is the code called that a process made itself? */
#include "symbol/generated.h"

#include <sys/stat.h>
#include <unistd.h>

/* Bounds of memory, for all processes together, and of time. */
#define GENERATED_BYTES_MAX (12UL << 20)
#define GENERATED_WAIT_NS   1000000000ULL

static void drop_map(struct generated *generated, size_t *used_bytes)
{
	if (generated->map)
		*used_bytes -= perf_map_bytes(generated->map);
	perf_map_free(&generated->map);
}

static bool read_again(struct generated *generated, size_t *used_bytes,
		       const struct symbol_source *source, uint32_t tgid)
{
	owns(own_close) int fd = source->perf_map(source->self, tgid);
	owns(perf_map_free) struct perf_map *map = NULL;
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0 || status.st_size == generated->file_bytes)
		return false;
	generated->file_bytes = status.st_size;
	drop_map(generated, used_bytes);
	if (perf_map_read(fd, GENERATED_BYTES_MAX - *used_bytes, &map) < 0)
		return false;
	if (perf_map_bytes(map) > GENERATED_BYTES_MAX - *used_bytes)
		return false;
	*used_bytes += perf_map_bytes(map);
	generated->map = give(map);
	return true;
}

bool generated_look_again(struct generated *generated, size_t *used_bytes,
			  const struct symbol_source *source, uint32_t tgid, uint64_t now_ns)
{
	bool is_new;

	if (!source->perf_map || !retry_is_due(&generated->retry, now_ns))
		return false;
	is_new = read_again(generated, used_bytes, source, tgid);
	retry_note(&generated->retry, now_ns, GENERATED_WAIT_NS, is_new);
	return is_new;
}

void generated_forget(struct generated *generated, size_t *used_bytes)
{
	drop_map(generated, used_bytes);
	*generated = (struct generated){};
}
