/* Which command would have run? In these tests none does: each only leaves its mark. */
#ifndef TESTS_UNIT_CMD_STUBS_H
#define TESTS_UNIT_CMD_STUBS_H

/* What the commands return here, so that a test knows which one ran. */
enum {
	RAN_DIAGNOSE = 41,
	RAN_RECORD = 42,
	RAN_DOCTOR = 43,
	RAN_CPU = 44,
	RAN_SYMBOLS = 45,
	RAN_WAIT = 46,
	RAN_LOCKS = 47,
	RAN_STUCK = 48,
	RAN_FILES = 49,
};

#endif
