/* Are the functions that were put into others frames of their own, where they are wanted? */
#include "harness/test.h"
#include "symbol/symbol.h"
#include "unit/symbol/fake.h"
#include "unit/symbol/heard.h"
#include "unit/symbol/spot.h"

static void functions_that_were_put_into_others_are_frames_when_wanted(void **state)
{
	const struct spot spot = spot_here();
	const uint64_t page = spot.file_offset % 4096;
	const uint64_t addresses[] = { 0x900000, 0x400000 + page + 1, 0x400000 + page + 1, 0 };

	for (unsigned int wants = 0; wants < 2; wants++) {
		struct fake fake = { .file = "/proc/self/exe" };
		const struct symbol_source source = { .open = fake_open,
						      .debug_bytes_max = SIZE_MAX,
						      .wants_inlined = wants,
						      .self = &fake };
		struct setup setup = {};
		const struct event_sink next = { .take = hear, .self = &setup.heard };
		const struct event_stack *stack;

		assert_int_equal(namer_new(&source, &next, &setup.namer), 0);
		take_mapping_at(&setup, 7, 0x400000, "/exe", spot.file_offset - page);
		/* The callers' frames hold the address behind. */
		take_stack(&setup, 1, 7, addresses);
		assert_symbol(&setup, 0, 1, "spot_outer", "/exe");
		if (!wants) {
			assert_int_equal(setup.heard.count, 2);
			stop(&setup);
			continue;
		}
		assert_int_equal(setup.heard.count, 4);
		assert_symbol(&setup, 1, 2, "spot_innermost", "/exe");
		assert_symbol(&setup, 2, 3, "spot_middle", "/exe");
		stack = event_at(&setup, 3, EVENT_STACK);
		assert_int_equal(stack->frames, 7);
		assert_int_equal(stack->head.bytes, sizeof(*stack) + 7 * sizeof(stack->frame[0]));
		assert_int_equal(stack->frame[0].symbol, 0);
		for (size_t i = 1; i < 7; i++) {
			static const uint32_t SYMBOLS[] = { 2, 3, 1 };

			assert_int_equal(stack->frame[i].symbol, SYMBOLS[(i - 1) % 3]);
			assert_int_equal(stack->frame[i].address, addresses[1]);
		}
		/* The second time they are known. */
		take_stack(&setup, 2, 7, addresses);
		assert_int_equal(setup.heard.count, 1);
		stack = event_at(&setup, 0, EVENT_STACK);
		assert_int_equal(stack->frames, 7);
		stop(&setup);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions_that_were_put_into_others_are_frames_when_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
