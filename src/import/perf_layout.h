/*
 * Which numbers do perf and the kernel write? Those of include/uapi/linux/perf_event.h and of
 * tools/perf/Documentation/perf.data-file-format.txt that are read here.
 */
#ifndef IMPORT_PERF_LAYOUT_H
#define IMPORT_PERF_LAYOUT_H

#include <stdint.h>

#define PERF_BIT(number) (UINT64_C(1) << (number))

enum perf_layout {
	PERF_FILE_HEAD_BYTES = 104,
	PERF_PIPE_HEAD_BYTES = 16,
	PERF_RECORD_HEAD_BYTES = 8,    /* type u32, misc u16, size u16 */
	PERF_RECORD_BYTES_MAX = 65536, /* its size has 16 bits */
	PERF_ATTR_BYTES_MIN = 64,
	PERF_ATTR_BYTES_MAX = 4096,
	PERF_SECTION_BYTES = 16, /* offset u64, size u64 */
	PERF_FEATURE_BITS = 256,
	PERF_FEATURES_AT = 72, /* where their bits stand in the file's head */
	PERF_BUILD_ID_BYTES = 20,
};

enum perf_record_type {
	PERF_REC_MMAP = 1,
	PERF_REC_LOST = 2,
	PERF_REC_COMM = 3,
	PERF_REC_EXIT = 4,
	PERF_REC_FORK = 7,
	PERF_REC_SAMPLE = 9,
	PERF_REC_MMAP2 = 10,
	PERF_REC_LOST_SAMPLES = 13,
	PERF_REC_KERNEL_LAST = 22, /* of the kernel's kinds that are known here */
	PERF_REC_USER_FIRST = 64,  /* from here on perf's own, without a trailer */
	PERF_REC_ATTR = 64,
	PERF_REC_TRACING_DATA = 66,
	PERF_REC_BUILD_ID = 67,
	PERF_REC_FINISHED_ROUND = 68,
	PERF_REC_AUXTRACE = 71,
	PERF_REC_EVENT_UPDATE = 78,
	PERF_REC_FEATURE = 80,
	PERF_REC_COMPRESSED = 81,
	PERF_REC_COMPRESSED2 = 83,
	PERF_REC_USER_LAST = 84, /* that is known here */
};

enum perf_misc {
	PERF_MISC_MODE = 7,
	PERF_MODE_KERNEL = 1,
	PERF_MODE_USER = 2,
	PERF_MISC_MMAP_DATA = 1 << 13,
	PERF_MISC_COMM_EXEC = 1 << 13,
	PERF_MISC_MMAP_BUILD_ID = 1 << 14,
	PERF_MISC_BUILD_ID_SIZE = 1 << 15,
	PERF_MISC_LOST_FILTERED = 1 << 15, /* left out on purpose, by a filter */
};

enum perf_feature {
	PERF_FEAT_TRACING_DATA = 1,
	PERF_FEAT_BUILD_ID = 2,
	PERF_FEAT_HOSTNAME = 3,
	PERF_FEAT_OSRELEASE = 4,
	PERF_FEAT_VERSION = 5,
	PERF_FEAT_ARCH = 6,
	PERF_FEAT_NRCPUS = 7,
	PERF_FEAT_CPUDESC = 8,
	PERF_FEAT_TOTAL_MEM = 10,
	PERF_FEAT_CMDLINE = 11,
	PERF_FEAT_EVENT_DESC = 12,
	PERF_FEAT_DIR_FORMAT = 24,
};

enum perf_attr_type {
	PERF_ATTR_HARDWARE = 0,
	PERF_ATTR_SOFTWARE = 1,
	PERF_ATTR_TRACEPOINT = 2,
	PERF_SOFTWARE_CPU_CLOCK = 0,
	PERF_SOFTWARE_TASK_CLOCK = 1,
	PERF_SOFTWARE_DUMMY = 9,
	PERF_SOFTWARE_BPF_OUTPUT = 10,
};

/* Of the flags in an attr, as bits from the lowest one on. */
#define PERF_FLAG_ENABLE_ON_EXEC PERF_BIT(12)
#define PERF_FLAG_SAMPLE_ID_ALL  PERF_BIT(18)

#define PERF_SAMPLE_HAS_IP           PERF_BIT(0)
#define PERF_SAMPLE_HAS_TID          PERF_BIT(1)
#define PERF_SAMPLE_HAS_TIME         PERF_BIT(2)
#define PERF_SAMPLE_HAS_ADDR         PERF_BIT(3)
#define PERF_SAMPLE_HAS_READ         PERF_BIT(4)
#define PERF_SAMPLE_HAS_CALLCHAIN    PERF_BIT(5)
#define PERF_SAMPLE_HAS_ID           PERF_BIT(6)
#define PERF_SAMPLE_HAS_CPU          PERF_BIT(7)
#define PERF_SAMPLE_HAS_PERIOD       PERF_BIT(8)
#define PERF_SAMPLE_HAS_STREAM_ID    PERF_BIT(9)
#define PERF_SAMPLE_HAS_RAW          PERF_BIT(10)
#define PERF_SAMPLE_HAS_BRANCH_STACK PERF_BIT(11)
#define PERF_SAMPLE_HAS_STACK_USER   PERF_BIT(13)
#define PERF_SAMPLE_HAS_IDENTIFIER   PERF_BIT(16)

#define PERF_READ_TIME_ENABLED PERF_BIT(0)
#define PERF_READ_TIME_RUNNING PERF_BIT(1)
#define PERF_READ_ID           PERF_BIT(2)
#define PERF_READ_GROUP        PERF_BIT(3)
#define PERF_READ_LOST         PERF_BIT(4)

/* Marks in a callchain: whose addresses follow. All values from the first one on are marks. */
#define PERF_CONTEXT_FIRST       ((uint64_t)-4095)
#define PERF_CONTEXT_KERNEL_MARK ((uint64_t)-128)
#define PERF_CONTEXT_USER_MARK   ((uint64_t)-512)

#endif
