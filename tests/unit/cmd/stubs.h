/* Which command would have run? In these tests none does: each only leaves its mark. */
#ifndef TESTS_UNIT_CMD_STUBS_H
#define TESTS_UNIT_CMD_STUBS_H

/* All commands but help, which runs. */
#define COMMAND_STUBS(STUB) \
	STUB(diagnose)      \
	STUB(bench)         \
	STUB(calls)         \
	STUB(compare)       \
	STUB(cpu)           \
	STUB(disk)          \
	STUB(doctor)        \
	STUB(export)        \
	STUB(files)         \
	STUB(kvm)           \
	STUB(locks)         \
	STUB(record)        \
	STUB(stuck)         \
	STUB(symbols)       \
	STUB(syscalls)      \
	STUB(top)           \
	STUB(wait)          \
	STUB(workload)      \
	STUB(zfs)

/* What the commands return here, so that a test knows which one ran. */
enum {
	RAN_NONE = 40,
#define STUB(name) RAN_##name,
	COMMAND_STUBS(STUB)
#undef STUB
};

#endif
