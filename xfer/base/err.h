/* err.h - an error: a negative errno and one sentence that names what failed.
 *
 * A function that knows a human name (path, table, host) fills it once; callers may only add context
 * in front. The text is raw: names in it may hold any byte, whoever prints it escapes it (escape.h).
 * A value type, no ownership, any thread. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

enum { ERR_TEXT = 512 };

struct err {
	int code;	     /* 0 or -errno */
	char text[ERR_TEXT]; /* always terminated; long names are cut in the middle of the text */
};

/* Sets *err (may be NULL) to code and the formatted text, followed by ": strerror" when code is not
 * one of ours (EPROTO, EBADMSG). Returns code, so that `return err_set(...)` reads well. */
int err_set(struct err *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* As err_set, but without strerror: the text says it all. */
int err_say(struct err *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Puts "context: " in front of the text of *err (may be NULL). What does not fit is cut from the context first;
 * the end of the text, where the reason stands, stays. */
void err_context(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* True when the same call may succeed later without anybody changing anything. The only place that decides. */
bool err_is_retryable(int code);

/* A broken invariant of our own: says where and aborts, in release too. */
#define CHECK(cond) ((cond) ? (void)0 : err_broken(__FILE__, __LINE__, #cond))
_Noreturn void err_broken(const char *file, int line, const char *cond);
