/* What does a key do on the live screen? */
#include <string.h>

#include "view/top_screen.h"

enum {
	CTRL_C = 3,
	CTRL_H = 8,
	CTRL_L = 12,
	CTRL_Z = 26,
	DELETE = 127,
	LINES_AROUND_PAGE = 6, /* some of what was seen stays in sight */
};

/* --- the selection --- */

static uint32_t tid_at(const struct top_model *model, size_t place)
{
	return model->report->threads.items[model->rows->places.items[place]].tid;
}

void top_state_follow(struct top_state *state, const struct top_model *model)
{
	size_t count = model->report ? model->rows->places.count : 0;

	if (!count) {
		state->place = 0;
		return;
	}
	/* The detail is about one thread, wherever its row is. */
	if (state->page == TOP_PAGE_DETAIL)
		state->has_chosen = true;
	if (!state->has_chosen) {
		state->place = 0;
		state->tid = tid_at(model, 0);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		if (tid_at(model, i) == state->tid) {
			state->place = i;
			return;
		}
	}
	if (state->page == TOP_PAGE_DETAIL)
		return;
	if (state->place >= count)
		state->place = count - 1;
	state->tid = tid_at(model, state->place);
}

static void select_place(struct top_state *state, const struct top_model *model, size_t place)
{
	size_t count = model->report ? model->rows->places.count : 0;

	if (!count)
		return;
	state->place = place < count ? place : count - 1;
	state->tid = tid_at(model, state->place);
	/* Whoever goes to the first row wants to see the first one, whichever it is. */
	state->has_chosen = state->place > 0;
}

static size_t moved(size_t from, long by)
{
	if (by < 0 && from < (size_t)-by)
		return 0;
	return from + (size_t)by;
}

static void move(struct top_state *state, const struct top_model *model, long by)
{
	if (state->page == TOP_PAGE_THREADS)
		select_place(state, model, moved(state->place, by));
	else
		state->scroll = moved(state->scroll, by);
}

/* Keys that move; false: it is none. */
static bool take_motion(struct top_state *state, const struct top_model *model, int key,
			unsigned int lines)
{
	long page = lines > LINES_AROUND_PAGE ? (long)lines - LINES_AROUND_PAGE : 1;

	switch (key) {
	case TOP_KEY_UP:
	case 'k':
		move(state, model, -1);
		return true;
	case TOP_KEY_DOWN:
	case 'j':
		move(state, model, 1);
		return true;
	case TOP_KEY_PAGE_UP:
		move(state, model, -page);
		return true;
	case TOP_KEY_PAGE_DOWN:
		move(state, model, page);
		return true;
	case TOP_KEY_HOME:
	case 'g':
		move(state, model, -SCREEN_SIDE_MAX * 1000L);
		return true;
	case TOP_KEY_END:
	case 'G':
		move(state, model, SCREEN_SIDE_MAX * 1000L);
		return true;
	default:
		return false;
	}
}

/* --- the filter --- */

static enum top_action end_typing(struct top_state *state)
{
	state->is_typing = false;
	return TOP_ACTION_REORDER;
}

/* Cut the last character, which may be several bytes. */
static void cut_last(char *text)
{
	size_t length = strlen(text);

	while (length && ((unsigned char)text[length - 1] & 0xc0) == 0x80)
		length--;
	if (length)
		length--;
	text[length] = '\0';
}

static enum top_action take_typed(struct top_state *state, int key)
{
	size_t length = strlen(state->filter);

	switch (key) {
	case '\n':
	case '\r':
	case TOP_KEY_ENTER:
		return end_typing(state);
	case TOP_KEY_ESCAPE:
		memcpy(state->filter, state->former, sizeof(state->filter));
		return end_typing(state);
	case CTRL_C:
		return TOP_ACTION_QUIT;
	case CTRL_Z:
		return TOP_ACTION_SUSPEND;
	case CTRL_H:
	case DELETE:
	case TOP_KEY_BACKSPACE:
		cut_last(state->filter);
		return TOP_ACTION_REORDER;
	default:
		break;
	}
	if (key < ' ' || key > 255 || length + 1 >= sizeof(state->filter))
		return TOP_ACTION_NONE;
	state->filter[length] = (char)key;
	state->filter[length + 1] = '\0';
	return TOP_ACTION_REORDER;
}

static enum top_action begin_typing(struct top_state *state)
{
	if (state->page != TOP_PAGE_THREADS)
		return TOP_ACTION_NONE;
	memcpy(state->former, state->filter, sizeof(state->former));
	state->is_typing = true;
	return TOP_ACTION_NONE;
}

/* --- pages --- */

static void open_page(struct top_state *state, enum top_page page)
{
	if (state->page == TOP_PAGE_THREADS || state->page == TOP_PAGE_CULPRITS ||
	    page == TOP_PAGE_HELP)
		state->before = state->page;
	state->page = page;
	state->scroll = 0;
}

static enum top_action go_back(struct top_state *state)
{
	switch (state->page) {
	case TOP_PAGE_HELP:
		state->page = state->before;
		state->before = TOP_PAGE_THREADS;
		break;
	case TOP_PAGE_DETAIL:
	case TOP_PAGE_CULPRITS:
		state->page = TOP_PAGE_THREADS;
		break;
	case TOP_PAGE_THREADS:
		state->filter[0] = '\0';
		return TOP_ACTION_REORDER;
	}
	state->scroll = 0;
	return state->page == TOP_PAGE_DETAIL ? TOP_ACTION_DETAIL : TOP_ACTION_REORDER;
}

static enum top_action take_page(struct top_state *state, const struct top_model *model, int key)
{
	switch (key) {
	case '?':
	case 'h':
		if (state->page == TOP_PAGE_HELP)
			return go_back(state);
		open_page(state, TOP_PAGE_HELP);
		return TOP_ACTION_NONE;
	case '\t':
		open_page(state,
			  state->page == TOP_PAGE_CULPRITS ? TOP_PAGE_THREADS : TOP_PAGE_CULPRITS);
		return state->page == TOP_PAGE_THREADS ? TOP_ACTION_REORDER : TOP_ACTION_NONE;
	case TOP_KEY_ENTER:
	case '\n':
	case '\r':
		if (state->page != TOP_PAGE_THREADS || !model->report || !model->rows->places.count)
			return TOP_ACTION_NONE;
		open_page(state, TOP_PAGE_DETAIL);
		return TOP_ACTION_DETAIL;
	case TOP_KEY_ESCAPE:
	case TOP_KEY_BACKSPACE:
		return go_back(state);
	default:
		return TOP_ACTION_NONE;
	}
}

static enum top_action take_order(struct top_state *state, int key)
{
	for (enum top_order order = 0; order < TOP_ORDERS; order++) {
		if (key == top_order_key(order) && state->page == TOP_PAGE_THREADS) {
			state->order = order;
			return TOP_ACTION_REORDER;
		}
	}
	return TOP_ACTION_NONE;
}

static enum top_action take_command(struct top_state *state, int key)
{
	switch (key) {
	case 'q':
	case CTRL_C:
		return TOP_ACTION_QUIT;
	case CTRL_Z:
		return TOP_ACTION_SUSPEND;
	case CTRL_L:
		return TOP_ACTION_REDRAW;
	case 'f':
		return TOP_ACTION_FREEZE;
	case 'p':
	case ' ':
		state->is_paused = !state->is_paused;
		return TOP_ACTION_NONE;
	case 'i':
		state->with_idle = !state->with_idle;
		return TOP_ACTION_REORDER;
	case 's':
		state->order = (enum top_order)((state->order + 1) % TOP_ORDERS);
		return TOP_ACTION_REORDER;
	case '/':
		return begin_typing(state);
	default:
		return take_order(state, key);
	}
}

enum top_action top_key_take(struct top_state *state, const struct top_model *model, int key,
			     unsigned int lines)
{
	enum top_action action;

	if (key == TOP_KEY_NONE)
		return TOP_ACTION_NONE;
	state->message[0] = '\0';
	if (state->is_typing)
		return take_typed(state, key);
	if (take_motion(state, model, key, lines))
		return TOP_ACTION_NONE;
	action = take_page(state, model, key);
	return action != TOP_ACTION_NONE ? action : take_command(state, key);
}
