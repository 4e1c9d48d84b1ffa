/* What happened when? Depth and latencies over time, sizes, and whether requests follow each other:
 * what only single requests tell. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/disk_state.h"

#define FIRST_COLUMN_NS 1000000u

/* So many requests may be left out between two that are told, and still be one run of them. */
#define GAP_MAX 64u

static uint64_t min_ns(uint64_t one, uint64_t other)
{
	return one < other ? one : other;
}

static uint64_t max_ns(uint64_t one, uint64_t other)
{
	return one > other ? one : other;
}

struct disk_line *lines_find(const struct disk_lines *lines, uint32_t dev)
{
	const uint64_t *place = hash_find(&lines->by_dev, dev);

	return place ? lines->items.items[*place - 1].line : NULL;
}

/* 1 and *ret; 0: no room; -ENOMEM. */
static int get_line(struct disk_lines *lines, uint32_t dev, struct disk_line **ret)
{
	struct disk_line_slot *slot;
	uint64_t *place;

	*ret = lines_find(lines, dev);
	if (*ret)
		return 1;
	if (lines->items.count >= DISK_LINES_MAX)
		return 0;
	slot = array_push(&lines->items);
	if (!slot)
		return -ENOMEM;
	slot->line = calloc(1, sizeof(*slot->line));
	place = slot->line ? hash_put(&lines->by_dev, dev) : NULL;
	if (!place)
		return -ENOMEM;
	slot->line->dev = dev;
	*place = lines->items.count;
	*ret = slot->line;
	return 1;
}

/* --- columns --- */

static void add_cell(struct disk_cell *cell, const struct disk_cell *other)
{
	cell->count += other->count;
	cell->bytes += other->bytes;
	cell->queue_ns += other->queue_ns;
	cell->device_ns += other->device_ns;
	for (size_t i = 0; i < LATENCY_DOUBLINGS; i++)
		cell->heat[i] += other->heat[i];
}

static void fold(struct disk_line *line)
{
	for (size_t i = 0; i < DISK_COLUMNS / 2; i++) {
		struct disk_cell cell = line->cells[2 * i];

		add_cell(&cell, &line->cells[2 * i + 1]);
		line->cells[i] = cell;
	}
	memset(&line->cells[DISK_COLUMNS / 2], 0, sizeof(line->cells) / 2);
}

/* Columns grow, so that all time up to this one has its place. */
static void make_room(struct disk_lines *lines, uint64_t end_ns)
{
	if (!lines->column_ns)
		lines->column_ns = FIRST_COLUMN_NS;
	while (end_ns > lines->begin_ns &&
	       (end_ns - lines->begin_ns) / lines->column_ns >= DISK_COLUMNS) {
		for (size_t i = 0; i < lines->items.count; i++)
			fold(lines->items.items[i].line);
		lines->column_ns *= 2;
	}
}

static size_t column_of(const struct disk_lines *lines, uint64_t time_ns)
{
	return time_ns > lines->begin_ns ? (time_ns - lines->begin_ns) / lines->column_ns : 0;
}

/* Each column gets the part of it that lies in it. */
static void spread(const struct disk_lines *lines, struct disk_line *line, uint64_t begin_ns,
		   uint64_t end_ns, bool is_queue)
{
	begin_ns = max_ns(begin_ns, lines->begin_ns);
	for (size_t i = column_of(lines, begin_ns); i < DISK_COLUMNS; i++) {
		uint64_t from_ns = lines->begin_ns + i * lines->column_ns;
		uint64_t to_ns = min_ns(from_ns + lines->column_ns, end_ns);

		if (from_ns >= end_ns)
			break;
		from_ns = max_ns(from_ns, begin_ns);
		if (to_ns > from_ns && is_queue)
			line->cells[i].queue_ns += to_ns - from_ns;
		else if (to_ns > from_ns)
			line->cells[i].device_ns += to_ns - from_ns;
	}
}

static void take_time(const struct disk_lines *lines, struct disk_line *line,
		      const struct event_request *event)
{
	struct disk_cell *cell = &line->cells[column_of(lines, event->head.time_ns)];
	uint64_t took_ns = event->head.time_ns - event->start_ns;
	uint32_t doubling = took_ns ? 63U - (uint32_t)__builtin_clzll(took_ns) : 0;

	cell->count++;
	cell->bytes += event->bytes;
	cell->heat[doubling < LATENCY_DOUBLINGS ? doubling : LATENCY_DOUBLINGS - 1]++;
	spread(lines, line, event->start_ns, event->issue_ns, true);
	spread(lines, line, event->issue_ns, event->head.time_ns, false);
}

/* --- busy or not --- */

static void settle_oldest(struct disk_line *line)
{
	line->busy_ns += line->open[0].end_ns - line->open[0].begin_ns;
	line->open_count--;
	memmove(&line->open[0], &line->open[1], line->open_count * sizeof(line->open[0]));
}

/* Requests come by their ends: each may only join the last intervals. */
static void take_busy(struct disk_line *line, uint64_t begin_ns, uint64_t end_ns)
{
	if (begin_ns >= end_ns)
		return;
	while (line->open_count && line->open[line->open_count - 1].end_ns >= begin_ns) {
		begin_ns = min_ns(begin_ns, line->open[line->open_count - 1].begin_ns);
		end_ns = max_ns(end_ns, line->open[line->open_count - 1].end_ns);
		line->open_count--;
	}
	if (line->open_count == DISK_INTERVALS)
		settle_oldest(line);
	line->open[line->open_count++] = (struct disk_interval){ begin_ns, end_ns };
}

uint64_t line_busy_ns(const struct disk_line *line)
{
	uint64_t busy_ns = line->busy_ns;

	for (size_t i = 0; i < line->open_count; i++)
		busy_ns += line->open[i].end_ns - line->open[i].begin_ns;
	return busy_ns;
}

/* --- one after another? --- */

/* With several under way they may complete in another order than they lie. */
static bool adjoins(const struct disk_stream *stream, uint64_t begin, uint64_t end)
{
	uint64_t known = stream->count < DISK_PLACES ? stream->count : DISK_PLACES;

	for (uint64_t i = 0; i < known; i++) {
		if (stream->places[i].end == begin || stream->places[i].begin == end)
			return true;
	}
	return false;
}

static void take_place(struct disk_stream *stream, const struct event_request *event)
{
	uint64_t end = event->sector + event->bytes / 512;

	if (stream->count) {
		stream->judged++;
		stream->sequential += adjoins(stream, event->sector, end);
	}
	stream->places[stream->count % DISK_PLACES] = (struct disk_place){ event->sector, end };
	stream->count++;
}

static void take_order(struct disk_line *line, const struct event_request *event, enum disk_op op)
{
	/* Where some were left out, what follows is a run of its own. */
	if (event->id > line->last_id + GAP_MAX)
		for (size_t i = 0; i < DISK_OP_COUNT; i++)
			line->streams[i].count = 0;
	line->last_id = max_ns(line->last_id, event->id);
	if (event->bytes)
		take_place(&line->streams[op], event);
}

double line_sequential_share(const struct disk_line *line, enum disk_op op)
{
	const struct disk_stream *stream = &line->streams[op];

	return stream->judged ? (double)stream->sequential / (double)stream->judged : -1;
}

/* --- all of it --- */

int lines_take(struct disk_lines *lines, uint32_t dev, const struct event_request *event)
{
	enum disk_op op = disk_op_of(event->flags);
	uint32_t size = event->bytes ? 31U - (uint32_t)__builtin_clz(event->bytes) : 0;
	struct disk_line *line;
	int r = get_line(lines, dev, &line);

	if (r <= 0)
		return r;
	make_room(lines, event->head.time_ns);
	line->told++;
	line->sizes[op][size]++;
	take_order(line, event, op);
	/* Those that need a flush are under way meanwhile. */
	if (op == DISK_FLUSH)
		return 0;
	take_time(lines, line, event);
	take_busy(line, max_ns(event->start_ns, lines->begin_ns), event->head.time_ns);
	return 0;
}

static void find_doublings(const struct disk_line *line, size_t columns, uint32_t *ret_first,
			   uint32_t *ret_end)
{
	*ret_first = LATENCY_DOUBLINGS;
	*ret_end = 0;
	for (size_t i = 0; i < columns; i++) {
		for (uint32_t k = 0; k < LATENCY_DOUBLINGS; k++) {
			if (!line->cells[i].heat[k])
				continue;
			*ret_first = k < *ret_first ? k : *ret_first;
			*ret_end = k + 1 > *ret_end ? k + 1 : *ret_end;
		}
	}
}

static int say_column(const struct disk_lines *lines, const struct disk_cell *cell,
		      struct disk_device *device)
{
	struct disk_column *column = array_push(&device->columns);

	if (!column)
		return -ENOMEM;
	column->count = cell->count;
	column->bytes = cell->bytes;
	column->queue_depth = (double)cell->queue_ns / (double)lines->column_ns;
	column->device_depth = (double)cell->device_ns / (double)lines->column_ns;
	for (uint32_t row = 0; row < device->heat.rows; row++) {
		uint64_t *count = array_push(&device->heat.cells);

		if (!count)
			return -ENOMEM;
		*count = cell->heat[device->heat.first_doubling + row];
	}
	return 0;
}

int line_say(const struct disk_lines *lines, const struct disk_line *line, uint64_t end_ns,
	     struct disk_device *device)
{
	size_t columns = lines->column_ns ? column_of(lines, end_ns) + 1 : 0;
	uint32_t first, end;
	int r = 0;

	columns = columns < DISK_COLUMNS ? columns : DISK_COLUMNS;
	find_doublings(line, columns, &first, &end);
	device->heat.first_doubling = end ? first : 0;
	device->heat.rows = end ? end - first : 0;
	for (size_t i = 0; i < columns && r == 0; i++)
		r = say_column(lines, &line->cells[i], device);
	return r;
}

void disk_lines_free(struct disk_lines *lines)
{
	for (size_t i = 0; i < lines->items.count; i++)
		free(lines->items.items[i].line);
	array_free(&lines->items);
	hash_free(&lines->by_dev);
}
