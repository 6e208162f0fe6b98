/* splitter.h - cuts what pg_dump writes into statements, as a server would read it, so that no program has to (psql also obeys
 * what its source says behind a backslash).
 *
 * standard_conforming_strings is on. Lines that begin with a backslash where a statement may begin are psql's and passed over.
 * Pure; the text is borrowed. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct splitter {
	const char *at, *end;
};

struct piece {
	const char *sql; /* without the semicolon */
	size_t len;
	const char *
		title; /* the last "-- Name: " line of the comments in front of it, behind those dashes; NULL: none */
	size_t title_len;
};

struct splitter splitter_of(const char *text, size_t len);
/* 1; 0: there are no more; -EBADMSG: the text ends within a statement. */
int splitter_next(struct splitter *s, struct piece *out);

/* Reads a name, quoted or not, from the front of *at: the name itself into out. false when there is none or it does not fit. */
bool splitter_name(const char **at, const char *end, char *out, size_t cap);
