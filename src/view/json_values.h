/* How is a value told to programs? What all views in JSON build their objects from. */
#ifndef VIEW_JSON_VALUES_H
#define VIEW_JSON_VALUES_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/own.h"
#include "finding/finding.h"
#include "finding/latency.h"

/*
 * All yield NULL when memory is out. jansson's *_new() functions take a NULL value as a failure and
 * free what they are given when they fail, so that one look at the end is enough: `bad` gathers all
 * results, and json_finished() drops an object for which it is not 0.
 */
json_t *json_finished(json_t *value, int bad);

/* Names come from the traced system: bytes that JSON cannot hold, or that a terminal would obey,
 * are escaped. */
json_t *json_text(const char *text);
json_t *json_texts(const struct text *texts, size_t count);

/* What is more than JSON's readers take for sure (2^63 - 1) is that. */
json_t *json_unsigned(uint64_t value);

json_t *json_seconds(uint64_t ns);

/* Its times: min_ns, p50_ns, … p999_ns. */
int json_set_quantiles(json_t *object, const struct latency *latency);
/* The same with count, total_ns and max_ns. */
int json_set_latency(json_t *object, const struct latency *latency);

/* Cut to the digits that mean something, so that the same value has one text; null for what is no
 * number. */
json_t *json_rounded(double value, double scale);
json_t *json_share(double value);

/* What was looked at: {kind, name, pid}, without a pid for the machine. */
json_t *json_target(enum target_kind kind, const char *name, uint32_t pid);
json_t *json_subject(const struct subject *subject);
/* [{what, count}] */
json_t *json_losses(const struct loss_count *losses, size_t count);

/* Print the object and drop it. -ENOMEM when it is NULL, or -errno when out took no more; it is
 * flushed. */
must_check int json_print(json_t *object, FILE *out);

#endif
