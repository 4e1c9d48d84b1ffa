/* How do we say it as a picture? Boxes from the layout, texts from the profile; what moves is the
 * script's (flame.js), what it looks like the style's (flame.css). */
#include "view/flame.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "finding/format.h"
#include "view/flame.css.h"
#include "view/flame.js.h"
#include "view/flame_layout.h"
#include "view/page.h"
#include "view/xml.h"

/* In pixels. */
enum {
	MARGIN = 10,
	LEVEL = 18,    /* from one level to the next; a frame is one less: flame.css */
	BASELINE = 13, /* of a text in its frame */
	LEGEND = 80,   /* from the top */
	HEAD = 110,    /* title, summary, details, legend */
	LINE = 17,     /* of the notes at the foot */
	GLYPH_10 =
		74, /* tenths: a character of the frames' font, rather too much than too little */
	COLUMNS_MIN = 3, /* of a text that is worth to be drawn */
	NOTE_COLUMNS = 165,
};

static const double LEAST_PX = 0.1;

/* What each kind of frame is called in the file and to people, how many shades it has in flame.css,
 * and the class of its edge there, which it keeps where colours say something else. */
static const struct {
	char letter;
	unsigned int shades;
	const char *edge;
	const char *words;
} KINDS[] = {
	[FRAME_THREADS] = { 't', 4, "", "threads of one name" },
	[FRAME_USER] = { 'u', 8, "", "user code" },
	[FRAME_KERNEL] = { 'k', 8, "", "kernel code" },
	[FRAME_BLOCKED] = { 'b', 1, " b", "blocked" },
	[FRAME_RUNNABLE] = { 'r', 1, " r", "waiting for a CPU" },
	[FRAME_WAKER] = { 'w', 1, " w", "who woke it" },
};

/* How much of all a frame must have grown or shrunk by for each colour, the strongest last. */
static const struct {
	double share;
	const char *words;
} STEPS[] = {
	{ 0.0025, "0.25 %" }, { 0.01, "1 %" }, { 0.025, "2.5 %" }, { 0.05, "5 %" }, { 0.1, "10 %" },
};

/* How time is filled that nobody ran in: by more than a colour. */
static const char PATTERNS[] =
	"<defs>\n"
	"<pattern id=\"blocked\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\" "
	"patternTransform=\"rotate(45)\"><rect class=\"low\" width=\"8\" height=\"8\"/>"
	"<rect class=\"high\" width=\"3\" height=\"8\"/></pattern>\n"
	"<pattern id=\"runnable\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">"
	"<rect class=\"even\" width=\"6\" height=\"6\"/>"
	"<circle class=\"dot\" cx=\"3\" cy=\"3\" r=\"1\"/></pattern>\n"
	"</defs>\n";

struct flame {
	const struct profile *profile;
	const struct flame_options *options;
	uint32_t least; /* places */
	struct flame_layout layout;
	uint32_t *numbers;     /* of each frame among the names in the file; 0: not there yet */
	ARRAY(uint32_t) names; /* the frame of each such number, from 1 on */
	bool has_kind[array_count(KINDS)];
	FILE *out;
};

/* Room for a label that stands nowhere as a whole. */
struct label_room {
	char text[256];
};

static void flame_end(struct flame *flame)
{
	flame_layout_free(&flame->layout);
	array_free(&flame->names);
	free(flame->numbers);
}

static struct number amount_text(const struct profile *profile, uint64_t amount)
{
	return profile->unit == PROFILE_NS ? format_duration(amount) : format_count(amount);
}

/* A place on the level, in pixels without needless digits: ".5", "1200", "17.0312". */
static struct number place_text(uint32_t place)
{
	struct number number = {};
	unsigned int fraction = place % FLAME_PX, digits = 4;

	if (!fraction) {
		(void)snprintf(number.text, sizeof(number.text), "%" PRIu32, place / FLAME_PX);
		return number;
	}
	while (fraction % 10 == 0) {
		fraction /= 10;
		digits--;
	}
	if (place < FLAME_PX)
		(void)snprintf(number.text, sizeof(number.text), ".%0*u", (int)digits, fraction);
	else
		(void)snprintf(number.text, sizeof(number.text), "%" PRIu32 ".%0*u",
			       place / FLAME_PX, (int)digits, fraction);
	return number;
}

/* NULL for the root. */
static const struct profile_frame *frame_of(const struct flame *flame,
					    const struct profile_node *node)
{
	return node->depth ? &flame->profile->frames.items[node->frame] : NULL;
}

static const char *label_of(const struct profile_frame *frame, struct label_room *room)
{
	const char *file;

	if (!frame)
		return "all";
	if (frame->name[0])
		return frame->name;
	if (!frame->module[0])
		return "[unknown]";
	if (frame->module[0] == '[')
		return frame->module;
	file = strrchr(frame->module, '/');
	(void)snprintf(room->text, sizeof(room->text), "[%s]", file ? file + 1 : frame->module);
	return room->text;
}

/* Positive: it grew. */
static int step_of(const struct flame *flame, const struct profile_node *node)
{
	double before = node->before_total > 0 ? (double)node->before_total : 0;
	double change =
		((double)node->total - before) / (double)flame->profile->nodes.items[0].total;
	int step = 0;

	while (step < (int)array_count(STEPS) &&
	       (change < 0 ? -change : change) >= STEPS[step].share)
		step++;
	return change < 0 ? -step : step;
}

struct class_name {
	char text[4];
};

static struct class_name class_of(const struct flame *flame, const struct profile_node *node)
{
	const struct profile_frame *frame = frame_of(flame, node);
	struct class_name name = { "z" };
	int step;

	if (flame->options->is_differential) {
		step = step_of(flame, node);
		if (step)
			(void)snprintf(name.text, sizeof(name.text), "%c%d", step > 0 ? 'g' : 's',
				       (step > 0 ? step : -step) % 10);
		return name;
	}
	if (!frame)
		return (struct class_name){ "a" };
	/* By the name alone: the same function has the same colour in any two graphs. */
	(void)snprintf(name.text, sizeof(name.text), "%c%u", KINDS[frame->kind].letter,
		       (unsigned int)(XXH3_64bits(frame->name, strlen(frame->name)) %
				      KINDS[frame->kind].shades) %
			       10);
	return name;
}

/* The frame's number among the names in the file, 0 for the root's; or -ENOMEM. */
static int64_t number_of(struct flame *flame, const struct profile_node *node)
{
	const struct profile_frame *frame = frame_of(flame, node);
	uint32_t *added;

	if (!frame)
		return 0;
	if (flame->numbers[node->frame])
		return flame->numbers[node->frame];
	added = array_push(&flame->names);
	if (!added)
		return -ENOMEM;
	*added = node->frame;
	flame->numbers[node->frame] = (uint32_t)flame->names.count;
	return flame->numbers[node->frame];
}

static void put_change(const struct flame *flame, const struct profile_node *node)
{
	uint64_t before = node->before_total > 0 ? (uint64_t)node->before_total : 0;
	bool is_less = node->total < before;
	uint64_t change = is_less ? before - node->total : node->total - before;

	(void)fprintf(flame->out, ";%s;%s%s", amount_text(flame->profile, before).text,
		      !change   ? "±"
		      : is_less ? "−"
				: "+",
		      amount_text(flame->profile, change).text);
}

static unsigned int node_y(const struct flame *flame, const struct profile_node *node)
{
	uint32_t level =
		flame->options->is_icicle ? node->depth : flame->layout.levels - 1 - node->depth;

	return HEAD + level * LEVEL;
}

/* As much of the name as there is room for; the script does the same anew for each width. */
static void put_text(const struct flame *flame, const struct flame_box *box,
		     const struct profile_node *node, char class_letter)
{
	const struct profile_frame *frame = frame_of(flame, node);
	unsigned int px = (box->to - box->from) / FLAME_PX;
	unsigned int columns = px > 6 ? (px - 6) * 10 / GLYPH_10 : 0;
	struct label_room room;
	const char *mark = "";

	if (columns < COLUMNS_MIN)
		return;
	if (flame->options->is_differential && class_letter != 'z') {
		mark = class_letter == 'g' ? "▲ " : "▼ ";
		columns -= 2;
	}
	(void)fprintf(flame->out, "<text class=\"%c\" x=\"%s\" y=\"%u\">%s",
		      frame ? KINDS[frame->kind].letter : 'a',
		      place_text(box->from + 3 * FLAME_PX).text, node_y(flame, node) + BASELINE,
		      mark);
	xml_put_cut(flame->out, label_of(frame, &room), columns);
	(void)fputs("</text>\n", flame->out);
}

static int put_box(struct flame *flame, const struct flame_box *box)
{
	const struct profile_node *node = &flame->profile->nodes.items[box->node];
	const struct profile_frame *frame = frame_of(flame, node);
	struct class_name class_name = class_of(flame, node);
	int64_t number = number_of(flame, node);

	if (number < 0)
		return (int)number;
	if (frame)
		flame->has_kind[frame->kind] = true;
	(void)fprintf(flame->out,
		      "<rect class=\"%s%s\" x=\"%s\" y=\"%u\" width=\"%s\" data-d=\"%" PRId64 ";",
		      class_name.text, frame ? KINDS[frame->kind].edge : "",
		      place_text(box->from).text, node_y(flame, node),
		      place_text(box->to - box->from).text, number);
	xml_put(flame->out, format_share(node->share).text);
	(void)fprintf(flame->out, ";%s;%s", amount_text(flame->profile, node->total).text,
		      format_count(node->samples).text);
	if (flame->options->is_differential)
		put_change(flame, node);
	(void)fputs("\"/>\n", flame->out);
	put_text(flame, box, node, class_name.text[0]);
	return 0;
}

static int put_boxes(struct flame *flame)
{
	int r;

	(void)fputs("<g id=\"frames\" role=\"tree\" aria-label=\"Call tree\">\n", flame->out);
	for (size_t i = 0; i < flame->layout.boxes.count; i++) {
		r = put_box(flame, &flame->layout.boxes.items[i]);
		if (r < 0)
			return r;
	}
	(void)fputs("</g>\n", flame->out);
	return 0;
}

/* What the script knows the frames by: their names, each once. */
static void put_names(const struct flame *flame)
{
	(void)fputs("<metadata id=\"names\">\n<i k=\"a\" n=\"all\"/>\n", flame->out);
	for (size_t i = 0; i < flame->names.count; i++) {
		const struct profile_frame *frame =
			&flame->profile->frames.items[flame->names.items[i]];
		struct label_room room;

		(void)fprintf(flame->out, "<i k=\"%c\" n=\"", KINDS[frame->kind].letter);
		xml_put(flame->out, label_of(frame, &room));
		if (frame->module[0]) {
			(void)fputs("\" m=\"", flame->out);
			xml_put(flame->out, frame->module);
		}
		if (frame->place[0]) {
			(void)fputs("\" p=\"", flame->out);
			xml_put(flame->out, frame->place);
		}
		(void)fputs("\"/>\n", flame->out);
	}
	(void)fputs("</metadata>\n", flame->out);
}

static void put_measure(const struct flame *flame)
{
	const struct profile *profile = flame->profile;

	if (profile->unit == PROFILE_COUNT)
		xml_put(flame->out, profile->sampler);
	else
		(void)fputs(profile->is_waits  ? "blocked time"
			    : profile->is_wall ? "wall-clock time"
					       : "on-CPU time",
			    flame->out);
}

static void put_title(const struct flame *flame)
{
	const struct profile *profile = flame->profile;

	if (flame->options->title) {
		xml_put(flame->out, flame->options->title);
		return;
	}
	if (profile->target == TARGET_MACHINE) {
		(void)fputs("the whole machine: ", flame->out);
	} else {
		xml_put(flame->out, profile->name);
		(void)fprintf(flame->out, "[%" PRIu32 "]: ", profile->pid);
	}
	if (flame->options->is_differential)
		(void)fputs("change of ", flame->out);
	put_measure(flame);
}

static void put_summary(const struct flame *flame)
{
	const struct profile *profile = flame->profile;

	(void)fprintf(flame->out, "100 %% is %s%s", amount_text(profile, profile->amount).text,
		      profile->unit == PROFILE_NS ? " of " : " ");
	put_measure(flame);
	(void)fprintf(flame->out, ", %s %s", format_count(profile->samples).text,
		      profile->is_waits ? "waits" : "samples");
	if (profile->unit == PROFILE_NS && profile->sampler[0]) {
		(void)fputs(" by ", flame->out);
		xml_put(flame->out, profile->sampler);
	}
	if (profile->window_ns)
		(void)fprintf(flame->out, ", watched for %s",
			      format_duration(profile->window_ns).text);
	if (profile->cpus)
		(void)fprintf(flame->out, " on %" PRIu32 " CPU%s", profile->cpus,
			      profile->cpus == 1 ? "" : "s");
}

/* One field of the legend with its words in it; yields where the next one goes. */
static unsigned int put_key(const struct flame *flame, unsigned int x, const char *box_class,
			    const char *text_class, const char *words)
{
	unsigned int width = (unsigned int)strlen(words) * GLYPH_10 / 10 + 8;

	(void)fprintf(flame->out,
		      "<rect class=\"key %s\" x=\"%u\" y=\"%d\" width=\"%u\"/>"
		      "<text class=\"%s\" x=\"%u\" y=\"%d\">%s</text>\n",
		      box_class, x, LEGEND, width, text_class, x + 4, LEGEND + BASELINE, words);
	return x + width + 6;
}

static void put_change_legend(const struct flame *flame)
{
	char box_class[8], words[32];
	unsigned int x = 0;

	for (size_t i = array_count(STEPS); i-- > 0;) {
		(void)snprintf(box_class, sizeof(box_class), "s%zu", (i + 1) % 10);
		(void)snprintf(words, sizeof(words), "-%s", STEPS[i].words);
		x = put_key(flame, x, box_class, "key", words);
	}
	x = put_key(flame, x, "z", "key", "less than that");
	for (size_t i = 0; i < array_count(STEPS); i++) {
		(void)snprintf(box_class, sizeof(box_class), "g%zu", (i + 1) % 10);
		(void)snprintf(words, sizeof(words), "+%s", STEPS[i].words);
		x = put_key(flame, x, box_class, "key", words);
	}
	(void)fprintf(flame->out,
		      "<text class=\"plain\" x=\"%u\" y=\"%d\">of all: ▼ shrank, ▲ grew</text>\n",
		      x + 4, LEGEND + BASELINE);
}

static void put_legend(const struct flame *flame)
{
	unsigned int x = 0;

	if (flame->options->is_differential) {
		put_change_legend(flame);
		return;
	}
	for (size_t i = 0; i < array_count(KINDS); i++) {
		char box_class[8], text_class[2] = { KINDS[i].letter };

		(void)snprintf(box_class, sizeof(box_class), "%c0%s", KINDS[i].letter,
			       KINDS[i].edge);
		if (flame->has_kind[i])
			x = put_key(flame, x, box_class, text_class, KINDS[i].words);
	}
}

/* Written after the frames, so that it covers them when it is kept in sight. */
static void put_head(const struct flame *flame)
{
	(void)fprintf(flame->out,
		      "<g id=\"head\">\n<rect id=\"page\" class=\"page\" x=\"-%d\" y=\"0\" "
		      "width=\"%d\" height=\"%d\"/>\n<text class=\"title cut\" x=\"0\" y=\"26\">",
		      MARGIN, FLAME_SPAN_PX + 2 * MARGIN, HEAD - 4);
	put_title(flame);
	(void)fputs("</text>\n<text class=\"plain cut\" x=\"0\" y=\"47\">", flame->out);
	put_summary(flame);
	(void)fputs(
		"</text>\n<text id=\"details\" class=\"plain\" x=\"0\" y=\"69\">"
		"Hover over a frame, or go to it with Tab and the arrow keys. Click or Enter: zoom. "
		"Escape: back. / or Ctrl-F: search.</text>\n",
		flame->out);
	put_legend(flame);
	(void)fprintf(
		flame->out,
		"<line id=\"rule\" class=\"rule\" x1=\"-%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n"
		"</g>\n",
		MARGIN, HEAD - 5, FLAME_SPAN_PX + MARGIN, HEAD - 5);
}

static void write_notes(const struct flame *flame, struct page *page)
{
	const struct profile *profile = flame->profile;
	const struct flame_layout *layout = &flame->layout;
	char words[256];

	if (!layout->boxes.count)
		page_line(page, 0, "There is nothing to draw: the profile has no samples.");
	if (layout->cut) {
		(void)snprintf(
			words, sizeof(words),
			"%s frame%s narrower than %s%s px %s not drawn and cannot be searched: "
			"%s in all.",
			format_count(layout->cut).text, layout->cut == 1 ? "" : "s",
			flame->least < FLAME_PX ? "0" : "", place_text(flame->least).text,
			layout->cut == 1 ? "is" : "are",
			amount_text(profile, layout->cut_amount).text);
		page_line(page, 0, words);
	}
	if (layout->gone && flame->options->is_differential) {
		(void)snprintf(words, sizeof(words),
			       "%s frame%s of before did not come again, and %s no width here: %s "
			       "in all, on the scale of now.",
			       format_count(layout->gone).text, layout->gone == 1 ? "" : "s",
			       layout->gone == 1 ? "has" : "have",
			       amount_text(profile, layout->gone_amount).text);
		page_line(page, 0, words);
	}
	if (profile->hidden_rows) {
		(void)snprintf(words, sizeof(words),
			       "%s rows and call paths below the least share asked for are left "
			       "out.",
			       format_count(profile->hidden_rows).text);
		page_line(page, 0, words);
	}
	if (profile->lost_samples) {
		(void)snprintf(words, sizeof(words), "%s samples were lost.",
			       format_count(profile->lost_samples).text);
		page_line(page, 0, words);
	}
	for (size_t i = 0; i < profile->notes.count; i++)
		page_line(page, 0, profile->notes.items[i].words);
}

/* The notes with their lines broken; the caller's to free, NULL when memory is out. */
static char *make_notes(const struct flame *flame)
{
	owns(own_free) char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);
	struct page page = { .out = out, .columns = NOTE_COLUMNS, .utf8 = true };

	if (!out)
		return NULL;
	write_notes(flame, &page);
	if (fclose(out) != 0)
		return NULL;
	return give(text);
}

static void put_foot(const struct flame *flame, char *notes, unsigned int y)
{
	char *rest = notes, *line;

	(void)fputs("<g id=\"foot\">\n", flame->out);
	while ((line = strsep(&rest, "\n")) && rest) {
		(void)fprintf(flame->out, "<text class=\"plain\" x=\"0\" y=\"%u\">", y);
		xml_put(flame->out, line);
		(void)fputs("</text>\n", flame->out);
		y += LINE;
	}
	(void)fputs("</g>\n", flame->out);
}

static void put_beginning(const struct flame *flame, unsigned int height)
{
	(void)fprintf(
		flame->out,
		FLAME_FIRST_BYTES
		"<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"graphics-document\" "
		"aria-labelledby=\"title\" width=\"%d\" height=\"%u\" viewBox=\"-%d 0 %d %u\" "
		"data-level=\"%d\" data-span=\"%d\" data-cut=\"%" PRIu64 "\" data-unit=\"",
		FLAME_SPAN_PX + 2 * MARGIN, height, MARGIN, FLAME_SPAN_PX + 2 * MARGIN, height,
		LEVEL, FLAME_SPAN_PX, flame->layout.cut);
	if (flame->profile->unit == PROFILE_COUNT) {
		(void)putc(' ', flame->out);
		xml_put(flame->out, flame->profile->sampler);
	}
	if (flame->profile->is_waits)
		(void)fputs("\" data-counted=\"wait", flame->out);
	(void)fputs("\">\n<title id=\"title\">", flame->out);
	put_title(flame);
	(void)fprintf(flame->out, "</title>\n<style><![CDATA[\n%s]]></style>\n%s", FLAME_CSS,
		      PATTERNS);
}

static int put_all(struct flame *flame)
{
	owns(own_free) char *notes = make_notes(flame);
	unsigned int foot, lines = 0;
	int r;

	if (!notes)
		return -ENOMEM;
	for (const char *c = notes; *c; c++)
		lines += *c == '\n';
	foot = HEAD + flame->layout.levels * LEVEL + LINE;

	errno = 0; /* from here on: why the stream took no more, should it not */
	put_beginning(flame, foot + lines * LINE);
	r = put_boxes(flame);
	if (r < 0)
		return r;
	put_foot(flame, notes, foot);
	put_head(flame);
	put_names(flame);
	(void)fprintf(flame->out, "<script><![CDATA[\n%s]]></script>\n</svg>\n", FLAME_JS);

	if (fflush(flame->out) != 0 || ferror(flame->out))
		return errno ? -errno : -EIO;
	return 0;
}

int view_flame(const struct profile *profile, const struct flame_options *options, FILE *out)
{
	owns(flame_end) struct flame flame = { .profile = profile, .options = options, .out = out };
	double least_px = options->least_px > 0 ? options->least_px : LEAST_PX;
	int r;

	flame.least = least_px < FLAME_SPAN_PX ? (uint32_t)(least_px * FLAME_PX + 0.5) : FLAME_SPAN;
	flame.numbers = calloc(profile->frames.count + 1, sizeof(*flame.numbers));
	if (!flame.numbers)
		return -ENOMEM;
	r = flame_layout_make(profile, flame.least, &flame.layout);
	return r < 0 ? r : put_all(&flame);
}
