/* Which command would have run? The real ones would watch the machine. */
#include "unit/cmd/stubs.h"

#include "cmd/cmd.h"

int cmd_diagnose(struct options *options)
{
	return RAN_DIAGNOSE;
}

int cmd_cpu(struct options *options)
{
	return RAN_CPU;
}

int cmd_wait(struct options *options)
{
	return RAN_WAIT;
}

int cmd_record(struct options *options)
{
	return RAN_RECORD;
}

int cmd_doctor(struct options *options)
{
	return RAN_DOCTOR;
}

int cmd_stuck(struct options *options)
{
	return RAN_STUCK;
}

int cmd_files(struct options *options)
{
	return RAN_FILES;
}

int cmd_symbols(struct options *options)
{
	return RAN_SYMBOLS;
}

int cmd_locks(struct options *options)
{
	return RAN_LOCKS;
}
