/* Why did it fail? One line for the user, carried beside the error code up to the only room that
 * speaks: cmd. */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H

struct diag {
	int code;       /* 0 or -errno of the failure that the text tells */
	char text[512]; /* what failed, where, and what to do; without a newline */
};

/*
 * Record why, unless an earlier (deeper) reason stands there already, and return code unchanged.
 * why may be NULL: the reason is then dropped. The text is cut to fit.
 */
int diag_set(struct diag *why, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Forget the reason, so that the same diag can serve another attempt. */
void diag_clear(struct diag *why);

#endif
