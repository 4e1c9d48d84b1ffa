/* What stands in the next bytes? A cursor over bytes that are not trusted, in either byte order. */
#ifndef IMPORT_PERF_BYTES_H
#define IMPORT_PERF_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct perf_bytes {
	const unsigned char *at;
	size_t left;
	bool swap;     /* the writer's byte order is not ours */
	bool is_short; /* more was asked for than there was: it was answered with zeros */
};

/* The next count bytes, or NULL. */
static inline const unsigned char *perf_take(struct perf_bytes *bytes, uint64_t count)
{
	const unsigned char *at = bytes->at;

	if (count > bytes->left) {
		bytes->is_short = true;
		bytes->left = 0;
		return NULL;
	}
	bytes->at += count;
	bytes->left -= (size_t)count;
	return at;
}

static inline uint64_t perf_load_u64(const void *at, bool swap)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return swap ? __builtin_bswap64(value) : value;
}

static inline uint32_t perf_load_u32(const void *at, bool swap)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return swap ? __builtin_bswap32(value) : value;
}

static inline uint16_t perf_load_u16(const void *at, bool swap)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return swap ? __builtin_bswap16(value) : value;
}

static inline uint64_t perf_u64(struct perf_bytes *bytes)
{
	const unsigned char *at = perf_take(bytes, sizeof(uint64_t));

	return at ? perf_load_u64(at, bytes->swap) : 0;
}

static inline uint32_t perf_u32(struct perf_bytes *bytes)
{
	const unsigned char *at = perf_take(bytes, sizeof(uint32_t));

	return at ? perf_load_u32(at, bytes->swap) : 0;
}

static inline uint16_t perf_u16(struct perf_bytes *bytes)
{
	const unsigned char *at = perf_take(bytes, sizeof(uint16_t));

	return at ? perf_load_u16(at, bytes->swap) : 0;
}

/* The text up to its NUL, which is passed over, or up to the end. */
static inline const char *perf_text(struct perf_bytes *bytes, size_t *ret_count)
{
	const char *text = (const char *)bytes->at;
	size_t count = bytes->left ? strnlen(text, bytes->left) : 0;

	(void)perf_take(bytes, count < bytes->left ? count + 1 : count);
	*ret_count = count;
	return text;
}

#endif
