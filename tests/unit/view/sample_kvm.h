/* What report on virtual machines do the views' tests show? One that has something of everything,
 * hostile names included. */
#ifndef TESTS_UNIT_VIEW_SAMPLE_KVM_H
#define TESTS_UNIT_VIEW_SAMPLE_KVM_H

#include "finding/world_switch.h"
#include "view/kvm_text.h"

/* A report with what lies below its disks. */
struct sample_kvm {
	struct kvm_report *report;
	struct kvm_maps maps;
};

/* A host with two guests; end with sample_kvm_free(). */
struct sample_kvm sample_kvm(void);

/* A guest that runs none itself. */
struct sample_kvm sample_own_guest(void);

void sample_kvm_free(struct sample_kvm *sample);

/* Measured here and in a guest; end with world_switch_free(). */
struct world_switch sample_world_switch(void);

#endif
