/* Is a stack told by the right function? The stacks are real ones, innermost function first. */
#include "analyse/waits.h"

#include <string.h>

#include "base/array.h"
#include "harness/test.h"

#define FRAMES_MAX 48

/* A blocked thread's stack begins with these. */
#define SLEEP    "__schedule schedule "
#define IO_SLEEP SLEEP "io_schedule "
#define BIT_WAIT IO_SLEEP "bit_wait_io __wait_on_bit out_of_line_wait_on_bit "
#define CALL     " do_syscall_64 entry_SYSCALL_64_after_hwframe"
#define KTHREAD  " kthread ret_from_fork ret_from_fork_asm"

/*
 * "-" stands for a frame without a name. The class points into a copy of the stack, which the next
 * call overwrites.
 */
static struct wait_class classify_hinted(const char *stack, uint32_t hints)
{
	static char text[4096];
	const char *names[FRAMES_MAX];
	size_t count = 0;
	char *rest = NULL;

	assert_true(strlen(stack) < sizeof(text));
	memcpy(text, stack, strlen(stack) + 1);
	for (char *name = strtok_r(text, " ", &rest); name; name = strtok_r(NULL, " ", &rest)) {
		assert_true(count < FRAMES_MAX);
		names[count++] = strcmp(name, "-") == 0 ? NULL : name;
	}
	return hints ? wait_classify_hinted(names, count, hints) : wait_classify(names, count);
}

static struct wait_class classify(const char *stack)
{
	return classify_hinted(stack, 0);
}

static void expect(const char *stack, enum cause cause, enum wait_way way, const char *function)
{
	struct wait_class class = classify(stack);

	if (class.wait->cause != cause || class.wait->way != way)
		print_error("%s: %s by %s\n", stack, cause_id(class.wait->cause), class.function);
	assert_string_equal(cause_id(class.wait->cause), cause_id(cause));
	assert_int_equal(class.wait->way, way);
	assert_string_equal(class.function, function);
}

static void expect_context(const char *stack, enum cause cause)
{
	struct wait_class class = classify(stack);

	assert_string_equal(cause_id(class.context ? class.context->cause : CAUSE_UNKNOWN),
			    cause_id(cause));
}

static void expect_note(const char *stack, const char *note)
{
	assert_string_equal(classify(stack).wait->note, note);
}

static void fsync_on_ext4_waits_for_the_journal(void **state)
{
	const char *stack =
		SLEEP "jbd2_log_wait_commit ext4_sync_file do_fsync __x64_sys_fsync" CALL;

	expect(stack, CAUSE_FS_JOURNAL, WAIT_FOLLOW, "jbd2_log_wait_commit");
	expect_context(stack, CAUSE_FS_SYNC);
	expect(SLEEP
	       "jbd2_log_wait_commit ext4_sync_file iomap_dio_complete ext4_file_write_iter vfs_write "
	       "ksys_write" CALL,
	       CAUSE_FS_JOURNAL, WAIT_FOLLOW, "jbd2_log_wait_commit");
	expect(SLEEP
	       "wait_transaction_locked add_transaction_credits start_this_handle jbd2__journal_start "
	       "ext4_dirty_inode __mark_inode_dirty generic_update_time ext4_buffered_write_iter vfs_write" CALL,
	       CAUSE_FS_JOURNAL, WAIT_FOLLOW, "wait_transaction_locked");
	expect(SLEEP
	       "schedule_hrtimeout_range schedule_hrtimeout jbd2_journal_stop __ext4_journal_stop "
	       "ext4_create path_openat do_filp_open do_sys_openat2" CALL,
	       CAUSE_FS_JOURNAL, WAIT_LEAF, "jbd2_journal_stop");
	expect(BIT_WAIT
	       "do_get_write_access jbd2_journal_get_write_access ext4_reserve_inode_write" CALL,
	       CAUSE_FS_JOURNAL, WAIT_REQUEST, "do_get_write_access");
}

static void the_journal_thread_waits_for_requests_of_a_sync(void **state)
{
	const char *stack = BIT_WAIT "jbd2_journal_commit_transaction kjournald2" KTHREAD;

	expect(stack, CAUSE_DISK_DEVICE, WAIT_REQUEST, "jbd2_journal_commit_transaction");
	expect_context(stack, CAUSE_FS_SYNC);
	expect("jbd2_journal_commit_transaction kjournald2" KTHREAD, CAUSE_DISK_DEVICE,
	       WAIT_REQUEST, "jbd2_journal_commit_transaction");
	expect(SLEEP "jbd2_journal_wait_updates jbd2_journal_commit_transaction kjournald2" KTHREAD,
	       CAUSE_FS_JOURNAL, WAIT_FOLLOW, "jbd2_journal_wait_updates");
	expect(SLEEP "kjournald2" KTHREAD, CAUSE_WAIT_IDLE, WAIT_LEAF, "kjournald2");
}

static void a_flush_is_a_request_of_a_sync(void **state)
{
	const char *stack = SLEEP
		"schedule_timeout io_schedule_timeout wait_for_completion_io_timeout submit_bio_wait "
		"blkdev_issue_flush ext4_sync_file do_fsync __x64_sys_fsync" CALL;

	expect(stack, CAUSE_FS_SYNC, WAIT_REQUEST, "blkdev_issue_flush");
	expect_context(stack, CAUSE_FS_SYNC);
}

static void writing_out_for_a_sync_waits_for_requests(void **state)
{
	const char *stack =
		IO_SLEEP "folio_wait_bit folio_wait_writeback __filemap_fdatawait_range "
			 "file_write_and_wait_range ext4_sync_file do_fsync __x64_sys_fsync" CALL;

	expect(stack, CAUSE_DISK_DEVICE, WAIT_REQUEST, "folio_wait_bit");
	expect_context(stack, CAUSE_FS_SYNC);
	expect(SLEEP
	       "wb_wait_for_completion sync_inodes_sb __iterate_supers ksys_sync __do_sys_sync" CALL,
	       CAUSE_FS_SYNC, WAIT_REQUEST, "sync_inodes_sb");
}

static void direct_reads_wait_for_the_device(void **state)
{
	const char *stack = SLEEP
		"schedule_timeout io_schedule_timeout __iomap_dio_rw iomap_dio_rw ext4_file_read_iter "
		"vfs_read ksys_read" CALL;

	expect(stack, CAUSE_DISK_DEVICE, WAIT_REQUEST, "__iomap_dio_rw");
	expect_context(stack, CAUSE_UNKNOWN);
	expect(IO_SLEEP "blk_io_schedule __blkdev_direct_IO_simple blkdev_read_iter vfs_read" CALL,
	       CAUSE_DISK_DEVICE, WAIT_REQUEST, "__blkdev_direct_IO_simple");
}

static void buffered_reads_wait_for_the_device(void **state)
{
	const char *stack = IO_SLEEP
		"folio_wait_bit_common filemap_get_pages filemap_read vfs_read ksys_read" CALL;

	expect(stack, CAUSE_DISK_DEVICE, WAIT_REQUEST, "folio_wait_bit_common");
	expect_context(stack, CAUSE_UNKNOWN);
	expect(IO_SLEEP
	       "wait_on_page_bit_common __lock_page filemap_update_page generic_file_buffered_read" CALL,
	       CAUSE_DISK_DEVICE, WAIT_REQUEST, "wait_on_page_bit_common");
	expect(BIT_WAIT
	       "__ext4_find_entry ext4_lookup __lookup_slow walk_component path_lookupat" CALL,
	       CAUSE_DISK_DEVICE, WAIT_REQUEST, "__ext4_find_entry");
}

static void a_fault_in_a_mapped_file_is_a_refault(void **state)
{
	const char *stack = IO_SLEEP
		"folio_wait_bit_common filemap_fault __do_fault do_fault __handle_mm_fault "
		"handle_mm_fault exc_page_fault asm_exc_page_fault";

	expect(stack, CAUSE_MEM_REFAULT, WAIT_REQUEST, "filemap_fault");
	expect_context(stack, CAUSE_MEM_REFAULT);
}

static void a_fault_hides_the_call_that_it_interrupts(void **state)
{
	const char *stack = SLEEP
		"a_driver_fault __do_fault do_fault __handle_mm_fault handle_mm_fault exc_page_fault "
		"asm_exc_page_fault anon_pipe_read vfs_fsync_range" CALL;

	expect(stack, CAUSE_UNKNOWN, WAIT_FOLLOW, "a_driver_fault");
	expect_context(stack, CAUSE_MEM_REFAULT);
}

static void swapping_in_is_told_from_reading_a_file(void **state)
{
	const char *stack = IO_SLEEP
		"folio_wait_bit_common __folio_lock_or_retry do_swap_page __handle_mm_fault "
		"handle_mm_fault exc_page_fault asm_exc_page_fault";

	expect(stack, CAUSE_MEM_SWAP, WAIT_REQUEST, "do_swap_page");
	expect_context(stack, CAUSE_MEM_SWAP);
}

static void reclaim_overrides_what_it_waits_for(void **state)
{
	expect(SLEEP
	       "schedule_timeout reclaim_throttle shrink_lruvec shrink_node do_try_to_free_pages "
	       "try_to_free_mem_cgroup_pages try_charge_memcg charge_memcg __mem_cgroup_charge filemap_add_folio "
	       "page_cache_ra_order filemap_fault __do_fault handle_mm_fault exc_page_fault asm_exc_page_fault",
	       CAUSE_MEM_RECLAIM, WAIT_LEAF, "reclaim_throttle");
	expect(IO_SLEEP
	       "folio_wait_bit folio_wait_writeback shrink_folio_list shrink_lruvec shrink_node "
	       "do_try_to_free_pages try_to_free_mem_cgroup_pages try_charge_memcg charge_memcg "
	       "ext4_da_write_begin generic_perform_write ext4_buffered_write_iter vfs_write" CALL,
	       CAUSE_MEM_RECLAIM, WAIT_LEAF, "shrink_folio_list");
	expect(SLEEP
	       "rwsem_down_read_slowpath down_read xfs_ilock xfs_reclaim_inode shrink_slab shrink_node" CALL,
	       CAUSE_MEM_RECLAIM, WAIT_LEAF, "shrink_slab");
}

static void writers_are_throttled(void **state)
{
	expect(SLEEP
	       "schedule_timeout io_schedule_timeout balance_dirty_pages balance_dirty_pages_ratelimited_flags "
	       "generic_perform_write ext4_buffered_write_iter vfs_write ksys_write" CALL,
	       CAUSE_MEM_DIRTY_THROTTLE, WAIT_LEAF, "balance_dirty_pages");
	expect(SLEEP
	       "schedule_hrtimeout_range dmu_tx_delay dmu_tx_wait dmu_tx_assign zfs_write vfs_write" CALL,
	       CAUSE_MEM_DIRTY_THROTTLE, WAIT_LEAF, "dmu_tx_delay");
}

static void the_queue_is_told_from_the_device(void **state)
{
	expect(IO_SLEEP
	       "blk_mq_get_tag __blk_mq_alloc_requests blk_mq_submit_bio __submit_bio "
	       "submit_bio_noacct_nocheck blkdev_direct_IO blkdev_read_iter aio_read io_submit_one" CALL,
	       CAUSE_DISK_QUEUE, WAIT_LEAF, "blk_mq_get_tag");
	expect(IO_SLEEP "rq_qos_wait wbt_wait __rq_qos_throttle blk_mq_submit_bio __submit_bio "
			"submit_bio_noacct_nocheck ext4_io_submit ext4_do_writepages do_writepages "
			"file_write_and_wait_range ext4_sync_file do_fsync" CALL,
	       CAUSE_DISK_THROTTLED, WAIT_LEAF, "rq_qos_wait");
	expect(IO_SLEEP "ioc_rqos_throttle __rq_qos_throttle blk_mq_submit_bio __submit_bio" CALL,
	       CAUSE_DISK_THROTTLED, WAIT_LEAF, "ioc_rqos_throttle");
}

static void a_lock_is_named_by_the_function_that_takes_it(void **state)
{
	const char *create =
		SLEEP "schedule_preempt_disabled rwsem_down_write_slowpath down_write path_openat "
		      "do_filp_open do_sys_openat2 __x64_sys_openat" CALL;

	expect(create, CAUSE_LOCK_KERNEL, WAIT_FOLLOW, "path_openat");
	expect_note(create, "a directory's i_rwsem");
	expect_note(
		SLEEP
		"schedule_preempt_disabled rwsem_down_read_slowpath down_read lock_mm_and_find_vma "
		"do_user_addr_fault exc_page_fault asm_exc_page_fault",
		"a process's mmap_lock");
	expect_note(
		SLEEP
		"schedule_preempt_disabled rwsem_down_write_slowpath down_write ext4_da_get_block_prep "
		"ext4_block_write_begin ext4_da_write_begin generic_perform_write" CALL,
		"the file's extent map (i_data_sem)");
	expect_note(
		SLEEP
		"schedule_preempt_disabled __mutex_lock.constprop.0 __mutex_lock_slowpath mutex_lock "
		"anon_pipe_write vfs_write" CALL,
		"a pipe's mutex");
	expect_note(
		SLEEP
		"schedule_timeout __down_common __down down xfs_buf_lock xfs_buf_find_lock xfs_buf_get_map" CALL,
		"an XFS metadata buffer");
}

static void a_lock_taken_by_an_unknown_function_stays_a_lock(void **state)
{
	const char *stack = SLEEP
		"schedule_preempt_disabled __mutex_lock.constprop.0 a_driver_ioctl path_openat" CALL;

	expect(stack, CAUSE_LOCK_KERNEL, WAIT_FOLLOW, "a_driver_ioctl");
	expect_note(stack, "a mutex");
}

static void a_lock_is_named_where_primitives_are_hidden(void **state)
{
	expect("do_renameat2 __x64_sys_rename" CALL, CAUSE_LOCK_KERNEL, WAIT_FOLLOW,
	       "do_renameat2");
	expect("anon_pipe_read vfs_read ksys_read" CALL, CAUSE_WAIT_PROCESS, WAIT_FOLLOW,
	       "anon_pipe_read");
}

static void a_function_that_takes_locks_is_no_lock_when_it_sleeps_otherwise(void **state)
{
	expect(SLEEP "path_openat do_filp_open" CALL, CAUSE_UNKNOWN, WAIT_FOLLOW, "path_openat");
	expect(SLEEP "anon_pipe_write vfs_write" CALL, CAUSE_WAIT_PROCESS, WAIT_FOLLOW,
	       "anon_pipe_write");
	expect(IO_SLEEP "folio_wait_bit_common filemap_get_pages path_openat" CALL,
	       CAUSE_DISK_DEVICE, WAIT_REQUEST, "folio_wait_bit_common");
}

static void a_spinning_stack_is_read_past_the_tracer(void **state)
{
	const char *stack =
		"bpf_prog_3a1b_on_contention bpf_trace_run2 __traceiter_contention_begin "
		"native_queued_spin_lock_slowpath _raw_spin_lock xlog_cil_commit __xfs_trans_commit" CALL;

	expect(stack, CAUSE_LOCK_KERNEL, WAIT_FOLLOW, "xlog_cil_commit");
}

static void a_frozen_file_system_is_told_from_a_lock(void **state)
{
	expect(SLEEP
	       "percpu_rwsem_wait __percpu_down_read mnt_want_write path_openat do_filp_open" CALL,
	       CAUSE_FS_FROZEN, WAIT_LEAF, "mnt_want_write");
	expect(SLEEP
	       "percpu_rwsem_wait __percpu_down_read __sb_start_write mnt_want_write do_unlinkat" CALL,
	       CAUSE_FS_FROZEN, WAIT_LEAF, "__sb_start_write");
	expect("percpu_rwsem_wait vfs_write ksys_write" CALL, CAUSE_FS_FROZEN, WAIT_LEAF,
	       "vfs_write");
	expect("percpu_rwsem_wait ext4_page_mkwrite do_page_mkwrite do_fault handle_mm_fault",
	       CAUSE_FS_FROZEN, WAIT_LEAF, "ext4_page_mkwrite");
	expect(SLEEP
	       "percpu_rwsem_wait __percpu_down_read cgroup_can_fork copy_process kernel_clone" CALL,
	       CAUSE_LOCK_KERNEL, WAIT_FOLLOW, "cgroup_can_fork");
}

static void fuse_is_followed_to_its_daemon(void **state)
{
	expect(SLEEP "request_wait_answer __fuse_simple_request fuse_do_getattr vfs_statx" CALL,
	       CAUSE_FS_FUSE, WAIT_FOLLOW, "request_wait_answer");
	expect(SLEEP "fuse_dev_do_read.isra.0 fuse_dev_read vfs_read ksys_read" CALL,
	       CAUSE_WAIT_IDLE, WAIT_LEAF, "fuse_dev_do_read.isra.0");
	expect(IO_SLEEP "folio_wait_bit_common filemap_read fuse_file_read_iter vfs_read" CALL,
	       CAUSE_FS_FUSE, WAIT_FOLLOW, "fuse_file_read_iter");
	expect(IO_SLEEP
	       "folio_wait_bit_common filemap_read ext4_file_read_iter backing_file_read_iter "
	       "fuse_passthrough_read_iter fuse_file_read_iter vfs_read" CALL,
	       CAUSE_DISK_DEVICE, WAIT_REQUEST, "folio_wait_bit_common");
}

static void pipes_and_sockets_lead_to_the_other_side(void **state)
{
	expect(SLEEP "anon_pipe_read vfs_read ksys_read" CALL, CAUSE_WAIT_PROCESS, WAIT_FOLLOW,
	       "anon_pipe_read");
	expect(SLEEP "pipe_write vfs_write" CALL, CAUSE_WAIT_PROCESS, WAIT_FOLLOW, "pipe_write");
	expect(SLEEP
	       "schedule_timeout unix_stream_read_generic unix_stream_recvmsg sock_recvmsg" CALL,
	       CAUSE_WAIT_PROCESS, WAIT_FOLLOW, "unix_stream_read_generic");
	expect(SLEEP "schedule_timeout sock_alloc_send_pskb unix_dgram_sendmsg __sys_sendto" CALL,
	       CAUSE_WAIT_PROCESS, WAIT_FOLLOW, "unix_dgram_sendmsg");
	expect(SLEEP
	       "schedule_timeout __skb_wait_for_more_packets __unix_dgram_recvmsg sock_recvmsg" CALL,
	       CAUSE_WAIT_PROCESS, WAIT_FOLLOW, "__unix_dgram_recvmsg");
	expect(SLEEP
	       "schedule_timeout wait_woken sk_wait_data tcp_recvmsg_locked tcp_recvmsg sock_recvmsg" CALL,
	       CAUSE_WAIT_NETWORK, WAIT_FOLLOW, "sk_wait_data");
	expect(SLEEP
	       "schedule_timeout wait_woken sk_stream_wait_memory tcp_sendmsg_locked tcp_sendmsg" CALL,
	       CAUSE_WAIT_NETWORK, WAIT_FOLLOW, "sk_stream_wait_memory");
	expect(SLEEP
	       "schedule_timeout __skb_wait_for_more_packets __skb_recv_udp udp_recvmsg sock_recvmsg" CALL,
	       CAUSE_WAIT_NETWORK, WAIT_FOLLOW, "__skb_wait_for_more_packets");
	expect(SLEEP
	       "schedule_timeout __skb_wait_for_more_packets __skb_recv_datagram unix_accept do_accept" CALL,
	       CAUSE_WAIT_IDLE, WAIT_LEAF, "unix_accept");
	expect(SLEEP "do_wait kernel_wait4" CALL, CAUSE_WAIT_PROCESS, WAIT_FOLLOW, "do_wait");
	expect(SLEEP "sigsuspend.isra.0 __x64_sys_rt_sigsuspend" CALL, CAUSE_WAIT_PROCESS,
	       WAIT_FOLLOW, "sigsuspend.isra.0");
}

static void user_and_file_locks_are_told_apart(void **state)
{
	expect(SLEEP "futex_do_wait __futex_wait futex_wait do_futex __x64_sys_futex" CALL,
	       CAUSE_LOCK_USER, WAIT_FOLLOW, "futex_do_wait");
	expect(SLEEP "futex_wait_queue_me futex_wait do_futex" CALL, CAUSE_LOCK_USER, WAIT_FOLLOW,
	       "futex_wait_queue_me");
	expect(SLEEP
	       "rt_mutex_schedule __rt_mutex_slowlock rt_mutex_wait_proxy_lock futex_lock_pi do_futex" CALL,
	       CAUSE_LOCK_USER, WAIT_FOLLOW, "rt_mutex_wait_proxy_lock");
	expect(SLEEP
	       "rt_mutex_schedule rt_mutex_slowlock_block.constprop.0 futex_lock_pi do_futex" CALL,
	       CAUSE_LOCK_USER, WAIT_FOLLOW, "futex_lock_pi");
	expect(SLEEP "locks_lock_inode_wait __do_sys_flock" CALL, CAUSE_LOCK_FILE, WAIT_FOLLOW,
	       "locks_lock_inode_wait");
	expect(SLEEP "fcntl_setlk do_fcntl __x64_sys_fcntl" CALL, CAUSE_LOCK_FILE, WAIT_FOLLOW,
	       "fcntl_setlk");
}

static void threads_with_nothing_to_do_are_idle(void **state)
{
	expect(SLEEP "worker_thread" KTHREAD, CAUSE_WAIT_IDLE, WAIT_LEAF, "worker_thread");
	expect(SLEEP "schedule_timeout rcu_gp_fqs_loop rcu_gp_kthread" KTHREAD, CAUSE_WAIT_IDLE,
	       WAIT_LEAF, "rcu_gp_fqs_loop");
	expect(SLEEP "schedule_hrtimeout_range_clock do_epoll_wait __x64_sys_epoll_wait" CALL,
	       CAUSE_WAIT_IDLE, WAIT_LEAF, "do_epoll_wait");
	expect(SLEEP "schedule_timeout wait_woken n_tty_read tty_read vfs_read" CALL,
	       CAUSE_WAIT_IDLE, WAIT_LEAF, "n_tty_read");
	expect(SLEEP "kvm_vcpu_block kvm_vcpu_halt kvm_arch_vcpu_ioctl_run kvm_vcpu_ioctl" CALL,
	       CAUSE_WAIT_IDLE, WAIT_LEAF, "kvm_vcpu_block");
	expect(SLEEP "do_nanosleep hrtimer_nanosleep common_nsleep __x64_sys_clock_nanosleep" CALL,
	       CAUSE_WAIT_SLEEP, WAIT_LEAF, "do_nanosleep");
}

static void a_worker_that_works_is_not_idle(void **state)
{
	expect(SLEEP
	       "schedule_timeout a_driver_wait a_driver_work process_one_work worker_thread" KTHREAD,
	       CAUSE_UNKNOWN, WAIT_FOLLOW, "a_driver_wait");
	expect(SLEEP "schedule_preempt_disabled __mutex_lock.constprop.0 worker_thread" KTHREAD,
	       CAUSE_LOCK_KERNEL, WAIT_FOLLOW, "worker_thread");
}

static void asynchronous_io_is_charged_to_its_requests(void **state)
{
	expect(SLEEP "read_events do_io_getevents __x64_sys_io_getevents" CALL, CAUSE_WAIT_IDLE,
	       WAIT_REQUEST, "read_events");
	expect(IO_SLEEP "io_cqring_wait __do_sys_io_uring_enter" CALL, CAUSE_WAIT_IDLE,
	       WAIT_REQUEST, "io_cqring_wait");
}

static void xfs_waits_for_its_log(void **state)
{
	const char *stack = SLEEP
		"xlog_wait_on_iclog xfs_log_force_seq xfs_file_fsync do_fsync __x64_sys_fsync" CALL;

	expect(stack, CAUSE_FS_JOURNAL, WAIT_FOLLOW, "xlog_wait_on_iclog");
	expect_context(stack, CAUSE_FS_SYNC);
	expect(SLEEP
	       "schedule_timeout wait_for_completion __flush_workqueue xlog_cil_push_now.isra.0 xlog_cil_force_seq "
	       "xfs_log_force_seq xfs_file_fsync do_fsync" CALL,
	       CAUSE_FS_JOURNAL, WAIT_FOLLOW, "xlog_cil_push_now.isra.0");
	expect(SLEEP
	       "xlog_grant_head_wait xlog_grant_head_check xfs_log_reserve xfs_trans_reserve" CALL,
	       CAUSE_FS_JOURNAL, WAIT_FOLLOW, "xlog_grant_head_wait");
	expect(SLEEP "schedule_timeout xfsaild" KTHREAD, CAUSE_WAIT_IDLE, WAIT_LEAF, "xfsaild");
}

static void btrfs_waits_for_its_log_its_space_and_its_blocks(void **state)
{
	const char *flush = SLEEP
		"wait_for_completion_io write_all_supers btrfs_sync_log btrfs_sync_file do_fsync" CALL;

	expect(flush, CAUSE_FS_SYNC, WAIT_REQUEST, "write_all_supers");
	expect_context(flush, CAUSE_FS_SYNC);
	expect(SLEEP "wait_log_commit btrfs_sync_log btrfs_sync_file do_fsync" CALL,
	       CAUSE_FS_JOURNAL, WAIT_FOLLOW, "wait_log_commit");
	expect(SLEEP
	       "__reserve_bytes btrfs_reserve_metadata_bytes start_transaction btrfs_truncate" CALL,
	       CAUSE_FS_SPACE, WAIT_FOLLOW, "__reserve_bytes");
	expect(SLEEP
	       "schedule_preempt_disabled rwsem_down_write_slowpath down_write btrfs_tree_lock_nested "
	       "btrfs_lock_root_node btrfs_search_slot" CALL,
	       CAUSE_LOCK_KERNEL, WAIT_FOLLOW, "btrfs_tree_lock_nested");
}

static void zfs_is_told_by_the_callers_of_its_condition_variables(void **state)
{
	expect(SLEEP
	       "cv_wait_common __cv_wait txg_wait_synced_impl txg_wait_synced dmu_tx_wait zfs_write" CALL,
	       CAUSE_FS_JOURNAL, WAIT_FOLLOW, "txg_wait_synced_impl");
	expect(IO_SLEEP
	       "cv_wait_common __cv_wait_io zio_wait dmu_buf_hold_array_by_dnode zfs_read" CALL,
	       CAUSE_DISK_DEVICE, WAIT_REQUEST, "zio_wait");
	expect(SLEEP
	       "cv_wait_common __cv_timedwait_io zil_commit_waiter zil_commit_impl zfs_fsync vfs_fsync_range" CALL,
	       CAUSE_FS_JOURNAL, WAIT_REQUEST, "zil_commit_waiter");
	expect(SLEEP
	       "cv_wait_common __cv_timedwait_idle txg_thread_wait txg_sync_thread thread_generic_wrapper" KTHREAD,
	       CAUSE_WAIT_IDLE, WAIT_LEAF, "__cv_timedwait_idle");
	expect(SLEEP
	       "cv_wait_common __cv_wait txg_thread_wait txg_quiesce_thread thread_generic_wrapper" KTHREAD,
	       CAUSE_WAIT_IDLE, WAIT_LEAF, "txg_thread_wait");
	expect(SLEEP "taskq_thread" KTHREAD, CAUSE_WAIT_IDLE, WAIT_LEAF, "taskq_thread");
	expect(SLEEP "cv_wait_common __cv_wait a_zfs_thing zfs_ioctl" CALL, CAUSE_UNKNOWN,
	       WAIT_FOLLOW, "a_zfs_thing");
}

static void network_file_systems_wait_for_the_network(void **state)
{
	expect(SLEEP
	       "rpc_wait_bit_killable __wait_on_bit out_of_line_wait_on_bit __rpc_execute rpc_run_task "
	       "nfs4_proc_getattr" CALL,
	       CAUSE_WAIT_NETWORK, WAIT_FOLLOW, "rpc_wait_bit_killable");
	expect(IO_SLEEP
	       "folio_wait_bit folio_wait_writeback filemap_write_and_wait_range nfs_wb_all "
	       "nfs_file_flush filp_close" CALL,
	       CAUSE_WAIT_NETWORK, WAIT_FOLLOW, "nfs_wb_all");
	expect(SLEEP "p9_client_rpc p9_client_read v9fs_issue_read" CALL, CAUSE_WAIT_NETWORK,
	       WAIT_FOLLOW, "p9_client_rpc");
}

static void what_nobody_knows_stays_unknown(void **state)
{
	const char *none[] = { NULL, NULL };
	struct wait_class class;

	expect(SLEEP "schedule_timeout a_driver_wait a_driver_ioctl __x64_sys_ioctl" CALL,
	       CAUSE_UNKNOWN, WAIT_FOLLOW, "a_driver_wait");
	expect(SLEEP "- worker_thread" KTHREAD, CAUSE_UNKNOWN, WAIT_FOLLOW, "");
	expect("a_driver_wait", CAUSE_UNKNOWN, WAIT_FOLLOW, "a_driver_wait");
	class = wait_classify(none, array_count(none));
	assert_int_equal(class.wait->cause, CAUSE_UNKNOWN);
	assert_null(class.context);
	assert_string_equal(class.function, "");
	class = wait_classify(NULL, 0);
	assert_int_equal(class.wait->cause, CAUSE_UNKNOWN);
}

static void a_tracers_unnamed_frame_is_skipped(void **state)
{
	expect("- - " SLEEP "worker_thread" KTHREAD, CAUSE_WAIT_IDLE, WAIT_LEAF, "worker_thread");
}

static void io_by_an_unknown_function_is_still_io(void **state)
{
	struct wait_class class;

	expect(IO_SLEEP "a_driver_wait a_driver_ioctl" CALL, CAUSE_DISK_DEVICE, WAIT_REQUEST,
	       "a_driver_wait");
	class = classify_hinted("a_driver_wait a_driver_ioctl" CALL, WAIT_HINT_IO);
	assert_int_equal(class.wait->cause, CAUSE_DISK_DEVICE);
	assert_int_equal(class.wait->way, WAIT_REQUEST);
	assert_string_equal(class.function, "a_driver_wait");
	class = classify_hinted("path_openat do_filp_open" CALL, WAIT_HINT_IO);
	assert_int_equal(class.wait->cause, CAUSE_DISK_DEVICE);
	class = classify_hinted("jbd2_log_wait_commit ext4_sync_file" CALL, WAIT_HINT_IO);
	assert_int_equal(class.wait->cause, CAUSE_FS_JOURNAL);
	class = classify_hinted("io_cqring_wait __do_sys_io_uring_enter" CALL, WAIT_HINT_IO);
	assert_int_equal(class.wait->cause, CAUSE_WAIT_IDLE);
}

static void a_known_lock_is_a_lock_although_its_primitive_is_hidden(void **state)
{
	struct wait_class class =
		classify_hinted("a_driver_ioctl path_openat" CALL, WAIT_HINT_LOCK);

	assert_int_equal(class.wait->cause, CAUSE_LOCK_KERNEL);
	assert_string_equal(class.wait->note, "a kernel lock");
	assert_string_equal(class.function, "a_driver_ioctl");
	class = classify_hinted("anon_pipe_write vfs_write" CALL, WAIT_HINT_LOCK);
	assert_int_equal(class.wait->cause, CAUSE_LOCK_KERNEL);
	assert_string_equal(class.wait->note, "a pipe's mutex");
	class = classify_hinted("worker_thread" KTHREAD, WAIT_HINT_LOCK);
	assert_int_equal(class.wait->cause, CAUSE_LOCK_KERNEL);
	class = classify_hinted("percpu_rwsem_wait vfs_write ksys_write" CALL, WAIT_HINT_LOCK);
	assert_int_equal(class.wait->cause, CAUSE_FS_FROZEN);
	class = classify_hinted("super_lock_wait shrink_slab shrink_node" CALL, WAIT_HINT_LOCK);
	assert_int_equal(class.wait->cause, CAUSE_MEM_RECLAIM);
}

static void an_unnamed_function_hides_its_callers_habits(void **state)
{
	expect("- path_openat do_filp_open" CALL, CAUSE_UNKNOWN, WAIT_FOLLOW, "");
	expect("- kjournald2" KTHREAD, CAUSE_UNKNOWN, WAIT_FOLLOW, "");
	expect("- jbd2_log_wait_commit ext4_sync_file" CALL, CAUSE_FS_JOURNAL, WAIT_FOLLOW,
	       "jbd2_log_wait_commit");
}

static void a_whole_name_does_not_match_a_longer_one(void **state)
{
	expect(SLEEP "do_wait_for_something" CALL, CAUSE_UNKNOWN, WAIT_FOLLOW,
	       "do_wait_for_something");
	expect(SLEEP "do_wait.part.0 kernel_wait4" CALL, CAUSE_WAIT_PROCESS, WAIT_FOLLOW,
	       "do_wait.part.0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fsync_on_ext4_waits_for_the_journal),
		cmocka_unit_test(the_journal_thread_waits_for_requests_of_a_sync),
		cmocka_unit_test(a_flush_is_a_request_of_a_sync),
		cmocka_unit_test(writing_out_for_a_sync_waits_for_requests),
		cmocka_unit_test(direct_reads_wait_for_the_device),
		cmocka_unit_test(buffered_reads_wait_for_the_device),
		cmocka_unit_test(a_fault_in_a_mapped_file_is_a_refault),
		cmocka_unit_test(a_fault_hides_the_call_that_it_interrupts),
		cmocka_unit_test(swapping_in_is_told_from_reading_a_file),
		cmocka_unit_test(reclaim_overrides_what_it_waits_for),
		cmocka_unit_test(writers_are_throttled),
		cmocka_unit_test(the_queue_is_told_from_the_device),
		cmocka_unit_test(a_lock_is_named_by_the_function_that_takes_it),
		cmocka_unit_test(a_lock_taken_by_an_unknown_function_stays_a_lock),
		cmocka_unit_test(a_lock_is_named_where_primitives_are_hidden),
		cmocka_unit_test(a_function_that_takes_locks_is_no_lock_when_it_sleeps_otherwise),
		cmocka_unit_test(a_spinning_stack_is_read_past_the_tracer),
		cmocka_unit_test(a_frozen_file_system_is_told_from_a_lock),
		cmocka_unit_test(fuse_is_followed_to_its_daemon),
		cmocka_unit_test(pipes_and_sockets_lead_to_the_other_side),
		cmocka_unit_test(user_and_file_locks_are_told_apart),
		cmocka_unit_test(threads_with_nothing_to_do_are_idle),
		cmocka_unit_test(a_worker_that_works_is_not_idle),
		cmocka_unit_test(asynchronous_io_is_charged_to_its_requests),
		cmocka_unit_test(xfs_waits_for_its_log),
		cmocka_unit_test(btrfs_waits_for_its_log_its_space_and_its_blocks),
		cmocka_unit_test(zfs_is_told_by_the_callers_of_its_condition_variables),
		cmocka_unit_test(network_file_systems_wait_for_the_network),
		cmocka_unit_test(what_nobody_knows_stays_unknown),
		cmocka_unit_test(a_tracers_unnamed_frame_is_skipped),
		cmocka_unit_test(io_by_an_unknown_function_is_still_io),
		cmocka_unit_test(a_known_lock_is_a_lock_although_its_primitive_is_hidden),
		cmocka_unit_test(an_unnamed_function_hides_its_callers_habits),
		cmocka_unit_test(a_whole_name_does_not_match_a_longer_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
