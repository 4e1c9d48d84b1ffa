/* How is the map of an I/O stack shown? Layer by layer, with what is known and what was measured of
 * each. */
#include "view/stack_map.h"

#include "finding/format.h"
#include "view/json_values.h"
#include "view/lines.h"

enum {
	STEP_COLUMNS = 2, /* each layer stands so much further to the right */
};

static void print_measured(const struct stack_layer *layer, struct page *page)
{
	const struct disk_times *times = &layer->times;

	page_begin(page, layer->depth * STEP_COLUMNS + 4, layer->depth * STEP_COLUMNS + 6);
	page_format(page, "%s requests, %s, %s each (p99 %s): %s before it, %s in it · %s",
		    format_count(times->total.count).text, format_bytes(times->total.bytes).text,
		    format_duration(times->mean_ns).text, format_duration(times->total.p99_ns).text,
		    format_duration(times->queue_mean_ns).text,
		    format_duration(times->device_mean_ns).text, format_share(layer->share).text);
	page_words(page, "of the time of the topmost");
	page_end(page);
}

static void print_layer(const struct stack_layer *layer, struct page *page)
{
	unsigned int indent = layer->depth * STEP_COLUMNS;

	page_begin(page, indent, indent + 4);
	page_words(page, layer->kind);
	page_paint(page, PAINT_STRONG);
	page_words(page, layer->name);
	page_paint(page, PAINT_PLAIN);
	if (layer->what[0])
		page_format(page, "(%s)", layer->what);
	for (size_t i = 0; i < layer->facts.count; i++) {
		const struct stack_fact *fact = &layer->facts.items[i];

		page_format(page, "· %s", fact->key);
		page_words(page, fact->value);
	}
	page_end(page);
	if (layer->is_measured)
		print_measured(layer, page);
}

void stack_map_text(const struct stack_map *map, struct page *page)
{
	page_paint(page, PAINT_STRONG);
	page_begin(page, 0, 2);
	page_words(page, "Below");
	page_words(page, map->path);
	page_paint(page, PAINT_PLAIN);
	page_end(page);
	for (size_t i = 0; i < map->layers.count; i++)
		print_layer(&map->layers.items[i], page);
}

static json_t *facts_object(const struct stack_layer *layer)
{
	json_t *object = json_object();
	int bad = 0;

	for (size_t i = 0; i < layer->facts.count; i++)
		bad |= json_object_set_new(object, layer->facts.items[i].key,
					   json_text(layer->facts.items[i].value));
	return json_finished(object, bad);
}

static json_t *measured_object(const struct stack_layer *layer)
{
	const struct disk_times *times = &layer->times;
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "count", json_integer((json_int_t)times->total.count));
	bad |= json_object_set_new(object, "bytes", json_integer((json_int_t)times->total.bytes));
	bad |= json_object_set_new(object, "total_s", json_seconds(times->total.total_ns));
	bad |= json_object_set_new(object, "mean_s", json_seconds(times->mean_ns));
	bad |= json_object_set_new(object, "p99_s", json_seconds(times->total.p99_ns));
	bad |= json_object_set_new(object, "queue_mean_s", json_seconds(times->queue_mean_ns));
	bad |= json_object_set_new(object, "service_mean_s", json_seconds(times->device_mean_ns));
	bad |= json_object_set_new(object, "share", json_share(layer->share));
	return json_finished(object, bad);
}

static json_t *layer_object(const struct stack_layer *layer)
{
	json_t *object = json_object();
	int bad = 0;

	bad |= json_object_set_new(object, "depth", json_integer(layer->depth));
	bad |= json_object_set_new(object, "kind", json_text(layer->kind));
	bad |= json_object_set_new(object, "name", json_text(layer->name));
	bad |= json_object_set_new(object, "what", json_text(layer->what));
	bad |= json_object_set_new(object, "facts", facts_object(layer));
	bad |= json_object_set_new(object, "measured",
				   layer->is_measured ? measured_object(layer) : json_null());
	return json_finished(object, bad);
}

json_t *stack_map_object(const struct stack_map *map)
{
	json_t *object = json_object(), *layers = json_array();
	int bad = 0;

	for (size_t i = 0; i < map->layers.count; i++)
		bad |= json_array_append_new(layers, layer_object(&map->layers.items[i]));
	bad |= json_object_set_new(object, "path", json_text(map->path));
	bad |= json_object_set_new(object, "layers", layers);
	return json_finished(object, bad);
}
