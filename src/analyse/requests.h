/* What did the devices do? Block requests, devices, and the files on them. */
#ifndef ANALYSE_REQUESTS_H
#define ANALYSE_REQUESTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyse/histogram.h"
#include "analyse/names.h"
#include "base/array.h"
#include "base/hash.h"
#include "event/event.h"

enum request_op {
	OP_READ,
	OP_WRITE,
	OP_FLUSH,
	OP_DISCARD,
	OP_COUNT,
};

struct request {
	uint64_t id;
	uint64_t start_ns; /* ≤ issue_ns ≤ end_ns */
	uint64_t issue_ns;
	uint64_t end_ns;
	uint64_t former_on_device; /* number of the request completed before it there, + 1; 0: none
				    */
	uint32_t dev;
	uint32_t bytes;
	uint32_t flags; /* enum request_flags */
	uint32_t tid;
	uint32_t label; /* name: "write", "write by wb_workfn" */
	bool is_linked; /* somebody's wait was charged to it */
};

/* The requests of one kind that waits were charged to. */
struct op_stats {
	struct histogram device; /* issue to completion */
	uint64_t queue_ns;       /* sum */
	uint64_t bytes;
	uint64_t others; /* requests of this kind that nobody was charged for */
};

struct device {
	uint32_t dev;
	uint32_t flags; /* enum device_flags */
	uint32_t whole_dev;
	uint32_t lower_dev;
	uint32_t name;
	uint32_t scheduler;   /* name */
	uint64_t last;        /* number of the last request completed here + 1; 0: none */
	struct op_stats *ops; /* owned; OP_COUNT; NULL: no request */
};

struct file {
	uint32_t dev;
	uint32_t name;
	uint32_t fs_type; /* name */
	uint64_t inode;
};

/* Zero is a valid empty set. */
struct requests {
	struct request *ring;  /* owned */
	uint64_t count;        /* ever taken; request number n is ring[n % REQUESTS_KEPT] */
	struct hash_map by_id; /* id → number */
	ARRAY(struct device) devices;
	struct hash_map by_dev; /* dev → place in devices */
	ARRAY(struct file) files;
	struct hash_map by_file;
};

/* work: name of the work function that queued it; 0: none. */
must_check int requests_take(struct requests *requests, struct names *names,
			     const struct event_request *event, uint32_t work);
must_check int requests_take_device(struct requests *requests, struct names *names,
				    const struct event_device *event);
must_check int requests_take_file(struct requests *requests, struct names *names,
				  const struct event_file *event);

/*
 * Is a part of the ring about to be written over? Then *ret_until_ns is when the last of its
 * requests completed: what is to be charged to them must be charged now.
 */
bool requests_are_due(const struct requests *requests, uint64_t *ret_until_ns);

/* The newest request with this id, or NULL. */
struct request *requests_find(const struct requests *requests, uint64_t id);
/* The requests completed on this device (or its partitions) before `before`; NULL at the end. Start
 * with NULL. */
struct request *requests_former(const struct requests *requests, uint32_t dev,
				const struct request *before);
/* Somebody's wait is charged to this request: count it once. */
void requests_link(struct requests *requests, struct request *request);

/* NULL: not told. */
struct device *requests_device(const struct requests *requests, uint32_t dev);
/* "vda", or its numbers when it was not told. */
uint32_t requests_device_name(const struct requests *requests, struct names *names, uint32_t dev);

/* The place + 1 of a file, made when it was not there; 0: no file, no room. */
uint32_t requests_file(struct requests *requests, uint32_t dev, uint64_t inode);
/* NULL for 0. */
const struct file *requests_get_file(const struct requests *requests, uint32_t file);

enum request_op request_op(const struct request *request);
const char *request_op_name(enum request_op op, bool is_plural);

void requests_free(struct requests *requests);

#endif
