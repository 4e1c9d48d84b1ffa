/* Do all events reach the other thread, in order, and its answer the first one? */
#include "cmd/relay.h"

#include <errno.h>
#include <string.h>

#include "harness/test.h"

#define EVENTS 200000

/* Takes events that are numbered by their time, and refuses one of them. */
struct taker {
	uint64_t count;
	uint64_t refused_at;
	bool is_in_order;
};

static int take(void *self, const struct event *event, struct diag *why)
{
	struct taker *taker = self;
	const unsigned char *bytes = (const unsigned char *)event;

	taker->is_in_order &= event->time_ns == taker->count;
	if (event->bytes > sizeof(*event))
		taker->is_in_order &= bytes[event->bytes - 1] == (unsigned char)event->time_ns;
	if (++taker->count == taker->refused_at)
		return diag_set(why, -EBADMSG, "the %uth is bad", (unsigned int)taker->refused_at);
	return 0;
}

static struct relay *begin(struct taker *taker)
{
	const struct event_sink sink = { .take = take, .self = taker };
	struct relay *relay = NULL;

	taker->is_in_order = true;
	assert_int_equal(relay_new(&sink, &relay), 0);
	return relay;
}

/* Of many sizes; the largest is that of a stack with as many frames as a record can hold. */
static int give_one(struct relay *relay, uint64_t number, struct diag *why)
{
	static _Alignas(8) unsigned char room[140000];
	struct event *event = (struct event *)(void *)room;

	*event = (struct event){ .bytes = 16 + (uint32_t)(number * 2654435761U % 200) * 8,
				 .time_ns = number };
	if (number % 50000 == 49999)
		event->bytes = sizeof(room);
	if (event->bytes > sizeof(*event))
		room[event->bytes - 1] = (unsigned char)number;
	return relay_take(relay, event, why);
}

static void all_events_are_taken_in_their_order(void **state)
{
	struct taker taker = {};
	owns(relay_free) struct relay *relay = begin(&taker);
	struct diag why = {};

	for (uint64_t i = 0; i < EVENTS; i++)
		assert_int_equal(give_one(relay, i, &why), 0);
	assert_int_equal(relay_finish(relay, &why), 0);
	assert_int_equal(taker.count, EVENTS);
	assert_true(taker.is_in_order);
}

static void nothing_is_taken_of_nothing(void **state)
{
	struct taker taker = {};
	owns(relay_free) struct relay *relay = begin(&taker);
	struct diag why = {};

	assert_int_equal(relay_finish(relay, &why), 0);
	assert_int_equal(taker.count, 0);
}

static void a_refusal_comes_back_and_ends_it(void **state)
{
	static const uint64_t AT[] = { 1, 5, 3000, EVENTS };

	for (size_t i = 0; i < sizeof(AT) / sizeof(AT[0]); i++) {
		struct taker taker = { .refused_at = AT[i] };
		owns(relay_free) struct relay *relay = begin(&taker);
		struct diag why = {};
		int r = 0;

		for (uint64_t n = 0; n < EVENTS && r == 0; n++)
			r = give_one(relay, n, &why);
		if (r == 0)
			r = relay_finish(relay, &why);
		assert_int_equal(r, -EBADMSG);
		assert_int_equal(why.code, -EBADMSG);
		assert_non_null(strstr(why.text, "is bad"));
		assert_int_equal(taker.count, AT[i]);
	}
}

static void it_can_be_left_at_any_time(void **state)
{
	for (uint64_t count = 0; count < 5000; count += 1234) {
		struct taker taker = {};
		owns(relay_free) struct relay *relay = begin(&taker);
		struct diag why = {};

		for (uint64_t i = 0; i < count; i++)
			assert_int_equal(give_one(relay, i, &why), 0);
		relay_free(&relay);
		assert_true(taker.count <= count && taker.is_in_order);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_events_are_taken_in_their_order),
		cmocka_unit_test(nothing_is_taken_of_nothing),
		cmocka_unit_test(a_refusal_comes_back_and_ends_it),
		cmocka_unit_test(it_can_be_left_at_any_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
