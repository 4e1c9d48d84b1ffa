/* What can the reader's terminal show? Its width, its colors, its characters. */
#ifndef CMD_STYLE_H
#define CMD_STYLE_H

#include <stdbool.h>

#include "cmd/options.h"
#include "view/text.h"

/* The style for an answer that goes to this descriptor. */
struct view_style style_for(const struct options *options, int fd);

/* Do the user's locale settings say UTF-8? */
bool style_is_utf8(void);

#endif
