/*
 * Which is the next record? Reads a perf.data stream in large pieces from any descriptor, unpacks
 * what is packed, and says where the records end when the file is cut or damaged.
 */
#ifndef IMPORT_PERF_INPUT_H
#define IMPORT_PERF_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"

struct perf_input;

/* Its bytes stay where they are for as long as they are held; else until the next call. */
struct perf_record {
	const unsigned char *bytes; /* from its head on */
	uint32_t type;
	uint16_t misc;
	uint16_t size;
};

/* Read from fd (stays the caller's). left: how many bytes there are at most, UINT64_MAX for all. */
must_check int perf_input_new(int fd, struct perf_input **ret);
void perf_input_free(struct perf_input **input);

/* From now on: bytes of the other order; so many bytes at most. */
void perf_input_begin(struct perf_input *input, bool swap, uint64_t left);

/* Copy the next count bytes as they stand in the file, packed or not. 1, or 0 when it ends before,
 * or -errno. */
must_check int perf_input_copy(struct perf_input *input, void *ret, size_t count, struct diag *why);
must_check int perf_input_skip(struct perf_input *input, uint64_t count, struct diag *why);

/* 1 and a record; 0 at the end, early or not: see perf_input_damage(); or -errno. */
must_check int perf_input_next(struct perf_input *input, struct perf_record *ret, struct diag *why);

/* Keep the memory of a record until it is dropped. */
void perf_input_hold(const unsigned char *record);
void perf_input_drop(struct perf_input *input, const unsigned char *record);

/* How much memory held records and the one being read take. */
size_t perf_input_bytes(const struct perf_input *input);

/* Why the records ended early, "cut after …"; NULL: they did not. */
const char *perf_input_damage(const struct perf_input *input);

/* They end here for this reason. */
void perf_input_end_early(struct perf_input *input, const char *reason);

#endif
