/* Is each text of ZFS told as it stands, and each line that cannot be read named? */
#include "import/zfs.h"

#include <errno.h>
#include <stdlib.h>

#include "harness/test.h"
#include "unit/import/kept.h"

static void read_text(const char *file, const char *text, struct kept *kept)
{
	const struct event_sink sink = { .take = keep, .self = kept };
	const struct zfs_text in = {
		.file = file, .path = "there", .text = text, .bytes = strlen(text), .look = 1
	};

	assert_int_equal(zfs_text_read(&in, 7, &sink, &kept->why), 0);
}

/* The value of a key, in whose place '|' stands for the tab; NULL: it was not told. */
static const char *value_of(const struct kept *kept, const char *key)
{
	static char value[1024];

	for (size_t i = kept->events.count; i--;) {
		const struct event_fact *fact = (const void *)kept->events.items[i];
		char told[1024] = "";

		assert_int_equal(fact->head.kind, EVENT_FACT);
		assert_int_equal(fact->head.time_ns, 7);
		memcpy(told, fact->text, fact->key_bytes);
		for (char *at = told; *at; at++)
			*at = *at == '\t' ? '|' : *at;
		if (strcmp(told, key) != 0)
			continue;
		memcpy(value, fact->text + fact->key_bytes, fact->value_bytes);
		value[fact->value_bytes] = '\0';
		return value;
	}
	return NULL;
}

#define ASSERT_TOLD(kept, key, expected)                      \
	do {                                                  \
		const char *told_value = value_of(kept, key); \
		assert_non_null(told_value);                  \
		assert_string_equal(told_value, expected);    \
	} while (0)

static void names_and_values_of_kstats_may_have_blanks(void **state)
{
	owns(kept_free) struct kept kept = {};

	read_text("kstat/zfs/tank/dmu_tx_assign",
		  "31 1 0x01 2 96 151166804874 244584400433\n"
		  "name                            type data\n"
		  "1024 ns                         4    17\n",
		  &kept);
	read_text("kstat/zfs/tank/objset-0x36",
		  "name                            type data\n"
		  "dataset_name                    7    tank/my own data\n"
		  "nread                           4    100663296\n",
		  &kept);
	read_text(
		"kstat/zfs/arcstats",
		"a_name_that_is_longer_than_its_own_column 4 12\nmemory_available_bytes          3    -5\n",
		&kept);
	ASSERT_TOLD(&kept, "zfs1|kstat|tank/dmu_tx_assign|1024 ns", "17");
	ASSERT_TOLD(&kept, "zfs1|kstat|tank/dmu_tx_assign|snaptime", "244584400433");
	ASSERT_TOLD(&kept, "zfs1|kstat|tank/objset-0x36|dataset_name", "tank/my own data");
	ASSERT_TOLD(&kept, "zfs1|kstat|arcstats|a_name_that_is_longer_than_its_own_column", "12");
	ASSERT_TOLD(&kept, "zfs1|kstat|arcstats|memory_available_bytes", "-5");
	assert_null(value_of(&kept, "zfs1|damage|there|"));
}

static void a_line_that_cannot_be_read_is_told_with_its_number(void **state)
{
	static const char *const BROKEN[][2] = {
		{ "kstat/zfs/arcstats", "name type data\nhits 4 12\nmisses 4 many\n" },
		{ "kstat/zfs/tank/txgs", "txg birth state\n1 2 C\n3 x C\n" },
		{ "kstat/zfs/tank/state", "ONLINE\n\nor not\n" },
		{ "kstat/zfs/dbgmsg", "timestamp message\n12 fine\nlater\n" },
		{ "kstat/taskq/summary", "\nz_wr_iss/0 1 1 0 2 3 3 0 0\nz_wr_iss/0 1 1\n" },
		{ "params.txt", "/sys/module/zfs/parameters/a:1\n\nzfs_arc_max=0\n" },
		{ "threads.txt", "z_wr_iss\t12\t100\n\nz_wr_iss\tno\t1\n" },
		{ "zpool-get.txt", "tank\tsize\t1\t-\n\ntank\n" },
		{ "zpool-status.txt", "pool: tank\nconfig:\n\tmirror-0\n" },
		{ "zpool-iostat.txt", "\n\ntank\t1\t2\n" },
		{ "zpool-latency.txt", "tank\n\n1023\t0\n" },
		{ "zpool-events.txt", "TIME CLASS\n\nnothing\n" },
	};

	for (size_t i = 0; i < array_count(BROKEN); i++) {
		owns(kept_free) struct kept kept = {};
		const char *damage;

		read_text(BROKEN[i][0], BROKEN[i][1], &kept);
		damage = value_of(&kept, "zfs1|damage|there|");
		if (!damage || strncmp(damage, "line 3: ", 8) != 0 ||
		    !strstr(damage, "; 1 line was not read"))
			fail_msg("%s: %s", BROKEN[i][0], damage ? damage : "no damage");
	}
}

static void transaction_groups_go_by_their_heading(void **state)
{
	owns(kept_free) struct kept kept = {};

	read_text("kstat/zfs/tank/txgs",
		  "txg birth state ndirty stime new_one\n63 156 C 4096 817610 9\n64 9 O 0 0 0\n",
		  &kept);
	ASSERT_TOLD(&kept, "zfs1|txgs|tank|63.state", "C");
	ASSERT_TOLD(&kept, "zfs1|txgs|tank|63.stime", "817610");
	ASSERT_TOLD(&kept, "zfs1|txgs|tank|64.state", "O");
}

static void of_the_log_only_trouble_is_told(void **state)
{
	owns(kept_free) struct kept kept = {};

	read_text("kstat/zfs/dbgmsg",
		  "timestamp    message\n"
		  "1   spa_history.c:307:spa_history_log_sync(): txg 4 failed on purpose\n"
		  "2   metaslab.c:2437:metaslab_load_impl(): metaslab_load: txg 4\n"
		  "3   vdev.c:5233:vdev_deadman(): slow vdev: /dev/vdb1 has 10 active IOs\n",
		  &kept);
	ASSERT_TOLD(&kept, "zfs1|message|000|",
		    "3   vdev.c:5233:vdev_deadman(): slow vdev: /dev/vdb1 has 10 active IOs");
	assert_null(value_of(&kept, "zfs1|message|001|"));
	ASSERT_TOLD(&kept, "zfs1|messages||count", "3");
	ASSERT_TOLD(&kept, "zfs1|messages||trouble", "1");
}

static void queues_stand_between_bars_and_brackets(void **state)
{
	owns(kept_free) struct kept kept = {};

	read_text("kstat/taskq/summary",
		  "taskq name | threads tot [act idl] max | tasks on queue pend [norm high] dly\n"
		  "z_rd_int/0 | 12 [ 12 0 ] 12 | 77 [ 70 7 ] 1\n",
		  &kept);
	ASSERT_TOLD(&kept, "zfs1|taskq|z_rd_int/0|act", "12");
	ASSERT_TOLD(&kept, "zfs1|taskq|z_rd_int/0|max", "12");
	ASSERT_TOLD(&kept, "zfs1|taskq|z_rd_int/0|pend", "77");
	ASSERT_TOLD(&kept, "zfs1|taskq|z_rd_int/0|dly", "1");
}

static void properties_stand_in_columns_of_tabs_or_of_blanks(void **state)
{
	owns(kept_free) struct kept kept = {};

	read_text("zfs-get.txt",
		  "NAME      PROPERTY    VALUE        SOURCE\n"
		  "tank/ccm  encryption  aes-256-ccm  -\n"
		  "tank/my own\tencryption\toff\tdefault\n",
		  &kept);
	read_text("zpool-get.txt", "tank\tcapacity\t15\t-\n", &kept);
	ASSERT_TOLD(&kept, "zfs1|zfs|tank/ccm|encryption", "aes-256-ccm");
	ASSERT_TOLD(&kept, "zfs1|zfs|tank/my own|encryption", "off");
	ASSERT_TOLD(&kept, "zfs1|zpool|tank|capacity", "15");
}

static void devices_have_their_pool_and_class(void **state)
{
	owns(kept_free) struct kept kept = {};

	read_text("zpool-status.txt",
		  "  pool: tank\n state: DEGRADED\nstatus: One or more devices\n"
		  "\tcould not be used.\nconfig:\n\n"
		  "\tNAME        STATE     READ WRITE CKSUM  SLOW\n"
		  "\ttank        DEGRADED     0     0     0     -\n"
		  "\t  vda1      ONLINE       1     2     3     4\n"
		  "\tlogs\n"
		  "\t  nvme0n1   ONLINE       0     0     0     0\n\n"
		  "errors: No known data errors\n",
		  &kept);
	ASSERT_TOLD(&kept, "zfs1|status|tank|state", "DEGRADED");
	ASSERT_TOLD(&kept, "zfs1|vdev|001|name", "vda1");
	ASSERT_TOLD(&kept, "zfs1|vdev|001|class", "data");
	ASSERT_TOLD(&kept, "zfs1|vdev|001|cksum", "3");
	ASSERT_TOLD(&kept, "zfs1|vdev|001|slow", "4");
	ASSERT_TOLD(&kept, "zfs1|vdev|002|class", "logs");
	ASSERT_TOLD(&kept, "zfs1|vdev|002|pool", "tank");
	assert_null(value_of(&kept, "zfs1|damage|there|"));
}

#define ZEROS "0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0"

static void of_several_samples_the_last_counts(void **state)
{
	owns(kept_free) struct kept kept = {};

	read_text("zpool-iostat.txt",
		  "tank\t1\t2\t3\t4\t5\t6\t-\t-\t-\t8\t-\t-\t-\t-\t-\t-\t" ZEROS "\n"
		  "vda1\t1\t2\t3\t4\t5\t6\t-\t-\t-\t8\t-\t-\t-\t-\t-\t-\t" ZEROS "\n"
		  "tank\t1\t2\t3\t4\t5\t6\t-\t-\t-\t9\t-\t-\t-\t-\t-\t-\t-\t" ZEROS "\t1\t2\n",
		  &kept);
	ASSERT_TOLD(&kept, "zfs1|iostat|000|name", "tank");
	ASSERT_TOLD(&kept, "zfs1|iostat|000|disk_write", "9");
	ASSERT_TOLD(&kept, "zfs1|iostat|001|name", "vda1");
	ASSERT_TOLD(&kept, "zfs1|iostat|001|trimq_active", "0");
	assert_null(value_of(&kept, "zfs1|iostat|002|name"));
	read_text(
		"zpool-latency.txt",
		"\ntank\n1023\t0\t0\t0\t0\t0\t0\t0\t0\t0\t0\n2047\t1\t0\t3\t0\t0\t0\t0\t0\t0\t0\n",
		&kept);
	ASSERT_TOLD(&kept, "zfs1|latency|000|2047.disk_read", "3");
	assert_null(value_of(&kept, "zfs1|latency|000|1023.disk_read"));
}

static void events_are_counted_by_class(void **state)
{
	owns(kept_free) struct kept kept = {};

	read_text("zpool-events.txt",
		  "Nov 21 2026 04:51:41.123456789\tereport.fs.zfs.delay\n"
		  "Nov 21 2026 04:51:42.123456789\tereport.fs.zfs.delay\n"
		  "Nov 21 2026 04:51:43.123456789\tsysevent.fs.zfs.pool_create\n",
		  &kept);
	ASSERT_TOLD(&kept, "zfs1|event|ereport.fs.zfs.delay|count", "2");
	ASSERT_TOLD(&kept, "zfs1|event|sysevent.fs.zfs.pool_create|count", "1");
	ASSERT_TOLD(&kept, "zfs1|events||count", "3");
}

static void that_there_are_no_events_is_told_where_they_could_be_read(void **state)
{
	owns(kept_free) struct kept none = {};
	owns(kept_free) struct kept bad = {};

	read_text("zpool-events.txt", "", &none);
	ASSERT_TOLD(&none, "zfs1|events||count", "0");
	read_text("zpool-events.txt", "nothing\n", &bad);
	assert_null(value_of(&bad, "zfs1|events||count"));
}

static void what_is_of_no_use_is_left_alone(void **state)
{
	owns(kept_free) struct kept kept = {};

	read_text("kstat/zfs/dbufs", "\x01\x02 anything\n", &kept);
	read_text("kstat/taskq/z_wr_iss.0", "anything\n", &kept);
	read_text("notes.txt", "mine\n", &kept);
	assert_int_equal(kept.events.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_values_of_kstats_may_have_blanks),
		cmocka_unit_test(a_line_that_cannot_be_read_is_told_with_its_number),
		cmocka_unit_test(transaction_groups_go_by_their_heading),
		cmocka_unit_test(of_the_log_only_trouble_is_told),
		cmocka_unit_test(queues_stand_between_bars_and_brackets),
		cmocka_unit_test(properties_stand_in_columns_of_tabs_or_of_blanks),
		cmocka_unit_test(devices_have_their_pool_and_class),
		cmocka_unit_test(of_several_samples_the_last_counts),
		cmocka_unit_test(events_are_counted_by_class),
		cmocka_unit_test(that_there_are_no_events_is_told_where_they_could_be_read),
		cmocka_unit_test(what_is_of_no_use_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
