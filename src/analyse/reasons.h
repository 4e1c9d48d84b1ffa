/* What was this one wait for? Asked wait by wait, for those who tell each by itself. */
#ifndef ANALYSE_REASONS_H
#define ANALYSE_REASONS_H

#include "base/own.h"
#include "event/event.h"
#include "finding/finding.h"

struct reasons;

/* On success *ret is the caller's, to end with reasons_free(). -ENOMEM. */
must_check int reasons_new(struct reasons **ret);
void reasons_free(struct reasons **reasons);

/* Take an event: symbols and stacks are kept, the others are not looked at. -ENOMEM. */
must_check int reasons_take(struct reasons *reasons, const struct event *event);

/*
 * What the wait was for: as its stack says, or where none was taken, its system call; nothing is
 * guessed from earlier waits. *ret_words is a few words for people, "" when there are no better
 * ones than the cause's title, and lives as long as reasons. -ENOMEM.
 */
must_check int reasons_of(struct reasons *reasons, const struct event_wait *wait,
			  enum cause *ret_cause, const char **ret_words);

#endif
