/* What does an analysis know? All its parts in one place; each is explained in its own header. */
#ifndef ANALYSE_STATE_H
#define ANALYSE_STATE_H

#include "analyse/analyse.h"
#include "analyse/classify.h"
#include "analyse/cpus.h"
#include "analyse/crash.h"
#include "analyse/digest.h"
#include "analyse/klog.h"
#include "analyse/ledger.h"
#include "analyse/names.h"
#include "analyse/paths.h"
#include "analyse/requests.h"
#include "analyse/samples.h"
#include "analyse/slices.h"
#include "analyse/tasks.h"

/* A target thread's span that is to be settled once all that happened meanwhile has been told. */
struct due {
	uint64_t close_ns;
	uint32_t thread; /* index */
	uint32_t spare;
};

#define DUES_MAX (1u << 16)

struct dues {
	struct due *ring; /* owned; DUES_MAX */
	uint32_t head;
	uint32_t count;
};

struct fact {
	uint32_t key; /* names */
	uint32_t value;
};

#define LOSS_KINDS 32

/* What is known of the watch as a whole. */
struct watch {
	bool is_seen;
	bool has_ended;
	enum watch_target target;
	uint32_t pid;
	uint32_t cpus;
	uint32_t name; /* names */
	uint32_t end_flags;
	int32_t exit_status;
	uint64_t begin_ns;
	uint64_t end_ns;
	uint64_t losses[LOSS_KINDS];
	uint64_t other_losses; /* of kinds from the future */
	uint64_t switch_events;
	uint64_t stack_waits;
	uint64_t sample_events;
	uint64_t user_samples;
	uint64_t user_samples_unnamed;
	uint32_t sampler;  /* name of what made the samples, where it was told; 0: not told */
	bool has_samplers; /* several were told: no sample is known to be of one */
	bool has_steal;
	uint64_t first_steal_ns;
	uint64_t last_steal_ns;
	ARRAY(struct fact) facts;
};

struct walk;
struct leaf;

/* Who else wants to know what the target's time is charged to: told of each piece before the waits
 * above it keep it or name it anew. */
struct listener {
	void (*hear)(void *self, const struct walk *walk, const struct leaf *leaf, uint64_t ns);
	/* The same when the waits above have kept it or named it anew: as the ledger has it. What
	 * is not known comes with CAUSE_UNKNOWN, which no ledger has. */
	void (*charged)(void *self, const struct walk *walk, const struct charge *charge);
	void *self;
};

struct analysis {
	struct names names;
	struct tasks tasks;
	struct classes classes;
	struct requests requests;
	struct cpus cpus;
	struct paths paths;
	struct ledger ledger;
	struct samples samples;
	struct slices slices;
	struct crashes crashes;
	struct klog klog;
	struct digest_room digests;
	struct hash_map lock_names; /* address → name, as told */
	struct hash_map limits;     /* tid → name of the limit that holds its I/O at the end */
	struct dues dues;
	struct watch watch;
	uint64_t now_ns;     /* of the newest event */
	uint64_t unknown_ns; /* of the roots' time */
	uint64_t credit; /* steps that walks may still take: each span told earns some, so that the
			    work stays linear */
	uint64_t forgotten_asked; /* times that an answer needed a forgotten span */
	uint64_t chains_cut;      /* chains too long, or walks without credit */
	int error;                /* sticky: memory ran out deep inside a walk */
	bool charges_all; /* of a command, too, all threads' time is charged, not its first one's */
	bool spares_first;        /* the same, but its first one's is not */
	struct listener listener; /* its functions are NULL: nobody */
};

#endif
