/* Is it told who queued a request, whichever thread did it for whom? */
#include <string.h>

#include "analyse/disk_state.h"
#include "harness/test.h"

struct known {
	struct names names;
	struct disk_issuers issuers;
};

static void known_free(struct known *known)
{
	names_free(&known->names);
	issuers_free(&known->issuers);
}

static void tell(struct known *known, uint32_t tid, uint32_t tgid, const char *comm, uint32_t flags)
{
	struct event_task event = { .tid = tid, .tgid = tgid, .flags = flags };

	memcpy(event.comm, comm, strnlen(comm, sizeof(event.comm)));
	assert_int_equal(issuers_take_task(&known->issuers, &known->names, &event), 0);
}

static void tell_symbol(struct known *known, uint32_t id, const char *name)
{
	union {
		struct event_symbol symbol;
		char bytes[sizeof(struct event_symbol) + 64];
	} event = { .symbol = { .id = id, .name_bytes = (uint16_t)strlen(name) } };

	memcpy(event.bytes + sizeof(event.symbol), name, strlen(name));
	assert_int_equal(issuers_take_symbol(&known->issuers, &known->names, &event.symbol), 0);
}

static uint32_t find(struct known *known, uint32_t tid, uint32_t work)
{
	uint32_t issuer;

	assert_int_equal(issuers_find(&known->issuers, &known->names, tid, work, &issuer), 0);
	return issuer;
}

static void assert_called(struct known *known, uint32_t issuer, const char *name)
{
	char text[128];

	issuers_say(&known->issuers, &known->names, issuer, text, sizeof(text));
	assert_string_equal(text, name);
}

static void threads_of_a_process_are_one_issuer(void **state)
{
	owns(known_free) struct known known = {};

	tell(&known, 10, 10, "fio", 0);
	tell(&known, 11, 10, "iou-wrk-10", 0);
	tell(&known, 20, 20, "fio", 0);
	assert_int_equal(find(&known, 10, 0), find(&known, 11, 0));
	assert_int_not_equal(find(&known, 10, 0), find(&known, 20, 0));
	assert_called(&known, find(&known, 11, 0), "fio");
}

static void a_process_is_called_as_it_was_last(void **state)
{
	owns(known_free) struct known known = {};
	uint32_t issuer;

	tell(&known, 10, 10, "sh", 0);
	issuer = find(&known, 10, 0);
	tell(&known, 10, 10, "postgres", 0);
	assert_called(&known, issuer, "postgres");
}

static void kernel_workers_are_told_apart_by_their_work(void **state)
{
	owns(known_free) struct known known = {};

	tell(&known, 30, 30, "kworker/u8:3", TASK_KERNEL);
	tell(&known, 31, 31, "kworker/u8:4", TASK_KERNEL);
	tell_symbol(&known, 7, "wb_workfn");
	tell_symbol(&known, 8, "loop_workfn");
	assert_int_equal(find(&known, 30, 7), find(&known, 31, 7));
	assert_int_not_equal(find(&known, 30, 7), find(&known, 30, 8));
	assert_called(&known, find(&known, 30, 7), "kworker/u#:# (wb_workfn)");
}

static void a_sum_of_a_worker_has_its_only_work(void **state)
{
	owns(known_free) struct known known = {};
	uint32_t sum;

	tell(&known, 30, 30, "kworker/u8:3", TASK_KERNEL);
	tell_symbol(&known, 7, "wb_workfn");
	tell_symbol(&known, 8, "loop_workfn");
	assert_int_equal(issuers_find_sum(&known.issuers, &known.names, 30, &sum), 0);
	assert_called(&known, sum, "kworker/u#:#");
	find(&known, 30, 7);
	assert_int_equal(issuers_find_sum(&known.issuers, &known.names, 30, &sum), 0);
	assert_called(&known, sum, "kworker/u#:# (several kinds of work)");
}

static void a_sum_is_its_work_as_long_as_there_is_one(void **state)
{
	owns(known_free) struct known known = {};
	uint32_t sum;

	tell(&known, 30, 30, "kworker/u8:3", TASK_KERNEL);
	tell_symbol(&known, 7, "wb_workfn");
	find(&known, 30, 7);
	assert_int_equal(issuers_find_sum(&known.issuers, &known.names, 30, &sum), 0);
	assert_called(&known, sum, "kworker/u#:# (wb_workfn)");
}

static void a_thread_that_was_not_told_is_unknown(void **state)
{
	owns(known_free) struct known known = {};

	assert_int_equal(find(&known, 99, 0), 0);
	assert_called(&known, 0, "unknown");
	tell_symbol(&known, 7, "wb_workfn");
	assert_called(&known, find(&known, 99, 7), "unknown (wb_workfn)");
}

static void a_number_that_is_given_again_is_another_thread(void **state)
{
	owns(known_free) struct known known = {};
	uint32_t first;

	tell(&known, 10, 10, "one", 0);
	first = find(&known, 10, 0);
	tell(&known, 10, 5, "two", 0);
	assert_int_not_equal(find(&known, 10, 0), first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_of_a_process_are_one_issuer),
		cmocka_unit_test(a_process_is_called_as_it_was_last),
		cmocka_unit_test(kernel_workers_are_told_apart_by_their_work),
		cmocka_unit_test(a_sum_of_a_worker_has_its_only_work),
		cmocka_unit_test(a_sum_is_its_work_as_long_as_there_is_one),
		cmocka_unit_test(a_thread_that_was_not_told_is_unknown),
		cmocka_unit_test(a_number_that_is_given_again_is_another_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
