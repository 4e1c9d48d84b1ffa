/* What can be named by this file? Which tables of names and lines an ELF file has, packed or not.
 */
#ifndef SYMBOL_INSPECT_H
#define SYMBOL_INSPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "symbol/packing.h"

enum {
	INSPECT_ID_BYTES = 24, /* SHA-1 has 20; longer ones are cut */
	INSPECT_ID_TEXT_BYTES = 2 * INSPECT_ID_BYTES + 1,
	DEBUG_PATHS_MAX = 8,
};

struct inspect_id {
	uint8_t count; /* 0: there is none */
	uint8_t bytes[INSPECT_ID_BYTES];
};

struct inspection {
	enum packing packing;
	bool has_mini;       /* .gnu_debugdata: the names, packed by the linker's helper */
	bool has_debug_info; /* with bytes in it */
	bool has_lines;      /* .debug_line, with bytes in it */
	uint64_t functions;  /* defined ones in .symtab */
	uint64_t exported;   /* defined ones in .dynsym */
	struct inspect_id build_id;
	char debuglink[256]; /* of the file that was split off; "": none */
	uint32_t debuglink_crc;
};

/* Look at the file behind fd, which stays the caller's. -EBADMSG: not an ELF file, or a broken one;
 * -EFBIG: too large to be unpacked. */
must_check int inspect_file(int fd, struct inspection *ret, struct diag *why);

/* The same, of bytes in memory. */
must_check int inspect_bytes(const void *bytes, size_t count, struct inspection *ret,
			     struct diag *why);

/*
 * The places where the debug file of the file at path may lie, likeliest first: number 0 ..
 * DEBUG_PATHS_MAX - 1. False when there is no such place; the others may still be.
 */
bool inspect_debug_path(const struct inspection *inspection, const char *path, unsigned int number,
			char *ret, size_t ret_bytes);

/* Does this debug file belong to that file? By build-id; where there is none, by the checksum in
 * .gnu_debuglink of all that can be read from debug_fd. */
bool inspect_belongs(const struct inspection *inspection, const struct inspection *debug,
		     int debug_fd);

bool inspect_id_is_same(const struct inspect_id *a, const struct inspect_id *b);
/* In hexadecimal digits. */
void inspect_id_format(const struct inspect_id *id, char ret[static INSPECT_ID_TEXT_BYTES]);

#endif
