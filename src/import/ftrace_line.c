/* What does a line of ftrace's text say? The columns of function_graph stand from left to right,
 * each of them if it is on: time, CPU, thread, flags, duration, and the function, indented by its
 * depth. */
#include "import/ftrace_line.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

enum {
	INDENT = 2, /* columns of each caller */
};

typedef struct ftrace_text_piece piece;

/* --- pieces --- */

static piece trimmed(piece text)
{
	while (text.bytes && isspace((unsigned char)text.text[0])) {
		text.text++;
		text.bytes--;
	}
	while (text.bytes && isspace((unsigned char)text.text[text.bytes - 1]))
		text.bytes--;
	return text;
}

static bool begins(piece text, const char *with)
{
	size_t bytes = strlen(with);

	return text.bytes >= bytes && memcmp(text.text, with, bytes) == 0;
}

static bool ends(piece text, const char *with)
{
	size_t bytes = strlen(with);

	return text.bytes >= bytes && memcmp(text.text + text.bytes - bytes, with, bytes) == 0;
}

static const char *find(piece text, const char *what)
{
	return text.bytes ? memmem(text.text, text.bytes, what, strlen(what)) : NULL;
}

static piece before(piece whole, const char *place)
{
	return (piece){ whole.text, (size_t)(place - whole.text) };
}

static piece behind(piece whole, const char *place, size_t bytes)
{
	return (piece){ place + bytes, whole.bytes - (size_t)(place - whole.text) - bytes };
}

static bool is_digit(char letter)
{
	return letter >= '0' && letter <= '9';
}

static bool is_one_of(char letter, const char *letters)
{
	return letter && strchr(letters, letter);
}

/* Digits at its begin; they are taken off. False: there are none, or too many. */
static bool take_number(piece *rest, uint64_t *ret)
{
	uint64_t value = 0;
	size_t count = 0;

	for (; count < rest->bytes && is_digit(rest->text[count]); count++) {
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(rest->text[count] - '0'), &value))
			return false;
	}
	*rest = behind(*rest, rest->text, count);
	*ret = value;
	return count;
}

/* "15.943" times unit: seconds or microseconds, as nanoseconds. All of it must be that. */
static bool read_decimal(piece text, uint64_t unit_ns, uint64_t *ret)
{
	uint64_t whole, part_ns = 0, place_ns = unit_ns;

	if (!take_number(&text, &whole) || __builtin_mul_overflow(whole, unit_ns, &whole))
		return false;
	if (text.bytes && text.text[0] == '.') {
		for (size_t i = 1; i < text.bytes && is_digit(text.text[i]); i++) {
			place_ns /= 10;
			part_ns += place_ns * (uint64_t)(text.text[i] - '0');
			if (i + 1 == text.bytes)
				text.bytes = 0;
		}
	}
	*ret = whole + part_ns;
	return !text.bytes;
}

static uint32_t to_u32(uint64_t value)
{
	return value < FTRACE_NO_TASK ? (uint32_t)value : FTRACE_NO_TASK - 1;
}

/* "kworker/0:1-42": the name may have a dash itself. */
static bool cut_task(piece text, piece *ret_comm, uint32_t *ret_tid)
{
	const char *dash;
	uint64_t tid;
	piece number;

	text = trimmed(text);
	dash = text.bytes ? memrchr(text.text, '-', text.bytes) : NULL;
	if (!dash)
		return false;
	number = behind(text, dash, 1);
	if (!take_number(&number, &tid) || number.bytes)
		return false;
	*ret_comm = before(text, dash);
	*ret_tid = to_u32(tid);
	return true;
}

/* "d.h1.": off, resched, hard or soft interrupt, … */
static bool read_flags(piece text, struct ftrace_line *line)
{
	if (text.bytes < 3 || text.bytes > 8 || !is_one_of(text.text[0], "dD.bX"))
		return false;
	switch (text.text[2]) {
	case 'h':
	case 'H':
		line->level = FGRAPH_HARD_IRQ;
		break;
	case 's':
		line->level = FGRAPH_SOFT_IRQ;
		break;
	case 'z':
	case 'Z':
		line->level = FGRAPH_NMI;
		break;
	case '.':
		break;
	default:
		return false;
	}
	line->has_level = true;
	return true;
}

/* --- what is called --- */

/* The text between the last comment's marks; it is taken off. */
static piece take_comment(piece *text)
{
	const char *begin = find(*text, "/*");
	piece comment = {};

	if (!begin)
		return comment;
	comment = behind(*text, begin, 2);
	*text = trimmed(before(*text, begin));
	if (ends(comment, "*/"))
		comment.bytes -= 2;
	return trimmed(comment);
}

static piece take_word(piece *rest)
{
	piece word = { rest->text, 0 };

	while (word.bytes < rest->bytes && !isspace((unsigned char)word.text[word.bytes]))
		word.bytes++;
	*rest = trimmed(behind(*rest, rest->text, word.bytes));
	return word;
}

static bool take_module(piece word, piece *ret)
{
	if (word.bytes < 3 || word.text[0] != '[' || word.text[word.bytes - 1] != ']')
		return false;
	*ret = (piece){ word.text + 1, word.bytes - 2 };
	return true;
}

/* As far as the digits go. */
static uint64_t read_hex(piece digits)
{
	char text[17] = "";

	memcpy(text, digits.text, digits.bytes < 16 ? digits.bytes : 16);
	return strtoull(text, NULL, 16);
}

/* "-22", "0xffffffea", "17" */
static bool read_result(piece word, struct ftrace_line *line)
{
	bool is_negative = begins(word, "-");
	uint64_t value = 0;

	if (is_negative)
		word = behind(word, word.text, 1);
	if (begins(word, "0x"))
		value = read_hex(behind(word, word.text, 2));
	else if (!take_number(&word, &value))
		return false;
	line->result = (int64_t)(is_negative ? -value : value);
	line->has_result = true;
	return true;
}

/* "name [module] = 0x0", "name ret=-22", "<-caller ret=0x0": all but the words are optional. */
static void read_comment(piece comment, bool has_name, struct ftrace_line *line)
{
	bool is_result = false;

	while (comment.bytes) {
		piece word = take_word(&comment);

		if (begins(word, "ret="))
			(void)read_result(behind(word, word.text, 4), line);
		else if (is_result)
			is_result = !read_result(word, line);
		else if (word.bytes == 1 && word.text[0] == '=')
			is_result = true;
		else if (has_name && !line->name.bytes && !begins(word, "<-"))
			line->name = word;
		else if (has_name)
			(void)take_module(word, &line->module);
	}
}

/* "prev_pid=" and the number behind it */
static bool read_field(piece text, const char *name, uint32_t *ret)
{
	const char *place = find(text, name);
	uint64_t value;

	if (!place)
		return false;
	text = behind(text, place, strlen(name));
	if (!take_number(&text, &value))
		return false;
	*ret = to_u32(value);
	return true;
}

static piece text_field(piece text, const char *name, const char *end)
{
	const char *place = find(text, name), *stop;

	if (!place)
		return (piece){};
	text = behind(text, place, strlen(name));
	stop = find(text, end);
	return stop ? before(text, stop) : (piece){};
}

/* "trace-cmd:224 [120] S ==> swapper/1:0 [120]", as trace-cmd says it. */
static bool read_side(piece side, piece *ret_comm, uint32_t *ret_tid)
{
	const char *end = find(side, " [");
	piece task = end ? before(side, end) : side, number;
	const char *colon = task.bytes ? memrchr(task.text, ':', task.bytes) : NULL;
	uint64_t tid;

	if (!colon)
		return false;
	number = behind(task, colon, 1);
	if (!take_number(&number, &tid) || number.bytes)
		return false;
	*ret_comm = trimmed(before(task, colon));
	*ret_tid = to_u32(tid);
	return true;
}

static void cut_switch(piece text, struct ftrace_line *line)
{
	const char *arrow = find(text, " ==> ");
	piece from, to, comm;

	if (!arrow)
		return;
	from = before(text, arrow);
	to = behind(text, arrow, strlen(" ==> "));
	if (read_field(from, "prev_pid=", &line->tid) && read_field(to, "next_pid=", &line->next)) {
		line->next_comm = text_field(to, "next_comm=", " next_pid=");
		line->kind = FTRACE_LINE_SWITCH;
	} else if (read_side(from, &comm, &line->tid) &&
		   read_side(to, &line->next_comm, &line->next)) {
		line->kind = FTRACE_LINE_SWITCH;
	}
}

static void cut_event(piece text, struct ftrace_line *line)
{
	static const char NAME[] = "sched_switch:";
	const char *name = find(text, NAME);

	if (name)
		cut_switch(behind(text, name, sizeof(NAME) - 1), line);
}

static enum ftrace_line_kind cut_name(piece text, struct ftrace_line *line)
{
	const char *bracket = memchr(text.text, '(', text.bytes);
	piece words;

	if (!bracket || (!ends(text, "{") && !ends(text, ";")))
		return FTRACE_LINE_BAD;
	words = trimmed(before(text, bracket));
	line->name = take_word(&words);
	if (!line->name.bytes || (words.bytes && !take_module(words, &line->module)))
		return FTRACE_LINE_BAD;
	return ends(text, "{") ? FTRACE_LINE_ENTRY : FTRACE_LINE_LEAF;
}

/* The last column: what is called, indented. */
static void cut_call(piece text, struct ftrace_line *line)
{
	size_t blanks = 0;
	piece comment;

	while (blanks < text.bytes && text.text[blanks] == ' ')
		blanks++;
	text = trimmed(text);
	if (!text.bytes)
		return;
	if (begins(text, "/*")) {
		cut_event(text, line);
		return;
	}
	line->depth = (int32_t)(blanks < 4096 ? blanks / INDENT : 2048);
	comment = take_comment(&text);
	if (begins(text, "}")) {
		line->kind = FTRACE_LINE_EXIT;
		read_comment(comment, true, line);
		return;
	}
	line->kind = cut_name(text, line);
	read_comment(comment, false, line);
}

/* "+ 15.943 us", or only blanks, or an interrupt's arrow. False: the column is something else. */
static bool read_duration(piece column, struct ftrace_line *line)
{
	column = trimmed(column);
	if (!column.bytes)
		return true;
	if (begins(column, "=====") || begins(column, "<====")) {
		line->kind = column.text[0] == '<' ? FTRACE_LINE_IRQ_EXIT : FTRACE_LINE_IRQ_ENTRY;
		return true;
	}
	if (!ends(column, " us"))
		return false;
	column.bytes -= 3;
	if (is_one_of(column.text[0], "+!#*@$"))
		column = trimmed(behind(column, column.text, 1));
	line->has_duration = read_decimal(trimmed(column), 1000, &line->duration_ns);
	return line->has_duration;
}

/* --- the lines of function_graph --- */

/* "0)" and what comes with it */
static bool take_cpu(piece *rest, struct ftrace_line *line)
{
	piece text = trimmed(*rest);
	uint64_t cpu;

	if (!take_number(&text, &cpu) || !begins(text, ")") || cpu >= FGRAPH_CPUS_MAX)
		return false;
	line->cpu = (uint32_t)cpu;
	*rest = behind(text, text.text, 1);
	return true;
}

/* The column up to the next bar, if there is one. */
static bool take_column(piece *rest, piece *ret)
{
	const char *bar = rest->bytes ? memchr(rest->text, '|', rest->bytes) : NULL;

	if (!bar)
		return false;
	*ret = before(*rest, bar);
	*rest = behind(*rest, bar, 1);
	return true;
}

static bool cut_change(piece text, struct ftrace_line *line)
{
	const char *arrow = find(text, " => ");
	piece comm;
	uint32_t tid;

	if (!arrow || !cut_task(before(text, arrow), &comm, &tid) ||
	    !cut_task(behind(text, arrow, 4), &line->next_comm, &line->next))
		return false;
	line->tid = tid;
	line->kind = FTRACE_LINE_CHANGE;
	return true;
}

static void cut_graph(piece text, struct ftrace_line *line)
{
	piece rest = text, column, after;

	if (take_column(&rest, &column) &&
	    read_decimal(trimmed(column), 1000000000, &line->time_ns))
		line->has_time = true;
	else
		rest = text;
	if (!take_cpu(&rest, line) || cut_change(rest, line))
		return;
	for (after = rest; take_column(&after, &column); rest = after) {
		if (read_duration(column, line)) {
			if (line->kind == FTRACE_LINE_NONE)
				cut_call(after, line);
			return;
		}
		if (!cut_task(column, &line->comm, &line->tid) &&
		    !read_flags(trimmed(column), line))
			break;
	}
	cut_call(rest, line);
}

/* --- lines of events, as trace-cmd report and other tracers print them --- */

/* The last word; it is taken off. */
static piece take_last(piece *rest)
{
	piece whole = trimmed(*rest), word;
	size_t begin = whole.bytes;

	while (begin && !isspace((unsigned char)whole.text[begin - 1]))
		begin--;
	word = behind(whole, whole.text, begin);
	*rest = before(whole, whole.text + begin);
	return word;
}

/* "   mig7-262  (  262) [003] d..1.    27.769231:" */
static bool cut_front(piece front, struct ftrace_line *line)
{
	piece word = take_last(&front), cpu;
	uint64_t number;

	if (!ends(word, ":"))
		return false;
	word.bytes--;
	line->has_time = read_decimal(word, 1000000000, &line->time_ns);
	word = take_last(&front);
	if (!take_module(word, &cpu)) {
		(void)read_flags(word, line);
		word = take_last(&front);
	}
	if (!line->has_time || !take_module(word, &cpu) || !take_number(&cpu, &number) ||
	    cpu.bytes || number >= FGRAPH_CPUS_MAX)
		return false;
	line->cpu = (uint32_t)number;
	front = trimmed(front);
	if (ends(front, ")") && memrchr(front.text, '(', front.bytes))
		front = before(front, memrchr(front.text, '(', front.bytes));
	return cut_task(front, &line->comm, &line->tid);
}

static bool cut_event_line(piece text, struct ftrace_line *line)
{
	static const char *const NAMES[] = { " funcgraph_entry:", " funcgraph_exit:",
					     " sched_switch:" };
	const char *place = NULL;
	piece rest, column;
	size_t i;

	for (i = 0; i < array_count(NAMES) && !place; i++)
		place = find(text, NAMES[i]);
	if (!place || !cut_front(before(text, place), line))
		return false;
	rest = behind(text, place, strlen(NAMES[i - 1]));
	if (i == array_count(NAMES)) {
		cut_switch(rest, line);
		return true;
	}
	if (!take_column(&rest, &column) || !read_duration(column, line))
		line->kind = FTRACE_LINE_BAD;
	else
		cut_call(rest, line);
	return true;
}

/* "CPU:2 [LOST 57178 EVENTS]", "CPU:2 [57178 EVENTS DROPPED]", "CPU:2 [EVENTS DROPPED]" */
static bool cut_loss(piece text, struct ftrace_line *line)
{
	uint64_t cpu;

	text = trimmed(text);
	if (!begins(text, "CPU:") || (!find(text, "[LOST ") && !find(text, "EVENTS DROPPED]")))
		return false;
	text = trimmed(behind(text, text.text, 4));
	if (!take_number(&text, &cpu) || cpu >= FGRAPH_CPUS_MAX)
		return false;
	line->cpu = (uint32_t)cpu;
	line->kind = FTRACE_LINE_LOST;
	while (text.bytes && !is_digit(text.text[0]))
		text = behind(text, text.text, 1);
	(void)take_number(&text, &line->lost);
	return true;
}

void ftrace_line_cut(const char *text, size_t bytes, struct ftrace_line *ret)
{
	piece line = { text, bytes };

	*ret = (struct ftrace_line){ .tid = FTRACE_NO_TASK, .next = FTRACE_NO_TASK };
	if (!bytes || text[0] == '#')
		return;
	if (text[0] == 'C' && cut_loss(line, ret))
		return;
	if (!cut_event_line(line, ret))
		cut_graph(line, ret);
}
