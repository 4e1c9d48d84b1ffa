/* Why does a guest leave, and what are the reasons called? As the CPUs' makers number them, and the
 * kernel names them. */
#ifndef EVENT_EXITS_H
#define EVENT_EXITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/event.h"

enum exit_kind {
	EXIT_WORK,
	EXIT_IDLE, /* the guest gives the CPU back: it has nothing to do */
};

struct exit_reason {
	uint32_t number;
	const char *name;
	enum exit_kind kind;
	const char *words; /* what it means; "": its name says it */
};

/* What the number is; NULL: none that is known. Bits that only say how it left (a failed entry, a
 * bus lock) do not count. */
const struct exit_reason *exit_reason_find(enum guest_isa isa, uint32_t number);

/* The number of a name as the kernel prints it, "npf" or "EPT_MISCONFIG"; whose it is in *ret_isa.
 * False: there is no such name. */
bool exit_reason_read(const char *name, size_t bytes, enum guest_isa *ret_isa,
		      uint32_t *ret_number);

/* What KVM_RUN returned to the program for: "IO", "MMIO", …; NULL: a number that is not known. */
const char *exit_user_name(uint32_t number);

#endif
