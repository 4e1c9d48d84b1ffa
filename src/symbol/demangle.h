/* What did its author call this function? */
#ifndef SYMBOL_DEMANGLE_H
#define SYMBOL_DEMANGLE_H

#include <stdbool.h>
#include <stddef.h>

/* Does the name look like one that a compiler of C++ or Rust has made? */
bool demangle_can(const char *name);

/*
 * The name as its author wrote it, without parameters, cut to capacity - 1 bytes. False when it is
 * no such name after all: text is then not set.
 */
bool demangle(const char *name, char *text, size_t capacity);

#endif
