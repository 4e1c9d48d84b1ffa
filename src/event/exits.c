/* Why does a guest leave? The tables of the reasons. */
#include "event/exits.h"

#include <string.h>

#include "base/array.h"

/* What VMX puts beside the reason: Intel's manual volume 3, 24.9.1. */
#define VMX_REASON_MASK 0xffffu

#define EXIT(number, name, kind, words) { number, name, kind, words },
static const struct exit_reason VMX[] = {
#include "event/exits_vmx.def"
};
static const struct exit_reason SVM[] = {
#include "event/exits_svm.def"
};
#undef EXIT

static const char *const USER[] = {
#define USER_EXIT(number, name) [number] = (name),
#include "event/exits_user.def"
#undef USER_EXIT
};

static const struct {
	const struct exit_reason *reasons;
	size_t count;
	enum guest_isa isa;
} TABLES[] = {
	{ VMX, array_count(VMX), GUEST_ISA_VMX },
	{ SVM, array_count(SVM), GUEST_ISA_SVM },
};

const struct exit_reason *exit_reason_find(enum guest_isa isa, uint32_t number)
{
	if (isa == GUEST_ISA_VMX)
		number &= VMX_REASON_MASK;
	for (size_t i = 0; i < array_count(TABLES); i++) {
		for (size_t k = 0; TABLES[i].isa == isa && k < TABLES[i].count; k++) {
			if (TABLES[i].reasons[k].number == number)
				return &TABLES[i].reasons[k];
		}
	}
	return NULL;
}

bool exit_reason_read(const char *name, size_t bytes, enum guest_isa *ret_isa, uint32_t *ret_number)
{
	for (size_t i = 0; i < array_count(TABLES); i++) {
		for (size_t k = 0; k < TABLES[i].count; k++) {
			const struct exit_reason *reason = &TABLES[i].reasons[k];

			if (strlen(reason->name) != bytes || memcmp(reason->name, name, bytes) != 0)
				continue;
			*ret_isa = TABLES[i].isa;
			*ret_number = reason->number;
			return true;
		}
	}
	return false;
}

const char *exit_user_name(uint32_t number)
{
	return number < array_count(USER) ? USER[number] : NULL;
}
