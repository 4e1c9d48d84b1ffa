/* What is the code called that a process made itself? Its perf map, read again as it grows. */
#ifndef SYMBOL_GENERATED_H
#define SYMBOL_GENERATED_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/own.h"
#include "symbol/perf_map.h"
#include "symbol/retry.h"
#include "symbol/symbol.h"

/* Zero is a process that was not looked at. */
struct generated {
	struct perf_map *map; /* NULL: none */
	off_t file_bytes;     /* of the map's file when it was read */
	struct retry retry;
};

/*
 * Look whether the process's map has grown, if that is due; used_bytes counts the memory of all
 * processes' maps, which is bounded. True: it was read anew, and what was remembered of the
 * process's addresses may be wrong now.
 */
bool generated_look_again(struct generated *generated, size_t *used_bytes,
			  const struct symbol_source *source, uint32_t tgid, uint64_t now_ns);

void generated_forget(struct generated *generated, size_t *used_bytes);

#endif
