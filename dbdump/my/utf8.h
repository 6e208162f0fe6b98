/* utf8.h - one name for the character set that MariaDB called utf8 up to 10.5 and calls utf8mb3 since. Pure. */
#pragma once

/* The text of a definition, to be compared, with the later name, and its collations' and introducers': never within strings and
 * names. Takes text, which may be NULL; the caller frees what it returns. sql_mode: as in lex.h. NULL: no memory. */
char *utf8_named(char *text, const char *sql_mode);
