/* Which calls are slow is known here: a program whose functions wait, compute, call themselves, end
 * by calling another one, and are left by longjmp(). */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	ROUNDS = 20,
	DEPTH = 5,
	WAIT_MS = 5,
	SPINS = 2000000,
};

/* Not static: nobody may change how they are called. */
void compute(void);
void fetch(int fd);
void load_page(int fd);
unsigned int recurse(unsigned int depth);
void leave(unsigned int round);

static volatile unsigned long spun;
static jmp_buf out;

static void pause_ms(long ms)
{
	const struct timespec time = { .tv_nsec = ms * 1000000 };

	nanosleep(&time, NULL);
}

__attribute__((noinline)) void compute(void)
{
	for (unsigned long i = 0; i < SPINS; i++)
		spun += i;
	__asm__ volatile("" ::: "memory");
}

__attribute__((noinline)) void fetch(int fd)
{
	char byte;

	if (read(fd, &byte, 1) != 1)
		exit(1);
	__asm__ volatile("" ::: "memory");
}

__attribute__((noinline)) void load_page(int fd)
{
	fetch(fd);
	compute();
	__asm__ volatile("" ::: "memory");
}

__attribute__((noinline)) unsigned int recurse(unsigned int depth)
{
	unsigned int calls = depth ? recurse(depth - 1) + 1 : 1;

	if (!depth)
		pause_ms(WAIT_MS);
	__asm__ volatile("" ::: "memory");
	return calls;
}

/* Every second one is left without a return. */
__attribute__((noinline)) void leave(unsigned int round)
{
	pause_ms(1);
	if (round % 2)
		longjmp(out, 1);
	__asm__ volatile("" ::: "memory");
}

/* Answers come a while after each of the questions, however long the other one computes. */
static int answer(int questions, int answers)
{
	char byte;

	while (read(questions, &byte, 1) == 1) {
		pause_ms(WAIT_MS);
		if (write(answers, &byte, 1) != 1)
			return 1;
	}
	return 0;
}

static int load_all(void)
{
	int questions[2], answers[2];

	if (pipe(questions) < 0 || pipe(answers) < 0)
		return 1;
	switch (fork()) {
	case -1:
		return 1;
	case 0:
		(void)close(questions[1]);
		_exit(answer(questions[0], answers[1]));
	default:
		break;
	}
	for (unsigned int i = 0; i < ROUNDS; i++) {
		if (write(questions[1], "x", 1) != 1)
			return 1;
		load_page(answers[0]);
	}
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	volatile unsigned int round = 0;

	if (strcmp(what, "load") == 0)
		return load_all();
	if (strcmp(what, "recurse") == 0) {
		for (unsigned int i = 0; i < ROUNDS; i++)
			recurse(DEPTH);
		return 0;
	}
	if (strcmp(what, "leave") == 0) {
		(void)setjmp(out);
		while (round < ROUNDS)
			leave(round++);
		return 0;
	}
	(void)fputs("nested load|recurse|leave\n", stderr);
	return 2;
}
