/* Is a command seen from its very first instruction? No library, no loader: the first thing that
 * this program does is the first of 10,000 calls of getppid. Then it sleeps for 200 ms and ends. */
#include <sys/syscall.h>

#define CALLS 10000

struct span {
	long seconds;
	long nanoseconds;
};

#if defined(__x86_64__)
static long call(long number, const void *first, const void *second)
{
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(first), "S"(second)
			 : "rcx", "r11", "memory");
	return result;
}
#elif defined(__aarch64__)
static long call(long number, const void *first, const void *second)
{
	register long x8 __asm__("x8") = number;
	register const void *x0 __asm__("x0") = first;
	register const void *x1 __asm__("x1") = second;

	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1) : "memory");
	return (long)x0;
}
#endif

void _start(void); /* NOLINT(bugprone-reserved-identifier): the linker's name */

void _start(void)
{
	/* Not on the stack, which nobody has aligned for a C function. */
	static const struct span nap = { .nanoseconds = 200000000 };

	for (int i = 0; i < CALLS; i++)
		(void)call(SYS_getppid, 0, 0);
	(void)call(SYS_nanosleep, &nap, 0);
	(void)call(SYS_exit, 0, 0);
}
