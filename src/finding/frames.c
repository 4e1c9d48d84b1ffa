/* What is a frame called for people? */
#include "finding/frames.h"

#include <stdio.h>
#include <string.h>

const char *frame_name(const struct profile_frame *frame)
{
	switch (frame->kind) {
	case FRAME_RUNNABLE:
		return frame->name[0] ? frame->name : "ready, but not running";
	case FRAME_BLOCKED:
		return frame->name[0] ? frame->name : "not running, reason unknown";
	case FRAME_WAKER:
		return frame->name[0] ? frame->name : "not seen";
	case FRAME_THREADS:
	case FRAME_USER:
	case FRAME_KERNEL:
		break;
	}
	return frame->name[0] ? frame->name : "[unknown]";
}

struct frame_module frame_module(const struct profile_frame *frame)
{
	struct frame_module module = {};
	const char *slash = strrchr(frame->module, '/');

	switch (frame->kind) {
	case FRAME_KERNEL:
		(void)snprintf(module.text, sizeof(module.text), "%s%s%s",
			       frame->module[0] == '[' ? "" : "[",
			       frame->module[0] ? frame->module : "kernel",
			       frame->module[0] == '[' ? "" : "]");
		break;
	case FRAME_USER:
		(void)snprintf(module.text, sizeof(module.text), "%s",
			       !frame->module[0]   ? "[unknown]"
			       : slash && slash[1] ? slash + 1
						   : frame->module);
		break;
	case FRAME_BLOCKED:
		(void)snprintf(module.text, sizeof(module.text), "%s", frame->module);
		break;
	case FRAME_WAKER:
		(void)snprintf(module.text, sizeof(module.text), "%s%s",
			       frame->module[0] ? "woke it: a request of " : "woke it",
			       frame->module);
		break;
	case FRAME_THREADS:
	case FRAME_RUNNABLE:
		break;
	}
	return module;
}

const char *frame_title(const struct profile_frame *frame, const struct frame_module *module)
{
	bool is_code = frame->kind == FRAME_USER || frame->kind == FRAME_KERNEL;

	return is_code && !frame->name[0] && frame->module[0] ? module->text : frame_name(frame);
}
