/* Who waits for whom? A process of threads that wait for each other in all the ways of mutexes; it
 * prints their numbers, and stays so until it is ended. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct actor {
	const char *name;
	pthread_mutex_t *first;
	pthread_mutex_t *then;
};

static pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER, right = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t orphan = PTHREAD_MUTEX_INITIALIZER, robust, inherited;
static pthread_barrier_t both, ready;

static void tell(const char *name)
{
	printf("%s %d\n", name, gettid());
	(void)fflush(stdout);
}

static void make_mutexes(void)
{
	pthread_mutexattr_t attributes;

	(void)pthread_mutexattr_init(&attributes);
	(void)pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	(void)pthread_mutex_init(&robust, &attributes);
	(void)pthread_mutexattr_init(&attributes);
	(void)pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
	(void)pthread_mutex_init(&inherited, &attributes);
}

/* What a function without a frame pointer was called from is not in a user stack: but this one's
 * caller is. */
__attribute__((noinline)) static void take(pthread_mutex_t *mutex)
{
	(void)pthread_mutex_lock(mutex);
	__asm__ volatile("" ::: "memory"); /* it is no jump */
}

/* Each has one, and wants the other's. */
static void *embrace(void *self)
{
	const struct actor *actor = self;

	tell(actor->name);
	(void)pthread_mutex_lock(actor->first);
	(void)pthread_barrier_wait(&both);
	take(actor->then);
	return NULL;
}

static void *hold(void *self)
{
	tell("holder");
	(void)pthread_mutex_lock(&robust);
	(void)pthread_mutex_lock(&inherited);
	(void)pthread_barrier_wait(&ready);
	for (;;)
		pause();
	return NULL;
}

static void *die(void *self)
{
	tell("dead");
	(void)pthread_mutex_lock(&orphan);
	return NULL;
}

static void *want(void *self)
{
	const struct actor *actor = self;

	tell(actor->name);
	(void)pthread_mutex_lock(actor->first);
	return NULL;
}

static pthread_t start(void *(*run)(void *self), void *self)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, run, self) != 0)
		exit(1);
	return thread;
}

int main(void)
{
	static struct actor actors[] = {
		{ .name = "left", .first = &left, .then = &right },
		{ .name = "right", .first = &right, .then = &left },
		{ .name = "wants_robust", .first = &robust },
		{ .name = "wants_inherited", .first = &inherited },
		{ .name = "wants_orphan", .first = &orphan },
	};
	pthread_t embraced;

	make_mutexes();
	(void)pthread_barrier_init(&both, NULL, 2);
	(void)pthread_barrier_init(&ready, NULL, 2);
	(void)start(hold, NULL);
	(void)pthread_barrier_wait(&ready);
	(void)pthread_join(start(die, NULL), NULL);
	embraced = start(embrace, &actors[0]);
	(void)start(embrace, &actors[1]);
	for (size_t i = 2; i < sizeof(actors) / sizeof(actors[0]); i++)
		(void)start(want, &actors[i]);
	tell("joiner");
	(void)pthread_join(embraced, NULL);
	return 0;
}
