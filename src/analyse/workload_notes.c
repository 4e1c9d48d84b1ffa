/* What is to be known before the model of a workload is believed? */
#include <stdio.h>

#include "analyse/workload_state.h"
#include "finding/format.h"

/* "1 operation", "12 operations" */
static struct number operations(uint64_t count)
{
	struct number number;

	(void)snprintf(number.text, sizeof(number.text), "%.18s %s", format_count(count).text,
		       count == 1 ? "operation" : "operations");
	return number;
}

static int note_losses(const struct modeller *modeller, struct workload *workload)
{
	const uint64_t *losses = modeller->losses;
	int r = 0;

	if (losses[LOSS_IO])
		r = text_add(
			&workload->notes,
			"%s on files were lost: orders, depths, batches, pauses, rates and how often "
			"writes are made durable may be wrong; sizes, mixes and times are of the rest",
			operations(losses[LOSS_IO]).text);
	if (r == 0 && losses[LOSS_FILE])
		r = text_add(
			&workload->notes,
			"%s files could not be named: pipes and sockets may be among the files",
			format_count(losses[LOSS_FILE]).text);
	if (r == 0 && losses[LOSS_TASK])
		r = text_add(
			&workload->notes,
			"%s births, deaths or names of threads were lost: threads may be told apart "
			"wrongly",
			format_count(losses[LOSS_TASK]).text);
	if (r == 0 && losses[LOSS_LATE])
		r = text_add(&workload->notes, "%s events came too late to be in order",
			     format_count(losses[LOSS_LATE]).text);
	return r;
}

static int note_sample(const struct modeller *modeller, struct workload *workload)
{
	if (modeller->tallied <= modeller->operations)
		return 0;
	return text_add(
		&workload->notes,
		"only a sample was told: %s of %s; orders, depths, batches, pauses, rates and how often "
		"writes are made durable are not to be believed (slowpath workload -o keeps all)",
		format_count(modeller->operations).text, operations(modeller->tallied).text);
}

static int note_left_out(const struct modeller *modeller, struct workload *workload)
{
	int r = 0;

	if (workload->left_out)
		r = text_add(&workload->notes,
			     "left out: %s, %s, of threads and files that do less than %s of all",
			     operations(workload->left_out).text,
			     format_bytes(workload->left_out_bytes).text,
			     format_share(WORKLOAD_SHARE_MIN).text);
	if (r == 0 && modeller->opened)
		r = text_add(&workload->notes, "not counted: %s begun before the watch",
			     operations(modeller->opened).text);
	if (r == 0 && modeller->crowded)
		r = text_add(&workload->notes, "%s are of threads that there was no room for",
			     operations(modeller->crowded).text);
	if (r == 0 && modeller->adopted)
		r = text_add(
			&workload->notes,
			"%s of threads beyond the first %s are counted with others of their name",
			operations(modeller->adopted).text, format_count(ACTORS_MAX).text);
	if (r == 0 && modeller->files_folded)
		r = text_add(&workload->notes,
			     "%s files that were not used for long were summed together",
			     format_count(modeller->files_folded).text);
	if (r == 0 && modeller->stray_syncs)
		r = text_add(
			&workload->notes,
			"%s that make files durable were of threads that did not write to them: they "
			"are in no job",
			operations(modeller->stray_syncs).text);
	if (r == 0 && modeller->copies)
		r = text_add(
			&workload->notes,
			"%s copied %s from file to file inside the kernel: fio has no such engine, they "
			"are in no job",
			operations(modeller->copies).text,
			format_bytes(modeller->copied_bytes).text);
	return r;
}

static int note_seeing(const struct modeller *modeller, struct workload *workload)
{
	bool has_mmap = false;
	int r = 0;

	for (size_t i = 0; i < workload->jobs.count; i++)
		has_mmap |= workload->jobs.items[i].engine == WORKLOAD_ENGINE_MMAP;
	if (has_mmap)
		r = text_add(
			&workload->notes,
			"of mapped files only page faults that had to wait are seen: what was in memory "
			"already is in no number");
	if (r == 0 && modeller->reaped_unseen)
		r = text_add(
			&workload->notes,
			"%s were taken from the ring of completions without a system call: they count as "
			"complete when their last block request was",
			operations(modeller->reaped_unseen).text);
	if (r == 0 && modeller->untaken * 100 > modeller->operations)
		r = text_add(
			&workload->notes,
			"when the program took the completions of %s of io_uring is not known: they count as "
			"taken when they were posted",
			operations(modeller->untaken).text);
	for (size_t i = 0; i < modeller->missing.count && r == 0; i++)
		r = text_add(&workload->notes, "not seen: %s", modeller->missing.items[i].words);
	return r;
}

int workload_notes_make(const struct modeller *modeller, struct workload *workload)
{
	int r = note_losses(modeller, workload);

	if (r == 0)
		r = note_sample(modeller, workload);
	if (r == 0)
		r = note_left_out(modeller, workload);
	return r < 0 ? r : note_seeing(modeller, workload);
}
