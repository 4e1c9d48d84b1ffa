/* Which parts does the live screen consist of? Inner to it. */
#ifndef VIEW_TOP_PARTS_H
#define VIEW_TOP_PARTS_H

#include "view/top_screen.h"

/* Wider than this there is a column for each thing; else what, and who is to blame, share one. */
enum {
	TOP_WIDE_COLUMNS = 72,
};

/* What was watched, and how busy the machine was: as many lines as leave room for so many others.
 */
void top_put_machine(struct screen *screen, const struct top_state *state,
		     const struct top_model *model, unsigned int others);

/* "vda: busy 34 %, 12 reads/s …" */
void top_put_disk(struct screen *screen, const struct top_report *report,
		  const struct top_disk *disk);

/* A heading over the whole line. */
void top_put_heading(struct screen *screen, const char *text);

/* The table of threads, in all the lines but so many. */
void top_put_threads(struct screen *screen, struct top_state *state, const struct top_model *model,
		     unsigned int below);
/* The table of culprits. */
void top_put_culprits(struct screen *screen, struct top_state *state, const struct top_model *model,
		      unsigned int below);

/* All about a thread, and the help: scrolled by state->scroll. */
void top_put_detail(struct screen *screen, struct top_state *state, const struct top_model *model,
		    unsigned int below);
void top_put_help(struct screen *screen, struct top_state *state, const struct top_model *model,
		  unsigned int below);

#endif
