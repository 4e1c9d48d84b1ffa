/* What is a frame called for people? The same words in every view of a profile. */
#ifndef FINDING_FRAMES_H
#define FINDING_FRAMES_H

#include "finding/profile.h"

/* The function, the threads' name, or what was waited for; "[unknown]" where that is not known.
 * Unescaped. */
const char *frame_name(const struct profile_frame *frame);

/* A kernel frame's module is in brackets: "[kernel]", "[zfs]"; a program or library is told without
 * its folder; a wait has the id of its cause; who
 * woke it says so; "" for others. */
struct frame_module {
	char text[256]; /* unescaped */
};
struct frame_module frame_module(const struct profile_frame *frame);

/* In one word: a function without a name is called by its module, as told by frame_module(). */
const char *frame_title(const struct profile_frame *frame, const struct frame_module *module);

#endif
