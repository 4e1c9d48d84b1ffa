/* How are heat maps told to the page that draws them? */
#include "view/latency_map_json.h"

#include "view/json_values.h"

static json_t *columns_array(const struct latency_map *map)
{
	json_t *array = json_array();
	int bad = 0;

	for (uint32_t i = 0; i < map->columns; i++) {
		json_t *column = json_object(), *counts = json_array();

		for (uint32_t row = 0; row < map->rows; row++)
			bad |= json_array_append_new(
				counts,
				json_unsigned(map->cells.items[(size_t)i * map->rows + row]));
		bad |= json_object_set_new(column, "latencies", counts);
		bad |= json_array_append_new(array, column);
	}
	return json_finished(array, bad);
}

static json_t *map_object(const struct latency_map *map)
{
	json_t *object = json_object(), *over_time = json_object();
	int bad = 0;

	bad |= json_object_set_new(over_time, "column_s", json_seconds(map->column_ns));
	bad |= json_object_set_new(over_time, "first_doubling", json_integer(map->first_doubling));
	bad |= json_object_set_new(over_time, "columns", columns_array(map));
	bad |= json_object_set_new(object, "name", json_text(map->name));
	bad |= json_object_set_new(object, "count", json_unsigned(map->count));
	bad |= json_object_set_new(object, "over_time", over_time);
	return json_finished(object, bad);
}

json_t *view_latency_maps_json(const struct latency_map_list *list)
{
	json_t *object = json_object(), *array = json_array();
	int bad = 0;

	for (size_t i = 0; i < list->items.count; i++)
		bad |= json_array_append_new(array, map_object(&list->items.items[i]));
	bad |= json_object_set_new(object, "maps", array);
	bad |= json_object_set_new(object, "left_out", json_unsigned(list->left_out));
	return json_finished(object, bad);
}
