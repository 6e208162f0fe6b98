/* secret.h - passwords that stand in a command line. Pure. */
#pragma once

/* Takes the passwords of URIs out of text, in place: what stands between the user's colon and the last @, and behind
 * password=, becomes one *, and what follows moves up; the end is filled with NULs. Rather too much than too little: text is
 * argv's own, which everybody may read in ps, or an error that may repeat a URI in a place where none belongs. */
void secret_hide(char *text);
