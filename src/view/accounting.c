/* Where did each thread's time go? Columns measured by what is in them; those that matter less go
 * first when it is narrow. */
#include "view/accounting.h"

#include <inttypes.h>

#include "base/array.h"
#include "base/escape.h"
#include "finding/format.h"

enum {
	ROWS_MAX = 20,
	NAME_COLUMNS_MAX = 24,
	WIDE_PAGE_COLUMNS = 100, /* from here on there is room for two spaces between columns */
	COLUMNS_MAX = 10 + CAUSE_COUNT,
};

/* In the order in which they stand; a cause's own column stands between MOSTLY and UNKNOWN. */
enum column_kind {
	COLUMN_TID,
	COLUMN_NAME,
	COLUMN_WALL,
	COLUMN_USER,
	COLUMN_KERNEL,
	COLUMN_IRQ,
	COLUMN_RUNNABLE,
	COLUMN_BLOCKED,
	COLUMN_MOSTLY,
	COLUMN_CAUSE,
	COLUMN_UNKNOWN,
};

struct column {
	enum column_kind kind;
	enum cause cause; /* of COLUMN_CAUSE */
	unsigned int columns;
};

struct table {
	const struct thread_account *rows;
	size_t row_count;
	struct column columns[COLUMNS_MAX];
	size_t column_count;
	unsigned int gap;
	unsigned int used; /* of the page's columns */
	bool lacks_irq;    /* there was no room for the column IRQ */
};

struct cell {
	char text[40];
};

static struct cell cell_of(const char *text)
{
	struct cell cell = {};

	/* Not strncpy(): gcc 12 -O2 drops the source's bytes when it is shorter than the room
	 * behind a ?:. */
	(void)snprintf(cell.text, sizeof(cell.text), "%s", text);
	return cell;
}

static struct cell duration_cell(uint64_t ns)
{
	return cell_of(ns ? format_duration(ns).text : "0");
}

static const char *title_of(const struct column *column)
{
	switch (column->kind) {
	case COLUMN_TID:
		return "TID";
	case COLUMN_NAME:
		return "NAME";
	case COLUMN_WALL:
		return "WALL";
	case COLUMN_USER:
		return "USER";
	case COLUMN_KERNEL:
		return "KERNEL";
	case COLUMN_IRQ:
		return "IRQ";
	case COLUMN_RUNNABLE:
		return "RUNNABLE";
	case COLUMN_BLOCKED:
		return "BLOCKED";
	case COLUMN_MOSTLY:
		return "MOSTLY";
	case COLUMN_CAUSE:
		return cause_id(column->cause);
	case COLUMN_UNKNOWN:
		return "UNKNOWN";
	}
	return "";
}

static struct cell cell_in(const struct column *column, const struct thread_account *thread)
{
	enum cause most = CAUSE_UNKNOWN;
	struct cell tid = {};

	switch (column->kind) {
	case COLUMN_TID:
		(void)snprintf(tid.text, sizeof(tid.text), "%" PRIu32, thread->tid);
		return tid;
	case COLUMN_NAME:
		return cell_of(thread->comm);
	case COLUMN_WALL:
		return duration_cell(thread->wall_ns);
	case COLUMN_USER:
		return duration_cell(thread->user_ns);
	case COLUMN_KERNEL:
		return duration_cell(thread->kernel_ns);
	case COLUMN_IRQ:
		return duration_cell(thread->irq_ns);
	case COLUMN_RUNNABLE:
		return duration_cell(thread->queue_ns);
	case COLUMN_BLOCKED:
		return duration_cell(thread_blocked_ns(thread, &most));
	case COLUMN_MOSTLY:
		return cell_of(thread_blocked_ns(thread, &most) ? cause_id(most) : "");
	case COLUMN_CAUSE:
		return duration_cell(thread->blocked_ns[column->cause]);
	case COLUMN_UNKNOWN:
		return duration_cell(thread->unknown_ns);
	}
	return tid;
}

static bool is_left(const struct column *column)
{
	return column->kind == COLUMN_NAME || column->kind == COLUMN_MOSTLY;
}

static unsigned int measure(const struct table *table, const struct column *column, bool utf8)
{
	unsigned int columns = escaped_columns(title_of(column), utf8);

	for (size_t i = 0; i < table->row_count; i++) {
		unsigned int wanted = escaped_columns(cell_in(column, &table->rows[i]).text, utf8);

		if (wanted > columns)
			columns = wanted;
	}
	return column->kind == COLUMN_NAME && columns > NAME_COLUMNS_MAX ? NAME_COLUMNS_MAX
									 : columns;
}

/* Add a column in its place; false when the page has no room for it. */
static bool add_column(struct table *table, const struct page *page, struct column column)
{
	size_t at = table->column_count;
	unsigned int needed;

	column.columns = measure(table, &column, page->utf8);
	needed = column.columns + (table->column_count ? table->gap : 0);
	if (table->column_count == COLUMNS_MAX || table->used + needed > page->columns)
		return false;

	while (at > 0 && table->columns[at - 1].kind > column.kind) {
		table->columns[at] = table->columns[at - 1];
		at--;
	}
	table->columns[at] = column;
	table->column_count++;
	table->used += needed;
	return true;
}

/* The longest that any thread of the table was blocked by this cause. */
static uint64_t longest_ns(const struct table *table, enum cause cause)
{
	uint64_t longest = 0;

	for (size_t i = 0; i < table->row_count; i++) {
		if (table->rows[i].blocked_ns[cause] > longest)
			longest = table->rows[i].blocked_ns[cause];
	}
	return longest;
}

/* As many columns of single causes as the page has room for, those of the longest waits first. */
static void add_cause_columns(struct table *table, const struct page *page)
{
	bool is_done[CAUSE_COUNT] = {};

	for (;;) {
		enum cause longest = CAUSE_COUNT;

		for (enum cause cause = 0; cause < CAUSE_COUNT; cause++) {
			if (is_done[cause] || !longest_ns(table, cause))
				continue;
			if (longest == CAUSE_COUNT ||
			    longest_ns(table, cause) > longest_ns(table, longest))
				longest = cause;
		}
		if (longest == CAUSE_COUNT ||
		    !add_column(table, page,
				(struct column){ .kind = COLUMN_CAUSE, .cause = longest }))
			return;
		is_done[longest] = true;
	}
}

static void choose_columns(struct table *table, const struct page *page)
{
	static const enum column_kind BY_WEIGHT[] = {
		COLUMN_TID,      COLUMN_NAME,    COLUMN_WALL,    COLUMN_USER,   COLUMN_KERNEL,
		COLUMN_RUNNABLE, COLUMN_BLOCKED, COLUMN_UNKNOWN, COLUMN_MOSTLY, COLUMN_IRQ,
	};

	for (size_t i = 0; i < array_count(BY_WEIGHT); i++) {
		if (!add_column(table, page, (struct column){ .kind = BY_WEIGHT[i] }) &&
		    BY_WEIGHT[i] == COLUMN_IRQ)
			table->lacks_irq = true;
	}
	add_cause_columns(table, page);
}

static void print_row(const struct table *table, struct page *page,
		      const struct thread_account *thread)
{
	page_begin(page, 0, 0);
	for (size_t i = 0; i < table->column_count; i++) {
		const struct column *column = &table->columns[i];
		struct cell cell = thread ? cell_in(column, thread) : cell_of(title_of(column));

		if (i > 0)
			page_cell(page, "", table->gap, true);
		page_cell(page, cell.text, column->columns, is_left(column));
	}
	page_end(page);
}

/* What a reader must know to add a row up, or to miss no thread. */
static void print_rest(const struct table *table, struct page *page, size_t thread_count)
{
	uint64_t longest_irq_ns = 0;

	for (size_t i = 0; i < table->row_count; i++) {
		if (table->rows[i].irq_ns > longest_irq_ns)
			longest_irq_ns = table->rows[i].irq_ns;
	}
	if (thread_count > table->row_count) {
		page_begin(page, 0, 2);
		page_format(page, "… and %s more %s",
			    format_count(thread_count - table->row_count).text,
			    thread_count - table->row_count == 1 ? "thread" : "threads");
		page_end(page);
	}
	if (table->lacks_irq && longest_irq_ns) {
		page_begin(page, 0, 2);
		page_format(page, "Not shown, for want of room: interrupts, up to %s in a thread.",
			    format_duration(longest_irq_ns).text);
		page_end(page);
	}
}

void accounting_print(const struct verdict *verdict, struct page *page)
{
	struct table table = {
		.rows = verdict->threads.items,
		.row_count = verdict->threads.count < ROWS_MAX ? verdict->threads.count : ROWS_MAX,
		.gap = page->columns < WIDE_PAGE_COLUMNS ? 1 : 2,
	};

	if (!table.row_count)
		return;
	choose_columns(&table, page);
	page_paint(page, PAINT_STRONG);
	print_row(&table, page, NULL);
	page_paint(page, PAINT_PLAIN);
	for (size_t i = 0; i < table.row_count; i++)
		print_row(&table, page, &table.rows[i]);
	print_rest(&table, page, verdict->threads.count);
}
