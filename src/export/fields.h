/*
 * What is in an event? The fields of every kind, by name: one table from which the events are
 * written as JSON and their schema is printed.
 */
#ifndef EXPORT_FIELDS_H
#define EXPORT_FIELDS_H

#include <stddef.h>
#include <stdint.h>

#include "event/event.h"

enum field_type {
	FIELD_NUMBER, /* an unsigned integer */
	FIELD_SIGNED, /* a signed one */
	FIELD_ID,   /* all 64 bits matter (addresses, hashes): "0x…", as readers round numbers */
	FIELD_TEXT, /* NUL-padded */
	FIELD_CHOICE,    /* one of names, or the number of a later one */
	FIELD_SET,       /* some of names; bits of later ones as a number */
	FIELD_NUMBERS,   /* an array of numbers, to be read as ids */
	FIELD_BUILD_ID,  /* so many bytes as the field before it says, in hexadecimal */
	FIELD_SPARE,     /* says nothing */
	FIELD_LENGTH,    /* of FIELD_BUILD_ID: not told itself */
	FIELD_TAIL_TEXT, /* the length of a text in the tail: that is told */
	FIELD_FRAMES,    /* the number of frames in the tail */
	FIELD_BUCKETS,   /* the number of counts in the tail */
};

/* What a value is called. A list of them ends with a NULL. */
struct value_name {
	uint64_t value;
	const char *name;
};

struct field {
	const char *name; /* of the struct's field; of a tail: what is in it */
	enum field_type type;
	uint16_t kind; /* of the event */
	uint16_t offset;
	uint16_t bytes;
	const struct value_name *names; /* of FIELD_CHOICE and FIELD_SET */
	const char *words;              /* for the schema */
};

struct fields {
	const char *words;         /* what the event says */
	const struct field *items; /* those of struct event are left out */
	size_t count;
};

/* The fields of a kind; of an unknown kind none, and words is NULL. */
struct fields fields_of(unsigned int kind);

/* What this value of a FIELD_CHOICE is called; "unknown" for a later one. Never NULL. */
const char *fields_name(unsigned int kind, const char *field, uint64_t value);

#endif
