#!/bin/sh
# Runs the script of a derivation as Nix does, in namespaces that the caller has made: a root of its own, /etc with
# three files, the store paths that it was given, a writable /build, loopback, and a user without any right. Prints
# the result of the derivation; what the script says goes to standard error.
#
#   nix_sandbox.sh ROOT STORE TOOL SCRIPT NETWORK
#
# ROOT is an empty directory, STORE has what stands below /nix/store, TOOL is the command that the derivation has as an
# input, and SCRIPT its text. NETWORK is `loopback`,
# `unused` for a device beside it, `address` for one that is in use, or `none`. Exits with 77 when the kernel has no
# such devices. Instead of a shell and libraries
# from the store, the sandbox has those of this machine.
set -eu
root=$1 store=$2 tool=$3 script=$4 network=$5
builder=30001

mount -t tmpfs -o mode=755 sandbox "$root"
cd "$root"
mkdir -p etc proc dev build tmp nix/store bin usr
chmod 1777 tmp

bind() {
    mount --bind "$1" "$2"
    mount -o remount,bind,ro,nosuid "$2" 2>/dev/null || mount -o remount,bind,ro "$2"
}

# A device cannot be made by an ordinary user, so all of these are borrowed.
for device in null zero full random urandom; do
    : >"dev/$device"
    mount --bind "/dev/$device" "dev/$device"
done
ln -s /proc/self/fd dev/fd
mount -t proc proc proc

for directory in usr bin lib lib64; do
    if [ -L "/$directory" ]; then
        rmdir "$directory" 2>/dev/null || :
        cp -P "/$directory" .
    elif [ -d "/$directory" ]; then
        mkdir -p "$directory"
        bind "/$directory" "$directory"
    fi
done

echo 'root:x:0:' >etc/group
echo "nixbld:!:$builder:" >>etc/group
echo 'root:x:0:0:Nix build user:/build:/noshell' >etc/passwd
echo "nixbld:x:$builder:$builder:Nix build user:/build:/noshell" >>etc/passwd
printf '127.0.0.1 localhost\n::1 localhost\n' >etc/hosts

for path in "$store"/*; do
    own=nix/store/${path##*/}
    if [ -d "$path" ]; then mkdir "$own"; else : >"$own"; fi
    bind "$path" "$own"
done
mkdir -p nix/store/tool/bin
: >nix/store/tool/bin/prosody-stability
bind "$tool" nix/store/tool/bin/prosody-stability
cp "$script" builder.sh

[ "$network" = none ] || ip link set lo up
case $network in
unused | address) ip link add other type bridge || ip link add other type veth || exit 77 ;;
esac
if [ "$network" = address ]; then
    ip address add 192.0.2.1/24 dev other
    ip link set other up
fi

# Only root can become the builder. Whoever made a user namespace is its root and stays it, without rights.
become="--no-new-privs --inh-caps=-all --bounding-set=-all"
if [ "$(cat /proc/self/uid_map | tr -s ' ')" = " 0 0 4294967295" ]; then
    become="--reuid=$builder --regid=$builder --clear-groups $become"
    chown $builder:$builder build nix/store
fi
# shellcheck disable=SC2086 # a list of options
chroot . /usr/bin/setpriv $become /usr/bin/env -i \
    PATH=/nix/store/tool/bin:/usr/bin:/bin HOME=/homeless-shelter TMPDIR=/build TEMPDIR=/build TMP=/build \
    NIX_BUILD_TOP=/build NIX_STORE=/nix/store out=/nix/store/result \
    bash -euo pipefail -c 'cd /build && . /builder.sh' >&2
cat nix/store/result
