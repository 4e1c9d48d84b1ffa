/* How do we say what leaving the guest costs? For people and for programs. */
#ifndef VIEW_WORLD_SWITCH_H
#define VIEW_WORLD_SWITCH_H

#include <stdio.h>

#include "base/own.h"
#include "finding/world_switch.h"
#include "view/text.h"

/* All flush out: 0, -ENOMEM, or -errno when out took no more. */
must_check int view_world_switch_text(const struct world_switch *report,
				      const struct view_style *style, FILE *out);
must_check int view_world_switch_json(const struct world_switch *report, FILE *out);
must_check int view_world_switch_json_schema(FILE *out);

#endif
