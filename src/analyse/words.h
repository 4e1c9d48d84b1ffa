/* How is it said? Subjects, chains, evidence and advice of a finding, out of its ledger entry. */
#ifndef ANALYSE_WORDS_H
#define ANALYSE_WORDS_H

#include "analyse/state.h"

/* Who is blamed. is_brief: without looking for a hot function. */
struct subject words_subject(struct analysis *analysis, const struct entry *entry, bool is_brief);

/* The heaviest chain. 0 or -ENOMEM. */
must_check int words_chain(const struct analysis *analysis, const struct entry *entry,
			   struct finding *finding);

/* The numbers behind the claim. 0 or -ENOMEM. */
must_check int words_evidence(struct analysis *analysis, const struct entry *entry,
			      struct finding *finding);

/* What the hot functions mean, as evidence and advice. 0 or -ENOMEM. */
must_check int words_hotspots(const struct analysis *analysis, const struct entry *entry,
			      struct finding *finding);

/* What to do. 0 or -ENOMEM. */
must_check int words_advice(struct analysis *analysis, const struct entry *entry,
			    struct finding *finding);

/* What could not be seen, what was lost, and how it was seen. 0 or -ENOMEM. */
must_check int words_limits(const struct analysis *analysis, struct verdict *verdict);

/* What the machine does not let us see, and what that costs: into an ARRAY(struct text). 0 or
 * -ENOMEM. */
must_check int words_missing(const struct analysis *analysis, void *texts);

/* What a fact of the watch says; "" when it was not told. */
const char *words_fact(const struct analysis *analysis, const char *key);

/* How many CPU samples stand behind what is said of a process. */
uint64_t words_samples(const struct analysis *analysis, const struct entry *entry);

#endif
