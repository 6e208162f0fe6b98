#!/bin/sh
# deps.sh [build|all|fuzz|bench] - installs the Debian packages that are missing: those that building needs, all
# that testing needs too, or what make fuzz or make bench needs beside. Silent and quick when all are there; on another system it leaves that to its owner.
set -eu

build='gcc make libc6-dev liburing-dev libzstd-dev libxxhash-dev libmariadb-dev libpq-dev libglib2.0-dev libsqlite3-dev libjansson-dev libc-ares-dev libidn2-dev tzdata'
rest='pkg-config libcmocka-dev openssh-client openssh-server rsync attr acl strace xfsprogs e2fsprogs jq
	shellcheck clang-format clang-tidy cppcheck mandoc util-linux procps libcap2-bin busybox mariadb-server-core mariadb-client openssl
	postgresql-15 postgresql-client-15 postgresql-contrib iproute2 nftables conntrack socat knot knot-dnsutils libfaketime dovecot-core dovecot-imapd'
fuzz='clang-14 libclang-rt-14-dev'
bench='mydumper pgcopydb' # measured beside ours

case ${1:-all} in
build) wanted=$build ;;
all) wanted="$build $rest" ;;
fuzz) wanted="$build $fuzz" ;;
bench) wanted=$bench ;;
*)
	echo "usage: deps.sh [build|all|fuzz|bench]" >&2
	exit 1
	;;
esac

command -v dpkg-query >/dev/null || exit 0

# make runs several of us beside each other: the second one waits here, and finds everything in place.
exec 9<"$0"
flock 9

# shellcheck disable=SC2086,SC2016
have=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' $wanted 2>/dev/null) || :
missing=
for package in $wanted; do
	case "
$have
" in
	*"
installed $package
"*) ;;
	*) missing="$missing $package" ;;
	esac
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" != 0 ]; then
	as_root=sudo
	if ! command -v sudo >/dev/null; then
		echo "deps: not root, and no sudo; please install:$missing" >&2
		exit 1
	fi
fi
echo "deps: installing$missing"
# a fresh machine may just be updating itself
wait='DPkg::Lock::Timeout=600'
$as_root apt-get update -qq || echo "deps: apt-get update failed; trying with the lists that are there" >&2
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive apt-get -o "$wait" install -qq -y --no-install-recommends $missing </dev/null
