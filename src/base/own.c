/* How do we see who frees what? The destructors of things that are not ours: memory and
 * descriptors. */
#include "base/own.h"

#include <stdlib.h>
#include <unistd.h>

void own_free(void *pointer_to_pointer)
{
	void **pointer = pointer_to_pointer;

	free(*pointer);
	*pointer = NULL;
}

void own_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}
