/* args_case.h - a command line as one string, parsed; shared by the tests of the options. Include the program's own args.h
 * before. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

enum { CASE_WORDS = 64 };

struct args_case {
	struct options o;
	struct strings operands;
	struct err err;
	int result;
};

static inline void case_free(struct args_case *c)
{
	options_fini(&c->o);
	strings_fini(&c->operands);
}

/* line: words between single spaces, so that two of them make an empty word. */
static inline int case_parse(struct args_case *c, enum args_command command, const char *line)
{
	char *argv[CASE_WORDS], *text = strdup(line), *rest = text;
	int argc = 0;

	assert_non_null(text);
	while (*line && rest) {
		assert_true(argc < CASE_WORDS);
		argv[argc++] = strsep(&rest, " ");
	}
	*c = (struct args_case){ 0 };
	options_init(&c->o);
	c->result = args_parse(&c->o, &c->operands, argc, argv, command, &c->err);
	free(text); /* what is kept must be a copy */
	return c->result;
}

static inline void case_good(struct args_case *c, enum args_command command, const char *line)
{
	if (case_parse(c, command, line))
		fail_msg("%s: %d %s", line, c->result, c->err.text);
}

/* The line is refused, and the text says so of what. */
static inline void case_bad(enum args_command command, const char *line, int code, const char *says)
{
	struct args_case c;
	if (case_parse(&c, command, line) != code || !strstr(c.err.text, says))
		fail_msg("%s: expected %d \"%s\", got %d \"%s\"", line, code, says, c.result, c.err.text);
	assert_int_equal(c.err.code, code);
	case_free(&c);
}
