#!/usr/bin/env bash
# demo.sh - what xfer and dbdump do by hand, and then a whole campaign by the scheduler (demo_campaign.sh). An account
# moves, as procedure.md has it, with a real tree that nobody made for us: the machine's own /usr/share, /usr/include and parts of
# /usr/lib, about 60,000 entries.
#   server A (/usr, only read)  -- out -->  the transit server B  -- back -->  the reinstalled server C
# All through a private sshd on loopback with throwaway keys, so that both ends are real. Then the customer's files
# change on B, a resync brings C up to date, verify proves it, and a silent corruption shows that verify can find one.
# Then the account's databases, MariaDB and PostgreSQL: demo_databases.sh.
# Everything is below build/demo/ and is removed at the end. Exit 0 only when all went as it should.

ROOT=$(cd "$(dirname "$0")/.." && pwd)
TEST_TMP=$ROOT/build/demo
XFER=${XFER:-$ROOT/build/release/bin/xfer}
rm -rf "$TEST_TMP"
mkdir -p "$TEST_TMP/B" "$TEST_TMP/C" || exit 1
# shellcheck source=tests/lib.sh
. "$ROOT/tests/lib.sh"
# shellcheck source=tests/demo_databases.sh
. "$ROOT/tests/demo_databases.sh"
at_exit rm -rf --one-file-system "$TEST_TMP"

B=$TEST_TMP/B C=$TEST_TMP/C
max_entries=60000 max_mb=700 max_folders=6
began=$SECONDS step=0

fail()
{
	printf '\ndemo: FAILED: %s\n' "$*"
	exit 1
}

heading()
{
	step=$((step + 1))
	printf '\n=== %d. %s\n' "$step" "$*"
}

# xfer STATUS COMMAND ARGUMENT... - shows it and runs it with our ssh (-e and --xfer-path are not shown); anything but the exit status STATUS ends the demo.
# The output stays in $TEST_TMP/output.
xfer()
{
	local wanted=$1 command=$2 status start=${EPOCHREALTIME/./}
	shift 2
	printf '$ xfer %s' "$command" && printf ' %s' "$@" && printf '\n'
	"$XFER" "$command" -e "$SSH_CMD" --xfer-path "$XFER" "$@" 2>&1 | tee "$TEST_TMP/output"
	status=${PIPESTATUS[0]}
	printf '(exit %d, %d ms)\n' "$status" $(((${EPOCHREALTIME/./} - start) / 1000))
	[ "$status" -eq "$wanted" ] || fail "xfer $command ended with $status instead of $wanted"
}

# Prints "entries megabytes folder" of each given folder that we may read whole.
measure()
{
	local folder
	for folder; do
		[ ! -L "${folder%/}" ] || continue
		find "$folder" -xdev \( -type l -o -readable \) -printf '1 %k\n' -o -printf '0 0\n' |
			awk -v folder="$folder" '
				{ entries++; kb += $2; unreadable += !$1 }
				END { if (!unreadable) printf "%d %d %s\n", entries, kb / 1024, folder }'
	done
}

# Chooses the folders: /usr/share and /usr/include, then of what is in /usr/lib (or in /usr/share, when that was too
# large) those with the most entries, as long as they fit.
choose()
{
	local entries mb folder free
	free=$(df --output=avail -m "$TEST_TMP" | tail -n 1)
	[ "$max_mb" -le $((free / 3)) ] || max_mb=$((free / 3))
	chosen=() chosen_entries=0 chosen_mb=0
	while read -r entries mb folder; do
		case " ${chosen[*]} " in
		*" ${folder%/*} "*) continue ;; # it is in there already
		esac
		if [ ${#chosen[@]} -ge "$max_folders" ] || [ "$chosen_entries" -ge "$max_entries" ]; then
			break
		fi
		if [ $((chosen_mb + mb)) -le "$max_mb" ] && [ $((chosen_entries + entries)) -le $((max_entries * 5 / 4)) ]; then
			chosen+=("$folder")
			chosen_entries=$((chosen_entries + entries)) chosen_mb=$((chosen_mb + mb))
		fi
	done < <({
		measure /usr/share /usr/include
		measure /usr/lib/*/ /usr/share/*/ | sort -k 1,1nr -k 3
	} | sed 's,/$,,')
	[ ${#chosen[@]} -gt 0 ] || fail "no room: $free MB free"
}

# The customer works on: every kind of change, a few of each.
change_files()
{
	local files
	mapfile -d '' files < <(find "$B" -type f -links 1 -size +1k -size -64k -print0 | sort -z | head -z -n 8)
	[ ${#files[@]} -eq 8 ] || fail "too few files to change"
	echo 'one more line' >>"${files[0]}"
	printf 'other' | dd of="${files[1]}" conv=notrunc status=none
	chmod 600 "${files[2]}"
	mv "${files[3]}" "${files[3]} renamed"
	rm "${files[4]}"
	touch -d '2020-02-29 12:00:00.123456789' "${files[5]}"
	ln "${files[6]}" "${files[6]}.link"
	rm "${files[7]}" && ln -s /nowhere "${files[7]}"
	mkdir "$B/new folder"
	printf 'new\n' >"$B/new folder/"$'a name\nwith a newline'
	truncate -s 256M "$B/new folder/sparse"
	changed=("${files[0]}" "${files[1]}" "${files[2]}" "${files[3]} renamed" "${files[3]}" "${files[4]}" "${files[5]}"
		"${files[6]}.link" "${files[7]}" "$B/new folder/" "$B/new folder/sparse")
	corrupted=$C/${files[0]#"$B/"}
}

[ -x "$XFER" ] || fail "there is no program $XFER: make"
[ -x "$DBDUMP" ] || fail "there is no program $DBDUMP: make"
[ -x "$SCHEDULER" ] || fail "there is no program $SCHEDULER: make"
choose
printf 'The tree: %d entries, %d MB, of' "$chosen_entries" "$chosen_mb"
printf ' %s' "${chosen[@]}"
printf '\n'
start_sshd || fail "no sshd"

heading "Out: first copy, server A to server B (push)"
xfer 0 sync -aHAXSR "${chosen[@]}" "localhost:$B/"

heading "Is it all there? A and B are read, hashed and compared"
for folder in "${chosen[@]}"; do
	xfer 0 verify "$folder/" "localhost:$B$folder/"
done

heading "Back: copied ahead, server B to server C (pull)"
xfer 0 sync -aHAXS "localhost:$B/" "$C/"

heading "The customer changes files on B; the resync says what it does"
change_files
xfer 0 sync -aHAXSi --delete "localhost:$B/" "$C/"
for name in "${changed[@]}"; do
	grep -qF "${name#"$B/"}" "$TEST_TMP/output" || fail "not itemised: $name"
done

heading "Again: nothing has changed, so nothing is done"
xfer 0 sync -aHAXSi --delete "localhost:$B/" "$C/"
! grep -E '^(\*deleting|[<>ch.][fdLDS][.+cstTpoguax]{9}) ' "$TEST_TMP/output" || fail "something was done"

heading "Proof: B and C are read, hashed and compared"
xfer 0 verify "localhost:$B/" "$C/"

heading "A byte rots on C, unseen by size and time: verify finds it, sync -c mends it"
cp -p "$corrupted" "$TEST_TMP/times"
printf 'X' | dd of="$corrupted" conv=notrunc status=none
touch -r "$TEST_TMP/times" "$corrupted"
xfer 40 verify "localhost:$B/" "$C/"
grep -qF "${corrupted#"$C/"}" "$TEST_TMP/output" || fail "verify did not name $corrupted"
xfer 0 sync -aHAXSc "localhost:$B/" "$C/"

heading "Another judge: find and b2sum compare B and C"
same_trees "$B" "$C" || fail "the trees differ"
same_attrs "$B" "$C" || fail "the extended attributes differ"
echo "names, types, modes, owners, sizes, times to the nanosecond, links, devices, contents and attributes are the same"

demo_databases

heading "All of it, by the scheduler: three accounts go through the eight steps"
(unset TEST_TMP && bash "$ROOT/tests/demo_campaign.sh") || fail "the campaign"

printf '\ndemo: all went as it should, %d seconds\n' $((SECONDS - began))
