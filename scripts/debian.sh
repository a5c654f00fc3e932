# Packages of any Debian suite, for scripts that unpack them: apt uses separate lists, and those of the system do not
# change. Sourced with `work` set to the script's own directory.
#
# shellcheck shell=sh disable=SC2154 # work is set by the script that sources this

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

say() { echo "${0##*/}: $*" >&2; }

cannot() {
    say "$1"
    [ $# -lt 2 ] || say "help: $2"
    exit 3
}

require_keys() {
    [ -r "$keyring" ] || cannot "Debian's archive keys are missing" "apt-get install debian-archive-keyring"
}

# The host this machine gets bookworm from, whatever format its sources are written in, and though apt may not
# have read a list yet.
mirror() {
    apt-get -q -o Debug::NoLocking=true update --print-uris |
        sed -n "s|^'\([^']*/\)dists/bookworm/InRelease'.*|\1|p" | head -n 1
}

# own_apt SUITE ARGUMENTS…: apt-get that knows SUITE alone and keeps its state in the work folder.
own_apt() {
    state=$work/$1
    shift
    apt-get -q -o Dir::Etc::SourceList="$state/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null \
        -o Dir::State::Lists="$state/lists" -o Dir::Cache="$state/cache" \
        -o Acquire::Languages=none -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false \
        -o APT::Sandbox::User=root -o Acquire::Retries=3 -o Acquire::http::Timeout=30 \
        -o APT::Update::Error-Mode=any -o Dpkg::Use-Pty=0 "$@"
}

# Reads the suite's list of packages, once per call of this script.
know_suite() {
    [ ! -d "$work/$1" ] || return 0
    uri=${DEBIAN_MIRROR:-$(mirror)}
    [ -n "$uri" ] || cannot "apt has no source for bookworm main" "set DEBIAN_MIRROR to the address of one"
    mkdir -p "$work/$1/lists/partial" "$work/$1/cache/archives/partial"
    echo "deb [signed-by=$keyring] $uri $1 main" >"$work/$1/sources.list"
    own_apt "$1" update >"$work/log" 2>&1 || {
        cat "$work/log" >&2
        cannot "the mirror has no suite $1, or cannot be reached" "point apt at a mirror that has it"
    }
}

# unpack_package SUITE PACKAGE ROOT: downloads it and unpacks its files, with the list that dpkg keeps of those of an
# installed package: the one place that tells bundled modules from community ones.
unpack_package() {
    rm -rf "$work/deb"
    mkdir -p "$work/deb" "$3/var/lib/dpkg/info"
    (cd "$work/deb" && own_apt "$1" download "$2") >"$work/log" 2>&1 || {
        cat "$work/log" >&2
        cannot "$1 has no package $2"
    }
    deb=$(echo "$work/deb/$2"_*.deb)
    dpkg-deb -x "$deb" "$3"
    dpkg-deb --fsys-tarfile "$deb" | tar -t | sed 's|^\.||; s|/$||' >"$3/var/lib/dpkg/info/$2.list"
}
