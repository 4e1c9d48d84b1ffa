/* What does a program look like that sleeps because it asked to? */
/* EXPECT: cause=wait.sleep subject=sleep share>=0.9 */
#include "culprit.h"

int main(int argc, char **argv)
{
	uint64_t deadline_ns = deadline_from(argc, argv);

	while (clock_now_ns() < deadline_ns)
		sleep_ns(20000000);

	report_cpu();
	return 0;
}
