#!/usr/bin/env bash
# whatever the number of threads, the result, the report and what is told are the same
# modes: release tsan
# takes: 60
# shellcheck disable=SC2317 # check calls the functions
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
cd "$TEST_TMP" || exit 1

# 8 folders of 150 small files, hard links within and across them, ACLs, holes, and a large file.
make_src()
{
	local d i
	mkdir src
	for d in 1 2 3 4 5 6 7 8; do
		mkdir -p "src/d$d/deep/er"
		for ((i = 0; i < 150; i++)); do
			printf 'folder %d file %d\n%s' "$d" "$i" "${lib_long:0:$((i * 20))}" >"src/d$d/f$i"
		done
		for ((i = 0; i < 12; i++)); do
			mkdir "src/d$d/deep/s$i"
			echo "$d $i" >"src/d$d/deep/s$i/one"
		done
		ln "src/d$d/f0" "src/d$d/deep/er/same"
		truncate -s 200000 "src/d$d/holes"
		echo end >>"src/d$d/holes"
	done
	ln src/d1/f1 src/d8/zz-same
	ln src/d1/f1 src/aa-same
	setfacl -m u:12345:rw src/d2/f1* src/d3/deep
	head -c 3000000 /dev/urandom >src/large
	chmod 04711 src/d4/f5
	chmod 600 src/d4/f6
	find src -exec touch -h -d '2020-01-02 03:04:05.678901234' {} +
}

# copied N - into dst.N; the sorted itemised lines in lines.N, the report's last line in report.N
copied()
{
	"$XFER" sync -aHAXi --delete --jobs="$1" --json src/ "dst.$1/" >"json.$1" || return 1
	sed -n '/"event":"item"/s/"time":"[^"]*",//p' "json.$1" | sort >"lines.$1"
	tail -n 1 "json.$1" | grep -oE '"(items|proven)":\{[^}]*\}|"digest":"[^"]*"|"written":[0-9]+' >"report.$1"
	[ -s "lines.$1" ] && [ "$(wc -l <"report.$1")" -ge 3 ]
}

make_src
for n in 1 2 7; do
	check "a first copy with --jobs=$n" copied $n
	check "… is the same tree, with links and directory times" same_trees src dst.$n
	check "… and has the same attributes" same_attrs src dst.$n
	check "… the same lines were told as with one thread" cmp lines.1 lines.$n
	check "… and the same counts, bytes and digest" cmp report.1 report.$n
	check "… and nothing is left behind" no_debris dst.$n
done

find src -name 'f*3' -exec sh -c 'for f; do echo more >>"$f"; done' sh {} +
rm -r src/d5/deep src/d6/f1*
ln -f src/d7/f10 src/d7/f13
for n in 1 7; do
	check "a changed tree with --jobs=$n" copied $n
	check "… is the same tree" same_trees src dst.$n
	check "… the same lines" cmp lines.1 lines.$n
done

# Trees that are compared by their content: the large file's chunks are hashed by several threads on each side.
cp -a src compared
printf X | dd of=compared/large bs=1 seek=2500000 conv=notrunc status=none
printf X | dd of=compared/d3/f77 bs=1 seek=3 conv=notrunc status=none
touch -r src/large compared/large
touch -r src/d3/f77 compared/d3/f77
for n in 1 5; do
	check "verify with --jobs=$n finds no difference" "$XFER" verify -HAX --jobs=$n src/ dst.7/
	check_exit 40 "verify with --jobs=$n finds what differs" "$XFER" verify -HAX --jobs=$n src/ compared/
	check "… in the large file's last chunk and in a small one" test "$(sed -n 's/^>fc[^ ]* //p' out | sort | xargs)" = "d3/f77 large"
	check "a copy by content with --jobs=$n" "$XFER" sync -aHAX -c --verify --jobs=$n src/ "fixed.$n/"
	cp -a compared/. "fixed.$n/"
	check "… brings what differs" "$XFER" sync -aHAX -c --verify --jobs=$n src/ "fixed.$n/"
	check "… so that all is the same" same_trees src "fixed.$n"
done

mkdir -p blocked/d1/f7/full blocked/d2
echo keep >blocked/d1/f7/full/kept
check_exit 23 "one name that cannot be replaced does not stop the others" "$XFER" sync -aHAX --jobs=3 src/ blocked/
check "… it is named" says 'd1/f7'
check "… what stood there stays" test -f blocked/d1/f7/full/kept
rm -r blocked/d1/f7
check "… and the next run brings it" "$XFER" sync -aHAX --jobs=3 src/ blocked/
check "… so that all is there" same_trees src blocked

few_descriptors()
{
	(ulimit -n 64 && "$XFER" sync -aHAX --jobs=8 src/ few/)
}
check "few descriptors are enough" few_descriptors
check "… for the same tree" same_trees src few

if mount_loop 3M ext4 "$TEST_TMP/full" -N 4096; then
	check_exit 11 "a full disk ends the run" "$XFER" sync -aHAX --no-space-check --jobs=4 src/ full/
	check "… without debris" no_debris full
	rmdir full/lost+found
	check "… and what is there is whole" test -z "$(cd full && find . -type f -links 1 ! -exec cmp -s {} ../src/{} \; -print)"
else
	skip "a full disk" "no loop mounts here"
fi

check_exit 1 "no more than 64 threads" "$XFER" sync -a --jobs=65 src/ dst.1/
check "… as it says" says 'option --jobs: "65"'
finish
