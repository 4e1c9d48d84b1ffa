/* Are exits of guests read out of a trace.dat, and nothing else? */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness/test.h"
#include "import/trace_dat.h"
#include "unit/import/kept.h"
#include "unit/import/trace_image.h"

enum {
	CPUS = 2,
	FIRST = 4321, /* the first virtual CPU's thread */
};

/* The record is taken and freed. */
static void add_record(struct trace_page *page, uint64_t time_ns, struct bytes *record)
{
	bool swap = record->swap;

	if (!page->is_open)
		page_open(page, time_ns, false);
	page_add(page, time_ns, record);
	bytes_free(record);
	*record = (struct bytes){ .swap = swap };
}

/* A virtual CPU that moves from one CPU to the other while it is out; another one beside it. */
static void make_file_of_guests(bool swap, bool is_lossy, struct bytes *file)
{
	struct bytes pages[CPUS] = { { .swap = swap }, { .swap = swap } };
	struct trace_page first = { .bytes = &pages[0] }, second = { .bytes = &pages[1] };
	const struct trace_image image = { 6, "none", swap, pages, CPUS };
	struct bytes record = { .swap = swap };

	add_guest_entry(&record, FIRST, 0);
	add_record(&first, 1000, &record);
	add_guest_exit(&record, FIRST, 0x7b, GUEST_ISA_SVM, 0);
	add_record(&first, 1100, &record);
	add_guest_exit(&record, FIRST + 1, 0x400, GUEST_ISA_SVM, 1);
	add_record(&second, 1150, &record);
	add_guest_user(&record, FIRST, 2, 0);
	add_record(&second, 1200, &record);
	add_guest_entry(&record, FIRST, 0);
	add_record(&second, 1500, &record);
	if (is_lossy)
		page_open(&second, 1600, true);
	add_guest_entry(&record, FIRST + 1, 1);
	add_record(&second, 1700, &record);
	page_close(&first);
	page_close(&second);
	trace_image_make(file, &image);
	bytes_free(&pages[0]);
	bytes_free(&pages[1]);
}

static int read_guests(const struct bytes *file, struct kept *kept)
{
	const struct event_sink sink = { .take = keep, .self = kept };
	owns(trace_dat_free) struct trace_dat *dat = NULL;
	int fd = memfd_create("trace.dat", 0), r;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, file->at, file->count), file->count);
	r = trace_dat_open(fd, "x.dat", &dat, &kept->why);
	if (r == 0)
		r = trace_dat_read_guests(dat, &sink, &kept->why);
	close(fd);
	return r;
}

static void exits_are_told_across_cpus(void **state)
{
	for (int swap = 0; swap < 2; swap++) {
		owns(kept_free) struct kept kept = {};
		const struct event_guest_exit *exit;
		const struct event_task *task;
		struct bytes file = {};

		make_file_of_guests(swap, false, &file);
		assert_int_equal(read_guests(&file, &kept), 0);
		bytes_free(&file);
		assert_int_equal(kept_count(&kept, EVENT_GUEST_EXIT), 2);
		assert_int_equal(kept_count(&kept, EVENT_CALL), 0);
		exit = kept_at(&kept, EVENT_GUEST_EXIT, 0);
		assert_int_equal(exit->tid, FIRST);
		assert_int_equal(exit->reason, 0x7b);
		assert_int_equal(exit->guest_ns, 100);
		assert_int_equal(exit->start_ns, 1100);
		assert_int_equal(exit->head.time_ns, 1500);
		assert_int_equal(exit->user_ns, 300);
		exit = kept_at(&kept, EVENT_GUEST_EXIT, 1);
		assert_int_equal(exit->tid, FIRST + 1);
		assert_int_equal(exit->head.time_ns, 1700);
		/* Whose process a thread is stands in no such file. */
		task = kept_at(&kept, EVENT_TASK, 0);
		assert_non_null(task);
		assert_int_equal(task->tgid, 0);
		assert_true(kept_fact(&kept, "facility.guest_exits",
				      "tracepoints of KVM, as trace-cmd recorded them"));
		assert_non_null(kept_at(&kept, EVENT_WATCH_END, 0));
	}
}

static void what_was_open_when_records_were_lost_is_not_believed(void **state)
{
	owns(kept_free) struct kept kept = {};
	struct bytes file = {};
	const struct event_loss *loss;
	uint64_t exits = 0, records = 0;

	make_file_of_guests(false, true, &file);
	assert_int_equal(read_guests(&file, &kept), 0);
	bytes_free(&file);
	assert_int_equal(kept_count(&kept, EVENT_GUEST_EXIT), 1);
	for (size_t n = 0; (loss = kept_at(&kept, EVENT_LOSS, n)); n++) {
		exits += loss->what == LOSS_GUEST_EXIT ? loss->count : 0;
		records += loss->what == LOSS_SAMPLE ? loss->count : 0;
		assert_true(loss->what == LOSS_GUEST_EXIT || loss->what == LOSS_SAMPLE);
	}
	assert_int_equal(exits, 1);
	assert_true(records > 0);
}

static void a_file_of_something_else_is_refused(void **state)
{
	struct bytes pages[CPUS] = {}, file = {};
	const struct trace_image image = { 6, "none", false, pages, CPUS };
	struct trace_page page = { .bytes = &pages[0] };
	owns(kept_free) struct kept kept = {};
	struct bytes record = {};

	add_common(&record, TRACE_ID_ENTRY, FGRAPH_TASK, 1);
	add_u64(&record, STORY_ADDRESS(1));
	add_u64(&record, 0);
	add_record(&page, 1000, &record);
	page_close(&page);
	trace_image_make(&file, &image);
	assert_int_equal(read_guests(&file, &kept), -EBADMSG);
	assert_non_null(strstr(kept.why.text, "x.dat has no exits of guests"));
	assert_int_equal(kept_count(&kept, EVENT_CALL), 0);
	bytes_free(&file);
	bytes_free(&pages[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exits_are_told_across_cpus),
		cmocka_unit_test(what_was_open_when_records_were_lost_is_not_believed),
		cmocka_unit_test(a_file_of_something_else_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
