/* Who wakes whom: is each wake-up between the right two, and counted once? */
#include <string.h>

#include "harness/test.h"
#include "waited.h"

#define READ 0

static const struct waiter_options ALL = {};

/* A guest with two vCPUs, an I/O thread, a worker, and a disk. */
static void tell_guest(struct stream *stream)
{
	stream_watch(stream, WATCH_PROCESS, 10);
	stream_device(stream, 7, "vda", 0, 0);
	stream_task(stream, 10, "qemu-system-x86", TASK_TARGET);
	for (uint32_t tid = 11; tid <= 14; tid++) {
		static const char *const NAMES[] = { "CPU 0/KVM", "CPU 1/KVM", "IO io0", "worker" };
		struct event_task task = { .tid = tid, .tgid = 10, .flags = TASK_TARGET };

		memcpy(task.comm, NAMES[tid - 11], strlen(NAMES[tid - 11]));
		stream_add(stream, EVENT_TASK, &task, sizeof(task));
	}
	stream_task(stream, 20, "bystander", 0);
	for (int i = 0; i < 10; i++) {
		/* Twice by the first vCPU, then by the second, … */
		stream_wait(stream, 13, i * 10, i * 10 + 4,
			    (struct event_wait){ .syscall = 271,
						 .state = 1,
						 .waker_tid = i % 3 == 2 ? 12 : 11 });
		stream_wait(stream, 14, i * 10 + 4, i * 10 + 5,
			    (struct event_wait){ .syscall = 202, .state = 1, .waker_tid = 13 });
		stream_wait(stream, 14, i * 10 + 5, i * 10 + 7,
			    (struct event_wait){ .syscall = READ,
						 .state = 2,
						 .flags = SPAN_WOKEN_IRQ | SPAN_REQUEST,
						 .request_dev = 7 });
		stream_wait(stream, 13, i * 10 + 5, i * 10 + 8,
			    (struct event_wait){ .syscall = 271, .state = 1, .waker_tid = 14 });
	}
	/* Nobody's of the guest. */
	stream_wait(stream, 20, 0, 50, (struct event_wait){ .syscall = READ, .waker_tid = 30 });
	stream_end(stream, 100);
}

static void the_chain_of_a_guests_request_can_be_read_off(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(wait_report_free) struct wait_report *report = NULL;
	const struct wake_edge *edge;

	tell_guest(&stream);
	report = stream_waits(&stream, "thread,cause,function,waker", ALL);
	edge = report_edge(report, "CPU 0/KVM", "IO io0");
	assert_int_equal(edge->count, 7);
	assert_int_equal(edge->waited_ns, MS(28));
	assert_int_equal(edge->avg_ns, MS(4));
	assert_near(edge->share, 7.0 / 20);
	assert_near(edge->waker_share, 1.0);
	assert_int_equal(report_edge(report, "CPU 1/KVM", "IO io0")->count, 3);
	assert_int_equal(report_edge(report, "IO io0", "worker")->count, 10);
	assert_int_equal(report_edge(report, "interrupt", "worker")->count, 10);
	assert_int_equal(report_edge(report, "worker", "IO io0")->count, 10);
	assert_string_equal(report_node(report, "interrupt")->who.device, "vda");
	assert_string_equal(report_node(report, "IO io0")->who.role, "QEMU iothread");
	assert_string_equal(report_node(report, "CPU 1/KVM")->who.role, "vCPU 1, KVM");
	assert_string_equal(report_node(report, "worker")->who.role, "QEMU thread pool");
	assert_int_equal(report_node(report, "IO io0")->woken, 20);
	assert_int_equal(report_node(report, "IO io0")->wakes, 10);
	assert_int_equal(report_node(report, "IO io0")->who.tid, 13);
	/* Who waited longest comes first. */
	assert_string_equal(report->nodes.items[0].who.name, "IO io0");
	assert_null(report_node(report, "bystander"));
}

static void pools_are_one_node(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(wait_report_free) struct wait_report *report = NULL;

	tell_guest(&stream);
	report = stream_waits(&stream, "pool", ALL);
	assert_int_equal(report_edge(report, "CPU */KVM", "IO io*")->count, 10);
	assert_int_equal(report_node(report, "CPU */KVM")->who.tid, 0);
	assert_string_equal(report_node(report, "CPU */KVM")->who.role, "vCPU *, KVM");
}

static void those_who_woke_the_target_are_followed_one_step_further(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(wait_report_free) struct wait_report *report = NULL;

	stream_watch(&stream, WATCH_PROCESS, 10);
	stream_task(&stream, 10, "writer", TASK_TARGET);
	stream_task(&stream, 20, "jbd2/vda-8", TASK_KERNEL);
	stream_task(&stream, 30, "kworker/0:1", TASK_KERNEL);
	stream_task(&stream, 40, "kworker/1:1", TASK_KERNEL);
	stream_wait(&stream, 20, 0, 9, (struct event_wait){ .syscall = -1, .waker_tid = 30 });
	stream_wait(&stream, 10, 0, 6, (struct event_wait){ .syscall = 74, .waker_tid = 20 });
	stream_wait(&stream, 30, 0, 4, (struct event_wait){ .syscall = -1, .waker_tid = 40 });
	stream_end(&stream, 10);
	report = stream_waits(&stream, "comm", ALL);
	assert_int_equal(report_edge(report, "jbd2/vda-8", "writer")->count, 1);
	assert_int_equal(report_edge(report, "kworker/0:1", "jbd2/vda-8")->count, 1);
	assert_null(report_edge(report, "kworker/1:1", "kworker/0:1"));
	/* Its own stand first, however long others waited. */
	assert_string_equal(report->nodes.items[0].who.name, "writer");
	assert_true(report_node(report, "writer")->is_target);
	assert_true(report_node(report, "jbd2/vda-8")->is_kernel);
}

static void a_worker_is_told_by_its_work(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(wait_report_free) struct wait_report *report = NULL;
	uint64_t loop, flush;

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_task(&stream, 10, "writer", 0);
	stream_task(&stream, 20, "kworker/u4:1", TASK_KERNEL);
	stream_task(&stream, 30, "kworker/0:0", TASK_KERNEL);
	loop = stream_stack(&stream, "try_to_wake_up", "loop_workfn", "process_one_work",
			    "worker_thread", NULL);
	flush = stream_stack(&stream, "try_to_wake_up", "wb_workfn", "process_one_work", NULL);
	stream_wait(&stream, 10, 0, 5,
		    (struct event_wait){ .syscall = 74, .waker_tid = 20, .waker_stack = loop });
	stream_wait(&stream, 10, 6, 7,
		    (struct event_wait){ .syscall = 74, .waker_tid = 30, .waker_stack = flush });
	stream_wait(&stream, 10, 8, 9,
		    (struct event_wait){ .syscall = 74, .waker_tid = 20, .waker_stack = flush });
	stream_end(&stream, 10);
	report = stream_waits(&stream, "comm", ALL);
	assert_string_equal(report_node(report, "kworker/u4:1")->who.role,
			    "kernel worker: works of several kinds");
	assert_string_equal(report_node(report, "kworker/0:0")->who.role,
			    "kernel worker: wb_workfn");
}

static void a_worker_is_told_by_its_workqueue(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(wait_report_free) struct wait_report *report = NULL;

	stream_watch(&stream, WATCH_PROCESS, 10);
	stream_task(&stream, 10, "writer", TASK_TARGET);
	stream_task(&stream, 20, "kworker/u4:1", TASK_KERNEL);
	stream_task(&stream, 30, "kworker/u4:2", TASK_KERNEL);
	stream_title(&stream, 1, 20, "writeback");
	stream_title(&stream, 1, 30, "writeback");
	stream_wait(&stream, 10, 0, 2, (struct event_wait){ .syscall = 74, .waker_tid = 20 });
	stream_wait(&stream, 10, 2, 3, (struct event_wait){ .syscall = 74, .waker_tid = 30 });
	stream_title(&stream, 4, 20, "events");
	stream_wait(&stream, 10, 4, 5, (struct event_wait){ .syscall = 74, .waker_tid = 20 });
	stream_end(&stream, 10);
	report = stream_waits(&stream, "pool", ALL);
	assert_int_equal(report_edge(report, "kworker writeback", "writer")->count, 2);
	assert_int_equal(report_edge(report, "kworker events", "writer")->count, 1);
	assert_string_equal(report_node(report, "kworker events")->who.role, "kernel worker");
}

static void processes_of_one_name_are_told_apart_by_their_titles(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(wait_report_free) struct wait_report *report = NULL;
	size_t writers = 0, backends = 0, others = 0;

	stream_watch(&stream, WATCH_MACHINE, 0);
	for (uint32_t tid = 10; tid < 14; tid++)
		stream_task(&stream, tid, "postgres", 0);
	stream_title(&stream, 0, 10, "postgres: walwriter");
	stream_title(&stream, 0, 11, "postgres: app shop [local] idle");
	stream_title(&stream, 0, 12, "postgres: app shop [local] SELECT");
	for (uint32_t tid = 10; tid < 14; tid++)
		stream_wait(&stream, tid, 1, 5, (struct event_wait){ .syscall = READ, .state = 2 });
	stream_end(&stream, 10);
	report = stream_waits(&stream, "pool", ALL);
	for (size_t i = 0; i < report->rows.count; i++) {
		const struct wait_row *row = &report->rows.items[i];

		writers += strcmp(row->role, "PostgreSQL WAL writer") == 0 ? row->count : 0;
		backends += strcmp(row->role, "PostgreSQL backend") == 0 ? row->count : 0;
		others += row->role[0] ? 0 : row->count;
	}
	assert_int_equal(writers, 1);
	assert_int_equal(backends, 2);
	assert_int_equal(others, 1);
}

static void an_interrupt_is_told_by_its_stack(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(wait_report_free) struct wait_report *report = NULL;
	const struct wake_edge *edge;
	uint64_t timer, nested;

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_task(&stream, 10, "sleeper", 0);
	timer = stream_stack(&stream, "try_to_wake_up", "hrtimer_wakeup", "hrtimer_interrupt",
			     NULL);
	nested =
		stream_stack(&stream, "try_to_wake_up", "hrtimer_interrupt", "net_rx_action", NULL);
	for (uint32_t i = 0; i < 4; i++)
		stream_wait(&stream, 10, i, i + 0.5,
			    (struct event_wait){ .syscall = READ,
						 .waker_stack = i == 1   ? timer
								: i == 2 ? nested
									 : 0,
						 .flags = SPAN_WOKEN_IRQ });
	stream_end(&stream, 10);
	report = stream_waits(&stream, "comm,waker", ALL);
	/* Two whose stack was taken, the innermost told; two of which nothing is known. */
	assert_int_equal(report->edges.count, 2);
	for (size_t i = 0; i < 2; i++) {
		edge = &report->edges.items[i];
		assert_int_equal(edge->count, 2);
	}
	assert_int_equal(report->rows.count, 2);
	assert_string_not_equal(report->rows.items[0].waker.role, report->rows.items[1].waker.role);
	assert_non_null(profile_path(report->tree, "sleeper", "stack not taken: read, ?",
				     "an interrupt (a timer)", NULL));
	assert_non_null(profile_path(report->tree, "sleeper", "stack not taken: read, ?",
				     "an interrupt", NULL));
}

static void a_send_that_loops_back_is_the_senders(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(wait_report_free) struct wait_report *report = NULL;

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_task(&stream, 10, "client", 0);
	stream_task(&stream, 20, "server", 0);
	stream_wait(&stream, 10, 0, 5,
		    (struct event_wait){ .syscall = READ,
					 .waker_tid = 20,
					 .flags = SPAN_WOKEN_SOFTIRQ | SPAN_WAKER_SENT });
	stream_wait(&stream, 10, 6, 7,
		    (struct event_wait){ .syscall = READ, .flags = SPAN_WOKEN_SOFTIRQ });
	stream_wait(&stream, 10, 8, 9, (struct event_wait){ .syscall = READ });
	stream_wait(&stream, 10, 9, 10,
		    (struct event_wait){ .syscall = READ, .flags = SPAN_OPEN_END });
	stream_end(&stream, 10);
	report = stream_waits(&stream, "comm", ALL);
	assert_int_equal(report_edge(report, "server", "client")->count, 1);
	assert_int_equal(report_edge(report, "softirq", "client")->count, 1);
	assert_int_equal(report_edge(report, "unknown", "client")->count, 1);
	/* Whoever has not been woken has no waker. */
	assert_null(report_node(report, "none"));
}

static void idle_time_does_not_make_a_thread_the_first(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(wait_report_free) struct wait_report *report = NULL;
	uint64_t idle, busy;

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_task(&stream, 10, "idler", 0);
	stream_task(&stream, 20, "reader", 0);
	idle = stream_stack(&stream, "ep_poll", "do_epoll_wait", NULL);
	busy = stream_stack(&stream, "pipe_read", NULL);
	stream_wait(&stream, 10, 0, 90,
		    (struct event_wait){ .syscall = 232, .stack = idle, .waker_tid = 20 });
	stream_wait(&stream, 20, 0, 5,
		    (struct event_wait){ .syscall = READ, .stack = busy, .waker_tid = 10 });
	stream_end(&stream, 100);
	report = stream_waits(&stream, "comm", ALL);
	assert_string_equal(report->nodes.items[0].who.name, "reader");
	assert_int_equal(report_node(report, "idler")->idle_ns, MS(90));
	assert_int_equal(report_edge(report, "reader", "idler")->count, 1);
}

static void rare_wake_ups_are_hidden_and_counted(void **state)
{
	owns(stream_free) struct stream stream = {};
	owns(wait_report_free) struct wait_report *report = NULL;

	stream_watch(&stream, WATCH_MACHINE, 0);
	stream_task(&stream, 10, "sleeper", 0);
	for (uint32_t i = 0; i < 100; i++)
		stream_wait(&stream, 10, i, i + 0.5,
			    (struct event_wait){ .syscall = READ, .waker_tid = i ? 20 : 30 });
	stream_wait(&stream, 11, 0, 1, (struct event_wait){ .syscall = READ, .waker_tid = 30 });
	for (uint32_t i = 0; i < 100; i++)
		stream_wait(&stream, 11, i + 1, i + 1.5,
			    (struct event_wait){ .syscall = READ, .waker_tid = 30 });
	stream_end(&stream, 200);
	report = stream_waits(&stream, "thread", (struct waiter_options){ .min_share = 0.05 });
	assert_int_equal(report->hidden_edges, 1);
	assert_int_equal(report->edges.count, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_chain_of_a_guests_request_can_be_read_off),
		cmocka_unit_test(pools_are_one_node),
		cmocka_unit_test(those_who_woke_the_target_are_followed_one_step_further),
		cmocka_unit_test(a_worker_is_told_by_its_work),
		cmocka_unit_test(a_worker_is_told_by_its_workqueue),
		cmocka_unit_test(processes_of_one_name_are_told_apart_by_their_titles),
		cmocka_unit_test(an_interrupt_is_told_by_its_stack),
		cmocka_unit_test(a_send_that_loops_back_is_the_senders),
		cmocka_unit_test(idle_time_does_not_make_a_thread_the_first),
		cmocka_unit_test(rare_wake_ups_are_hidden_and_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
