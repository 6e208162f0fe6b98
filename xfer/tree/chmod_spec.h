/* chmod_spec.h - --chmod=SPEC, with rsync's grammar and meaning.
 *
 *   spec   = clause *( "," clause )
 *   clause = [ "D" | "F" ] ( octal | *( "u" | "g" | "o" | "a" ) ( "+" | "-" | "=" ) [ perms ] )
 *   perms  = *( "r" | "w" | "x" | "X" | "s" | "t" )  or one of  "u" | "g" | "o"
 *
 * D: directories only; F: everything but directories. Without a who, the umask's bits are left alone; the umask
 * is the process's when the spec is parsed (it is set and put back: parse before threads start).
 * Immutable after parsing; any thread may apply it. */
#pragma once
#include "xfer/base/err.h"

#include <sys/types.h>

struct chmod_spec;

/* -EINVAL, quoting the clause, when text is not a spec. */
int chmod_parse(struct chmod_spec **out, const char *text, struct err *err);
void chmod_free(struct chmod_spec *spec);

/* mode includes its S_IFMT, which comes back untouched; a symlink's mode is never changed. NULL spec: mode. */
mode_t chmod_apply(const struct chmod_spec *spec, mode_t mode);
