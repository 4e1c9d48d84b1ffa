/* How do we say what can be named, and what to do about the rest? */
#ifndef VIEW_SYMBOLS_H
#define VIEW_SYMBOLS_H

#include <stdio.h>

#include "base/own.h"
#include "finding/symbols.h"
#include "view/text.h"

/* For people: the summary, what was asked for, the remedies with each command on a line of its own,
 * unbroken. -errno when out took no more; it is flushed. */
must_check int view_symbols_text(const struct symbols_report *report,
				 const struct view_style *style, FILE *out);

/*
 * For programs: {"schema": "slowpath.symbols/1", "summary", "items": [{kind, name, state, path,
 * names_from, lines_from, build_id, packing, origin, note}], "fixes": [{title, steps: [{text,
 * is_verbatim}]}], "notes": []}; what there is nothing to say of is null. -ENOMEM, or -errno when
 * out took no more; it is flushed.
 */
must_check int view_symbols_json(const struct symbols_report *report, FILE *out);

#endif
