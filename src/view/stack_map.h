/* How is the map of an I/O stack shown? For people and for programs. */
#ifndef VIEW_STACK_MAP_H
#define VIEW_STACK_MAP_H

#include <jansson.h>

#include "base/own.h"
#include "finding/stack_map.h"
#include "view/page.h"

/* Each layer on a line of its own, below what lies on it. */
void stack_map_text(const struct stack_map *map, struct page *page);

/* The same as an object; NULL: memory is out. */
json_t *stack_map_object(const struct stack_map *map);

#endif
