/* What did its author call this function? libiberty knows how C++ and Rust write names; here its
 * appetite is bounded. */
#include "symbol/demangle.h"

#include <libiberty/demangle.h>
#include <setjmp.h>
#include <string.h>

/* Longer names are left as they are: libiberty itself gives up at about this length. */
#define MANGLED_BYTES_MAX 1024

/* Where the pieces of a name are put together. */
struct writing {
	jmp_buf full;
	char *text;
	size_t used;
	size_t capacity;
};

/* A piece of an identifier that was written in punycode, which libiberty frees after it was told.
 */
static bool has_foreign_letters(const char *piece, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		if ((unsigned char)piece[i] >= 0x80)
			return true;
	}
	return false;
}

/*
 * A name of a hundred bytes can refer to its own parts so often that it would be written for years.
 * Nothing but a jump ends that; libiberty's functions with a callback hold no memory over it.
 */
static void write_piece(const char *piece, size_t bytes, void *opaque)
{
	struct writing *writing = opaque;
	size_t room = writing->capacity - 1 - writing->used;

	if (bytes == 0)
		return; /* then there need be no piece */
	memcpy(writing->text + writing->used, piece, bytes < room ? bytes : room);
	writing->used += bytes < room ? bytes : room;
	if (bytes > room && !has_foreign_letters(piece, bytes))
		longjmp(writing->full, 1);
}

bool demangle_can(const char *name)
{
	return name[0] == '_' && (name[1] == 'Z' || name[1] == 'R');
}

/* What was written before the jump is the name's beginning. */
static bool write_name(const char *name, struct writing *writing)
{
	bool is_read = true;

	if (setjmp(writing->full) == 0)
		is_read = rust_demangle_callback(name, DMGL_NO_OPTS, write_piece, writing) ||
			  cplus_demangle_v3_callback(name, DMGL_NO_OPTS, write_piece, writing);
	return is_read && writing->used > 0;
}

bool demangle(const char *name, char *text, size_t capacity)
{
	struct writing writing = { .text = text, .capacity = capacity };
	const char *behind = strchrnul(name, '@'); /* "_Znwm@plt" */
	size_t name_bytes = (size_t)(behind - name), behind_bytes = strlen(behind);
	char mangled[MANGLED_BYTES_MAX + 1];

	if (!demangle_can(name) || name_bytes > MANGLED_BYTES_MAX)
		return false;
	memcpy(mangled, name, name_bytes);
	mangled[name_bytes] = '\0';
	if (!write_name(mangled, &writing))
		return false;
	if (behind_bytes > capacity - 1 - writing.used)
		behind_bytes = capacity - 1 - writing.used;
	memcpy(text + writing.used, behind, behind_bytes);
	text[writing.used + behind_bytes] = '\0';
	return true;
}
