/* domain.h - names of domains: from what a client wrote to what the DNS knows (A-labels, lower case, no dot at the end), and how two
 * of them are compared. Pure; any thread. */
#pragma once
#include <stdbool.h>

#include "xfer/base/err.h"

enum { DOMAIN_NAME = 254 }; /* 253 and the end */

/* "Bücher.example." => "xn--bcher-kva.example". -EINVAL, with the reason in the text: no UTF-8; an address; one label; a character, a
 * label or a length that no name has. -ENOMEM. */
int domain_ascii(char out[static DOMAIN_NAME], const char *text, struct err *err);

/* The functions below take names that domain_ascii or the DNS gave. */

/* The name without its first label; NULL: there is none. */
const char *domain_parent(const char *name);
/* Is it below that one, or the same? */
bool domain_within(const char *name, const char *above);
/* In a pattern, "*" is any part of a name: "ns*.host.example", "*.host.example". Upper and lower case are one. */
bool domain_matches(const char *name, const char *pattern);
