/* What did a compiler at run time call the code that it made? The text of /tmp/perf-PID.map. */
#ifndef SYMBOL_PERF_MAP_H
#define SYMBOL_PERF_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/own.h"
#include "symbol/symbol.h"

struct perf_map;

/*
 * Read all that fd holds (it stays the caller's): lines "START SIZE NAME", the numbers hexadecimal;
 * of several for one start the last counts. A last line without its newline is still being written,
 * and does not. -ENODATA: no usable line; -EFBIG: more than limit bytes; -EBADMSG: it cannot be
 * read.
 */
must_check int perf_map_read(int fd, size_t limit, struct perf_map **ret);
/* The code that holds address, or -ENOENT. */
must_check int perf_map_find(const struct perf_map *map, uint64_t address, struct symbol_name *ret);
/* How much memory it holds. */
size_t perf_map_bytes(const struct perf_map *map);
void perf_map_free(struct perf_map **map);

#endif
