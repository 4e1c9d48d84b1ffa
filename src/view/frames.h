/* What is a frame called for people? As finding says: exports use the same words. */
#ifndef VIEW_FRAMES_H
#define VIEW_FRAMES_H

#include "finding/frames.h"

#endif
