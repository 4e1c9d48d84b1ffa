/* What is called what at an address of the kernel or of a process, and how far into it does the
 * address lie? Inner to the namer. */
#ifndef SYMBOL_ADDRESSES_H
#define SYMBOL_ADDRESSES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/own.h"
#include "event/event.h"
#include "symbol/kernel_names.h"
#include "symbol/remembered.h"
#include "symbol/symbol.h"
#include "symbol/telling.h"
#include "symbol/user.h"

/* All that is asked for a name. Zero is ended with addresses_clear(); addresses_begin() makes it
 * ready. */
struct addresses {
	struct telling *telling;
	struct kernel_names kernel;
	struct user_table *users;
	struct remembered *remembered;
	uint32_t refused; /* files, so far */
	bool has_modules; /* the stream told where some of the kernel's modules are */
};

/* One stack on its way: what its addresses have in common. Valid until the next event. */
struct naming {
	struct addresses *addresses;
	struct user_process *process; /* NULL: the kernel */
	uint64_t time_ns;
	struct diag *why;
	uint64_t salt; /* of the mappings, for what is remembered */
	bool is_block; /* all of the block of the address that was named last is in its function */
};

/* -ENOMEM. Both source and telling must outlive them. */
must_check int addresses_begin(struct addresses *addresses, const struct symbol_source *source,
			       struct telling *telling);
void addresses_clear(struct addresses *addresses);

/* The stream told of a mapping; those of tgid 0 are the kernel's modules. */
must_check int addresses_map(struct addresses *addresses, const struct event_mapping *mapping,
			     struct diag *why);

/* The addresses to name are the kernel's, at this time. */
struct naming naming_of_kernel(struct addresses *addresses, uint64_t time_ns, struct diag *why);
/* They are those of process tgid. -ENOMEM. */
must_check int naming_of_process(struct addresses *addresses, uint32_t tgid, uint64_t time_ns,
				 struct naming *ret, struct diag *why);

/* Name an address: its SYMBOL is told when it is new. 0 also when nothing is known: then the symbol
 * is 0. */
must_check int naming_find(struct naming *naming, uint64_t address, struct named *ret);

/* The same where it is known from before; false: it is not. */
static inline bool naming_remembers(const struct naming *naming, uint64_t address,
				    struct named *ret)
{
	return remembered_find(naming->addresses->remembered, naming->salt, address, ret);
}

#endif
