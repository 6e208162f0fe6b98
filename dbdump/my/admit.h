/* admit.h - what a statement of a script may do. A source may be anybody's server, and so may be what wrote an archive, or the agent
 * beside a source: its texts would run at the destination with all that our account may do there, which has no way to run them as the
 * account that they are for. So each statement must be of the form that its kind has, and about this run's databases:
 *
 *   a table is made of columns, keys and options alone: nothing is selected, no function of the source's is called;
 *   neither its engine nor an option takes it to files or servers outside of its database, nor does it merge another database's
 *   tables, unless --allow-outside; a foreign key may go to another database, as some do: it shows whether a key is there, no more;
 *   a view, routine, trigger or event is made, not run, in one of the databases and under no other name; an event is disabled;
 *   an account is made or given rights to the databases, with no word about its password where it is there already.
 *
 * What stays to the engine: the account that code runs as (its definer) is who the source says, if we may say so there: --definer puts
 * another in its place, and who is connected as the account itself cannot make more than it may. Rows are in before any trigger is made,
 * and what MariaDB lets stand in a DEFAULT, CHECK, generated or partitioning expression calls no stored function, reads no table and no
 * file. Views are never read, only shown.
 *
 * Pure. Its reading of SQL is lex.h's: comments are admitted nowhere, and nothing in a version comment that servers may pass over. */
#pragma once
#include "dbdump/catalog.h"
#include "xfer/base/err.h"

/* databases: by their names at the destination. 0; -EPERM, err says what is not admitted. */
int admit(const struct statement *st, const struct strings *databases, bool outside, struct err *err);
