/* What does the page of a verdict show beside it? The same events, seen as the other commands do:
 * both flame graphs, who wakes whom, and the latencies of devices, file systems and system calls.
 */
#ifndef CMD_PICTURES_H
#define CMD_PICTURES_H

#include <jansson.h>

#include "base/diag.h"
#include "base/own.h"
#include "cmd/html.h"
#include "event/event.h"

struct pictures;

/* On success *ret is the caller's, to end with pictures_free(). -ENOMEM. */
must_check int pictures_new(struct pictures **ret);
void pictures_free(struct pictures **pictures);

must_check int pictures_take(struct pictures *pictures, const struct event *event,
			     struct diag *why);

/* Add to the report what the page draws from it ("wakers", "devices", …_maps), and draw the flame
 * graphs into the page. -ENOMEM; or what html_draw() says. */
must_check int pictures_add(struct pictures *pictures, json_t *report, struct html_file *page,
			    struct diag *why);

#endif
