/* Can any file make the inspector crash, read astray, or unpack without end? */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "symbol/inspect.h"

enum {
	UNPACKED_MAX = 1 << 20,
};

/* libFuzzer's name for it. NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void inspect(const void *bytes, size_t count)
{
	struct inspection found = {};
	struct diag why = {};
	int r = inspect_bytes(bytes, count, &found, &why);

	if (r < 0) {
		check((r == -EBADMSG || r == -EFBIG || r == -ENOMEM) && why.code == r);
		return;
	}
	check(found.build_id.count <= INSPECT_ID_BYTES && !strchr(found.debuglink, '/'));
	for (unsigned int number = 0; number < DEBUG_PATHS_MAX; number++) {
		char path[64];

		if (inspect_debug_path(&found, "/usr/lib/modules/x.ko.zst", number, path,
				       sizeof(path)))
			check(strlen(path) < sizeof(path));
	}
}

/* What is packed is unpacked here, within a bound that suits the fuzzer. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct diag why = {};
	size_t bytes = 0;
	char *out = NULL;
	int r;

	if (packing_of(data, size) == PACKING_NONE) {
		inspect(data, size);
		return 0;
	}
	r = packing_undo(data, size, UNPACKED_MAX, &out, &bytes, &why);
	if (r < 0) {
		check((r == -EBADMSG || r == -EFBIG || r == -ENOMEM) && why.code == r && !out);
		return 0;
	}
	check(bytes <= UNPACKED_MAX);
	if (packing_of(out, bytes) == PACKING_NONE)
		inspect(out, bytes);
	free(out);
	return 0;
}
