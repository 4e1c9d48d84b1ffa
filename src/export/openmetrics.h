/* How does Prometheus want it? The verdict and how long things took, as OpenMetrics. */
#ifndef EXPORT_OPENMETRICS_H
#define EXPORT_OPENMETRICS_H

#include <stdio.h>

#include "base/diag.h"
#include "base/own.h"
#include "finding/finding.h"
#include "finding/latencies.h"

/*
 * One watch as OpenMetrics text 1.0, which readers of Prometheus' own format take as well: for a
 * textfile collector, or to be pushed. All are gauges and histograms, as another watch begins anew.
 * -ENOMEM, or -errno when out took no more; it is flushed.
 */
must_check int export_openmetrics(const struct verdict *verdict, const struct latencies *latencies,
				  FILE *out, struct diag *why);

#endif
