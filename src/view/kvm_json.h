/* How do we say to programs how virtual machines do? */
#ifndef VIEW_KVM_JSON_H
#define VIEW_KVM_JSON_H

#include <jansson.h>
#include <stdio.h>

#include "base/own.h"
#include "view/kvm_text.h"

/* Print the report as one JSON object; flushes out. -ENOMEM, or -errno when out took no more. */
must_check int view_kvm_json(const struct kvm_report *report, const struct kvm_maps *maps,
			     FILE *out);

/* What it prints, the caller's; NULL when memory is out. */
json_t *view_kvm_json_object(const struct kvm_report *report, const struct kvm_maps *maps);

/* Print its JSON Schema; flushes out. 0, or -errno when out took no more. */
must_check int view_kvm_json_schema(FILE *out);

#endif
