/* How are heat maps told to the page that draws them? */
#ifndef VIEW_LATENCY_MAP_JSON_H
#define VIEW_LATENCY_MAP_JSON_H

#include <jansson.h>

#include "finding/latency_map.h"

/* {maps: [{name, count, over_time: {column_s, first_doubling, columns: [{latencies: [count]}]}}],
 * left_out}, the caller's; NULL when memory is out. */
json_t *view_latency_maps_json(const struct latency_map_list *list);

#endif
