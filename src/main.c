/* Which command did the user ask for? It is found in the table and run. */
#include "cmd/cmd.h"

int main(int argc, char **argv)
{
	struct options options = {};
	struct diag why = {};

	if (options_parse(COMMANDS, argc, argv, &options, &why) < 0) {
		cmd_complain(&why);
		return CMD_USAGE;
	}
	return command_run(&options);
}
