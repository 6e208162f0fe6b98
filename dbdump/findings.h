/* findings.h - what stands in the way of a copy, as far as one look can tell: a list, worst first.
 *
 * Names in texts are raw bytes, as the servers say them: whoever prints them escapes them. No text holds a password. The list owns its texts
 * but for codes, which are static. One owner; pure. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xfer/base/exit.h"
#include "xfer/base/strings.h"

enum severity {
	SEVERITY_CERTAIN, /* a copy as it was asked for fails, or does not copy all */
	SEVERITY_LIKELY,  /* it may fail, or what uses the copy afterwards */
	SEVERITY_NOTE,	  /* worth to be known before */
};

struct finding {
	enum severity severity;
	const char *code; /* static, a short word that stays what it is: "engine", "definer" */
	char *object;	  /* "table shop.orders" */
	char *reason, *remedy;
};

/* Of one code and severity so many are listed; the others are a number. */
enum { FINDINGS_OF_A_CODE = 100 };

struct findings {
	struct finding *at;
	size_t count;
	struct strings unseen; /* what could not be looked at, and why */
	struct beyond {
		enum severity severity;
		const char *code;
		uint64_t count; /* of all */
	} * totals;
	size_t total_count;
};

struct finding_text {
	const char *object, *reason, *remedy;
};

void findings_fini(struct findings *f);
/* Copies the texts. Said again of the same object for the same reason it is not added. 0 or -ENOMEM. */
int findings_add(struct findings *f, enum severity severity, const char *code, struct finding_text text);
/* What could not be looked at, and why. 0 or -ENOMEM. */
int findings_unseen(struct findings *f, const char *what, const char *why);
/* By severity, code, object; those beyond FINDINGS_OF_A_CODE become one more finding. Once, when all are there. 0 or -ENOMEM. */
int findings_sort(struct findings *f);
/* How many there are of this severity, listed or not. */
uint64_t findings_count(const struct findings *f, enum severity severity);
/* EXIT_REFUSED: something is certain to fail. */
enum exit_status findings_status(const struct findings *f);
/* Static: "certain", "likely", "note". */
const char *severity_word(enum severity severity);
