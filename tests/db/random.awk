# random.awk - what both generators of databases stand on: chance, by a seed, that is the same each time.
#
# awk -v seed=N -f random.awk -f my_random.awk

function r(n) { return int(rand() * n) }
function chance(p) { return rand() < p }
function pick(list,  a, n) { n = split(list, a, "|"); return a[1 + r(n)] }
function digits(n,  s) { s = ""; while (n-- > 0) s = s r(10); return s }
function bytes(n,  s) { s = ""; while (n-- > 0) s = s sprintf("%02x", r(256)); return s }
function clock() { return sprintf("%02d:%02d:%02d", r(24), r(60), r(60)) (chance(0.5) ? "" : "." digits(1 + r(6))) }

BEGIN {
	srand(seed)
	for (i = 0; i < 20; i++) rand()
}
