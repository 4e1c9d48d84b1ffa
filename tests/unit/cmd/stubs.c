/* Which command would have run? The real ones would watch the machine. */
#include "unit/cmd/stubs.h"

#include "cmd/cmd.h"

#define STUB(name)                              \
	int cmd_##name(struct options *options) \
	{                                       \
		return RAN_##name;              \
	}
COMMAND_STUBS(STUB)
