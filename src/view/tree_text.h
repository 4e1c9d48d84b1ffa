/* How is a call tree said on a terminal? The same for profiles and for waits. */
#ifndef VIEW_TREE_TEXT_H
#define VIEW_TREE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "finding/profile.h"
#include "view/page.h"

/* Print the tree under its heading. */
void tree_text(const struct profile *profile, struct page *page);

/* What stands before the names, when it is not the two shares. */
struct tree_columns {
	/* Begin the line of the node at this place of profile->nodes; self: of it and of those of
	 * the same name that have no line of their own. */
	void (*begin)(const void *report, size_t node, uint64_t self, struct page *page);
	const void *report;
	bool is_all_kernel; /* only modules are told beside functions */
};

/* Print only the lines of the nodes. */
void tree_text_nodes(const struct profile *profile, const struct tree_columns *columns,
		     struct page *page);

#endif
