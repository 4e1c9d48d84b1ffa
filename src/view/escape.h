/* How is a hostile name shown? As base says: every room that prints needs it. */
#ifndef VIEW_ESCAPE_H
#define VIEW_ESCAPE_H

#include "base/escape.h"

#endif
