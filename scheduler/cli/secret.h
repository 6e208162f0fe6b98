/* secret.h - passwords in what is shown: in endpoints, and in a command line that everybody may read in ps. Pure. */
#pragma once

/* In place: the password of a URI becomes one *, and so does what stands behind password= in one. What follows moves up, and the end is
 * filled with zeros. A password may hold any character, so that what is taken may be too much, and is never too little. */
void secret_cover(char *text);
