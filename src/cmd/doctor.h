/* What can slowpath see on this machine, and what is missing? */
#ifndef CMD_DOCTOR_H
#define CMD_DOCTOR_H

#include <stdbool.h>
#include <stdio.h>

#include "base/diag.h"
#include "host/features.h"

/*
 * Try every facility and print what came of it, as a table for 80 columns or as one JSON object
 * {"schema": "slowpath.doctor/1", "verdicts": {level, works, text, because},
 *  "facilities": [{id, name, works: "yes"|"partly"|"no"|"unknown", rung, why, lost, remedy}]};
 * rung, why, because, and of facilities that work lost and remedy, are null when there is nothing
 * to say. The exit status: 0 when a verdict with chains can be had, 1 when not, or when out took no
 * more (with *why then).
 */
int doctor_run(struct features *features, FILE *out, bool json, struct diag *why);

#endif
