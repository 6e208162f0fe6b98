/* advice_inner.h - what advice.c and advice_mail.c share. Pure. */
#pragma once
#include "scheduler/dns/advice.h"

/* Which addresses a name has: bits. */
enum { AT_SERVER = 1, AT_TRANSIT = 2, AT_ELSE = 4 };
/* Of one family, or of both (AF_UNSPEC). */
unsigned advice_at(const struct found_host *h, int family, const struct facts *facts);
/* Were both families answered? */
bool advice_is_known(const struct found_host *h);

/* Adds a note, about this exchanger or none. */
void advice_do(struct advice *a, enum advice_code code, const struct found_exchanger *about, const char *fmt,
	       ...) __attribute__((format(printf, 4, 5)));
void advice_say(struct advice *a, enum advice_code code, const struct found_exchanger *about, const char *fmt,
		...) __attribute__((format(printf, 4, 5)));

/* Where each exchanger leads to. */
void advice_sort_mail(struct advice *a, const struct found *f, const struct facts *facts);
/* What is to be done about mail by a client whose DNS is not the host's. */
void advice_mail(struct advice *a, const struct found *f, const struct facts *facts);
