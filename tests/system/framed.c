/*
 * Where is the CPU time of a program whose frames are odd? framed inlined SECONDS: work() has
 * nothing of its own, its time is that of burn_inner() in burn_middle(), which the compiler puts
 * into it. framed still SECONDS: the frame pointer of stand_still() points to itself, so that
 * whoever follows it finds caller() as the caller, again and again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS 200000
#define APART  __attribute__((noinline))
#define INSIDE static inline __attribute__((always_inline))

static volatile unsigned int sink;
static void *volatile frame; /* whoever asks for his frame's address has a frame */

INSIDE void burn_inner(unsigned int rounds)
{
	for (unsigned int i = 0; i < rounds; i++)
		sink += i;
}

INSIDE void burn_middle(unsigned int rounds)
{
	sink++;
	burn_inner(rounds);
	sink--;
}

/* Whatever the compiler knows of the number it does not know here. */
APART static int work(volatile unsigned int *rounds)
{
	frame = __builtin_frame_address(0);
	burn_middle(*rounds);
	sink++;
	return 0;
}

APART static void caller(void)
{
	sink++;
	sink--;
}

/* 77: not on this machine. */
APART static int stand_still(volatile unsigned int *rounds)
{
#if defined(__x86_64__)
	unsigned long count = *rounds;
	uintptr_t self[2];

	self[0] = (uintptr_t)self;
	self[1] = (uintptr_t)caller + 1;
	__asm__ volatile("mov %%rbp, %%r12\n\t"
			 "mov %[self], %%rbp\n"
			 "1:\tsub $1, %[count]\n\t"
			 "jnz 1b\n\t"
			 "mov %%r12, %%rbp"
			 : [count] "+r"(count)
			 : [self] "r"(self)
			 : "r12", "cc", "memory");
	return 0;
#else
	return *rounds ? 77 : 0;
#endif
}

static double now_s(void)
{
	struct timespec now = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	int (*burn)(volatile unsigned int *) =
		argc > 1 && strcmp(argv[1], "still") == 0 ? stand_still : work;
	double end_s = now_s() + (argc > 2 ? strtod(argv[2], NULL) : 1);
	volatile unsigned int rounds = ROUNDS;
	int status = 0;

	caller();
	while (status == 0 && now_s() < end_s)
		status = burn(&rounds);
	return status;
}
