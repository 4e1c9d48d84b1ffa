/* What does the live screen of the views' tests show? Something of everything, hostile names
 * included. */
#ifndef TESTS_UNIT_VIEW_SAMPLE_TOP_H
#define TESTS_UNIT_VIEW_SAMPLE_TOP_H

#include "view/top_screen.h"

struct sample_top {
	struct top_model model;
	struct top_report *report;
	struct top_detail *detail;
	struct top_rows rows;
};

/* A machine whose threads wait for a disk, for a lock and for nothing; to end with
 * sample_top_free(). */
void sample_top_make(struct sample_top *sample);
/* The rows by this order and filter. */
void sample_top_choose(struct sample_top *sample, const struct top_state *state);
void sample_top_free(struct sample_top *sample);

#endif
