/* How do virtual machines do? What the claims are called, and the end of a report. */
#include "finding/kvm.h"

static const struct {
	const char *name;
	const char *advice;
} CLAIMS[] = {
#define CLAIM(NAME, id, advice) { id, advice },
#include "finding/kvm_claims.def"
#undef CLAIM
};

const char *kvm_claim_name(enum kvm_claim_id id)
{
	return CLAIMS[id].name;
}

const char *kvm_claim_advice(enum kvm_claim_id id)
{
	return CLAIMS[id].advice;
}

static void free_texts(struct text *texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(texts[i].words);
}

static void end_guest(struct kvm_guest *guest)
{
	free_texts(guest->iothreads.items, guest->iothreads.count);
	array_free(&guest->iothreads);
	array_free(&guest->disks);
	array_free(&guest->threads);
	array_free(&guest->exits);
	array_free(&guest->user_exits);
	array_free(&guest->wakes);
}

void kvm_report_free(struct kvm_report **report)
{
	struct kvm_report *old = give(*report);

	if (!old)
		return;
	for (size_t i = 0; i < old->guests.count; i++)
		end_guest(&old->guests.items[i]);
	free_texts(old->notes.items, old->notes.count);
	array_free(&old->guests);
	array_free(&old->facts);
	array_free(&old->claims);
	array_free(&old->notes);
	wait_report_free(&old->waits);
	free(old);
}
