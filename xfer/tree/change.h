/* change.h - rsync's itemised codes: YXcstpoguax. Pure. */
#pragma once
#include <stdbool.h>
#include <sys/stat.h>

enum { CHANGE_SIZE = 12 };

/* what: '<' or '>' content sent or received, 'c' made here, 'h' hard link, '.' only metadata; created: all plus signs, else
 * the bits of meta_diff that differ. times_kept: else a changed time shows as T. */
void change_code(char out[static CHANGE_SIZE], char what, mode_t mode, bool created, int diff,
		 bool times_kept);
