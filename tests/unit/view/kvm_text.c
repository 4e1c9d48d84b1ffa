/* Does the report on virtual machines look as it was accepted, in every width? */
#include "view/kvm_text.h"

#include <string.h>

#include "harness/golden.h"
#include "harness/test.h"
#include "unit/view/pages.h"
#include "unit/view/sample_kvm.h"

static int print(const void *of, const struct view_style *style, FILE *out)
{
	const struct sample_kvm *sample = of;

	return view_kvm_text(sample->report, &sample->maps, style, out);
}

static void the_report_looks_as_accepted(void **state)
{
	owns(sample_kvm_free) struct sample_kvm sample = sample_kvm();

	pages_look_as("kvm", print, &sample);
}

static void a_guest_says_what_it_is(void **state)
{
	owns(sample_kvm_free) struct sample_kvm sample = sample_own_guest();

	page_looks_as("kvm-guest-80", print, &sample, (struct view_style){ .columns = 80 });
}

static void what_is_not_known_is_said(void **state)
{
	owns(sample_kvm_free) struct sample_kvm sample = sample_own_guest();
	owns(own_free) char *text = NULL;

	sample.report->steal_share = -1;
	text = page_text(print, &sample, (struct view_style){ .columns = 120 });
	assert_non_null(strstr(text, "steal: not known"));
	own_free(&text);
	sample.report->hypervisor[0] = '\0';
	sample.report->is_guest = false;
	text = page_text(print, &sample, (struct view_style){ .columns = 120 });
	assert_non_null(strstr(text, "whether it is a guest is not known"));
}

static void every_width_from_80_to_200_fits(void **state)
{
	owns(sample_kvm_free) struct sample_kvm sample = sample_kvm();

	page_fits_every_width(print, &sample);
}

static void a_stream_that_takes_no_more_is_a_failure(void **state)
{
	owns(sample_kvm_free) struct sample_kvm sample = sample_kvm();

	page_fails_when_full(print, &sample);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_report_looks_as_accepted),
		cmocka_unit_test(a_guest_says_what_it_is),
		cmocka_unit_test(what_is_not_known_is_said),
		cmocka_unit_test(every_width_from_80_to_200_fits),
		cmocka_unit_test(a_stream_that_takes_no_more_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
