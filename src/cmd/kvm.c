/* How do virtual machines do? Finds the guests of this host, watches or reads, and says it; without
 * guests it says what this machine is. */
#include "analyse/kvm.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/guests.h"
#include "cmd/html.h"
#include "cmd/source.h"
#include "cmd/stack_map.h"
#include "cmd/style.h"
#include "host/qemu.h"
#include "view/kvm_json.h"
#include "view/kvm_text.h"

struct job {
	struct kvm *kvm;
	bool is_live;
	struct kvm_maps maps;
};

static void job_end(struct job *job)
{
	for (size_t i = 0; i < job->maps.items.count; i++)
		stack_map_free(&job->maps.items.items[i].stack);
	array_free(&job->maps.items);
	kvm_free(&job->kvm);
}

/* --- what lies below the disks --- */

static bool has_map(const struct job *job, const char *path)
{
	for (size_t i = 0; i < job->maps.items.count; i++) {
		if (strcmp(job->maps.items.items[i].stack->path, path) == 0)
			return true;
	}
	return false;
}

/* Files that cannot be looked at from here (of another mount namespace, gone) have none. */
static int add_map(struct job *job, const char *path)
{
	owns(stack_map_free) struct stack_map *map = NULL;
	struct kvm_map *place;
	int r = stack_map_of(path, &map, NULL);

	if (r < 0)
		return r == -ENOMEM ? r : 0;
	if (has_map(job, map->path))
		return 0;
	place = array_push(&job->maps.items);
	if (!place)
		return -ENOMEM;
	place->stack = give(map);
	return 0;
}

static int add_maps(struct job *job, const struct kvm_report *report)
{
	int r = 0;

	for (size_t i = 0; i < report->guests.count && r == 0; i++) {
		const struct kvm_guest *guest = &report->guests.items[i];

		for (size_t k = 0; k < guest->disks.count && r == 0; k++) {
			if (guest->disks.items[k].file[0] == '/')
				r = add_map(job, guest->disks.items[k].file);
		}
	}
	return r;
}

/* --- the answer --- */

static int take(void *self, const struct event *event, struct diag *why)
{
	const struct job *job = self;

	return kvm_take(job->kvm, event, why);
}

static int say(const struct options *options, void *self, struct diag *why)
{
	const struct view_style style = style_for(options, STDOUT_FILENO);
	owns(kvm_report_free) struct kvm_report *report = NULL;
	struct job *job = self;
	int r = kvm_report(job->kvm, &report, why);

	if (r == 0 && job->is_live && add_maps(job, report) < 0)
		r = diag_set(why, -ENOMEM, "out of memory");
	if (r < 0)
		return r;
	r = options->json ? view_kvm_json(report, &job->maps, stdout)
			  : view_kvm_text(report, &job->maps, &style, stdout);
	if (r == 0 && options->page)
		r = html_keep(options->page, view_kvm_json_object(report, &job->maps));
	return r < 0 ? diag_set(why, r, "cannot write the report: %s", strerror(-r)) : 0;
}

/* --- what is to be watched --- */

static int note_pid(void *self, uint32_t tgid)
{
	struct options *options = self;

	if (options->pids.count >= OPTIONS_PIDS_MAX)
		return 1;
	options->pids.items[options->pids.count++] = tgid;
	return 0;
}

static int fail(const struct diag *why)
{
	cmd_complain(why);
	return CMD_FAILED;
}

/* All guests, unless some were named. More than can be watched at once are told. */
static int choose(struct options *options, struct diag *why)
{
	struct diag note = {};
	int r = 0;

	if (options->pids.count)
		return 0;
	r = qemu_list(note_pid, options);
	if (r < 0)
		return diag_set(why, r, "cannot list the processes: %s", strerror(-r));
	if (r > 0) {
		(void)diag_set(&note, -EFBIG,
			       "only the first %d guests are watched: name others with -p",
			       OPTIONS_PIDS_MAX);
		cmd_complain(&note);
	}
	return 0;
}

/* Without guests: what this machine itself is. */
static int look(const struct options *options, struct job *job, const struct event_sink *sink,
		struct diag *why)
{
	owns(html_file_close) struct html_file page = HTML_FILE_NONE;
	struct options paged = *options;
	int r = html_file_open(options, &page, why);

	paged.page = page.path ? &page : NULL;
	if (r == 0)
		r = guests_look(options->duration_ns, sink, why);
	if (r == 0)
		r = say(&paged, job, why);
	return r == 0 && page.path ? html_file_write(&page, options, why) : r;
}

static int run(struct options *options, struct job *job, struct diag *why)
{
	const struct answer answer = { .sink = { .take = take, .self = job }, .say = say };
	int r = options->input || options->argv ? 0 : choose(options, why);

	if (r < 0)
		return fail(why);
	job->is_live = !options->input;
	options->what = WATCH_ALL;
	options->with_guests = true;
	if (options->input || options->argv || options->pids.count)
		return source_answer(options, &answer);
	if (options->output) {
		(void)diag_set(why, -ENOENT,
			       "there is nothing to record in %s: no process of QEMU runs here",
			       options->output);
		return fail(why);
	}
	r = look(options, job, &answer.sink, why);
	return r < 0 ? fail(why) : CMD_DONE;
}

int cmd_kvm(struct options *options)
{
	owns(job_end) struct job job = {};
	struct diag why = {};

	if (options->world_switch)
		return world_switch_run(options);
	if (kvm_new(&job.kvm) < 0) {
		(void)diag_set(&why, -ENOMEM, "out of memory");
		return fail(&why);
	}
	return run(options, &job, &why);
}
