/* How is a number told to people? The one formatter for times, sizes, counts and shares. */
#ifndef FINDING_FORMAT_H
#define FINDING_FORMAT_H

#include <stdint.h>

/* Room for any number told by this file. */
struct number {
	char text[32];
};

/* Three significant digits and a unit: "8.31 s", "38.2 ms", "950 ns"; "0 s"; "16.7 min", "27.8 h"
 * when it is long. */
struct number format_duration(uint64_t ns);
/* Binary units: "4 KiB", "1.5 GiB", "512 B". */
struct number format_bytes(uint64_t bytes);
/* "83 %", "4.2 %", "0.3 %"; below 0.05 %: "0 %" for none and "<0.1 %" otherwise; "unknown" for what
 * is no share. */
struct number format_share(double share);
/* "213", "12,345". */
struct number format_count(uint64_t count);
/* How many times: "1.04", "5.9", "12". */
struct number format_factor(double factor);

#endif
