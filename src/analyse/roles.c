/* What is a thread there for? The table, read from its first row on. */
#include "analyse/roles.h"

#include <stdio.h>
#include <string.h>

#include "analyse/patterns.h"
#include "base/array.h"

enum role_scope {
	SCOPE_KERNEL,
	SCOPE_PROGRAM,
	SCOPE_MAIN,
};

struct role_rule {
	enum role_scope scope;
	const char *name;
	const char *process;
	const char *function; /* "": none */
	const char *words;
};

static const struct role_rule RULES[] = {
#define KERNEL_ROLE(name, words)             { SCOPE_KERNEL, name, "*", "", words },
#define ROLE(name, process, function, words) { SCOPE_PROGRAM, name, process, function, words },
#define MAIN_ROLE(name, words)               { SCOPE_MAIN, name, "*", "", words },
#define TITLE_ROLE(title, words)
#define INTERRUPT(function, words)
#include "analyse/roles.def"
#undef KERNEL_ROLE
#undef ROLE
#undef MAIN_ROLE
#undef TITLE_ROLE
#undef INTERRUPT
};

static const struct {
	const char *title;
	const char *words;
} TITLES[] = {
#define KERNEL_ROLE(name, words)
#define ROLE(name, process, function, words)
#define MAIN_ROLE(name, words)
#define TITLE_ROLE(title, words) { title, words },
#define INTERRUPT(function, words)
#include "analyse/roles.def"
#undef KERNEL_ROLE
#undef ROLE
#undef MAIN_ROLE
#undef TITLE_ROLE
#undef INTERRUPT
};

static const struct {
	const char *function;
	const char *words;
} INTERRUPTS[] = {
#define KERNEL_ROLE(name, words)
#define ROLE(name, process, function, words)
#define MAIN_ROLE(name, words)
#define TITLE_ROLE(title, words)
#define INTERRUPT(function, words) { function, words },
#include "analyse/roles.def"
#undef KERNEL_ROLE
#undef ROLE
#undef MAIN_ROLE
#undef TITLE_ROLE
#undef INTERRUPT
};

const char *role_of_interrupt(const char *function)
{
	for (size_t i = 0; i < array_count(INTERRUPTS); i++) {
		if (strcmp(INTERRUPTS[i].function, function) == 0)
			return INTERRUPTS[i].words;
	}
	return NULL;
}

const char *role_of_title(const char *title)
{
	for (size_t i = 0; i < array_count(TITLES); i++) {
		if (pattern_fits(title, TITLES[i].title, NULL))
			return TITLES[i].words;
	}
	return NULL;
}

static bool is_within(const struct role_rule *rule, const struct role_facts *facts)
{
	switch (rule->scope) {
	case SCOPE_KERNEL:
		return facts->is_kernel;
	case SCOPE_PROGRAM:
		return !facts->is_kernel;
	case SCOPE_MAIN:
		return !facts->is_kernel && facts->is_main;
	}
	return false;
}

static struct role say(const char *words, const struct pattern_part *part)
{
	const char *star = strchr(words, '*');
	struct role role;

	if (star)
		(void)snprintf(role.words, sizeof(role.words), "%.*s%.*s%s", (int)(star - words),
			       words, (int)part->bytes, part->text, star + 1);
	else
		(void)snprintf(role.words, sizeof(role.words), "%s", words);
	return role;
}

struct role role_of(const struct role_facts *facts)
{
	for (size_t i = 0; i < array_count(RULES); i++) {
		const struct role_rule *rule = &RULES[i];
		struct pattern_part part;

		if (!is_within(rule, facts) || !pattern_fits(facts->name, rule->name, &part) ||
		    !pattern_fits(facts->process, rule->process, NULL))
			continue;
		if (facts->is_pool)
			part = (struct pattern_part){ "*", 1 };
		if (!rule->function[0] ||
		    (facts->was_in && facts->was_in(facts->context, rule->function)))
			return say(rule->words, &part);
	}
	return (struct role){ "" };
}
