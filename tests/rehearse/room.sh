#!/bin/sh
# Runs a command in namespaces of the test and writes down what is there before and after: processes, namespaces,
# mounts, files, and the packets that went out.
#
#   room.sh ROOM KEEP... -- COMMAND...
#
# ROOM/tmp becomes /tmp, ROOM/var-tmp becomes /var/tmp. KEEP are directories that stay visible when they are in /tmp.
# KILL_AFTER: kill the command after so many seconds. Writes ROOM/before, ROOM/after and ROOM/sent.
set -eu

room=$1
shift
pruned=
exec 7>"$room/before" 8>"$room/after" 9>"$room/sent"
while [ "$1" != -- ]; do
    case $1 in
        /tmp/*)
            mkdir -p "$room$1"
            mount --rbind "$1" "$room$1"
            pruned="$pruned -path $1 -prune -o"
            ;;
    esac
    shift
done
shift
mount --rbind "$room/var-tmp" /var/tmp
mount --rbind "$room/tmp" /tmp
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
mount -t tmpfs -o mode=1777 tmpfs /mnt
[ ! -x /tmp/mount.sh ] || /tmp/mount.sh

# A network that leads out: what is sent there is counted, and nobody answers.
ip link set lo up
ip link add outside type veth peer name nobody
for device in outside nobody; do
    echo 1 >"/proc/sys/net/ipv6/conf/$device/disable_ipv6"
    ip link set "$device" up
done
# Until then it throws away what is sent, and counts nothing.
until ip -oneline link show outside | grep -q "state UP"; do sleep 0.01; done
ip address add 198.51.100.1/24 dev outside
ip neighbour add 198.51.100.254 lladdr 02:00:00:00:00:01 dev outside
ip route add default via 198.51.100.254

# Programs and namespaces; asking also takes leave of processes that have ended, as any first process does.
# No pipe: its other end would be one of them.
running() { readlink /proc/[0-9]*/exe /proc/[0-9]*/ns/* || :; }

state() {
    echo processes and namespaces
    running
    echo mounts
    cat /proc/self/mountinfo
    echo files
    # shellcheck disable=SC2086 # several words
    find /tmp /var/tmp /dev/shm /mnt /media /srv $pruned \
        \( -type d -printf '%p %y %m %U\n' \) -o -printf '%p %y %m %U %s %T@\n' | sort
}

sent() { sed -n 's/^ *outside: *//p' /proc/net/dev | { read -r _ _ _ _ _ _ _ _ _ packets _ && echo "$packets"; }; }

state >&7
before=$(running)
was_sent=$(sent)
status=0
if [ -n "${KILL_AFTER-}" ]; then
    "$@" 7>&- 8>&- 9>&- &
    killed=$!
    sleep "$KILL_AFTER"
    kill -9 "$killed" 2>/dev/null || :
    wait "$killed" || status=$?
else
    "$@" 7>&- 8>&- 9>&- || status=$?
fi
# Everything has to be gone within two seconds.
looks=0
while [ "$(running)" != "$before" ] && [ "$looks" -lt 100 ]; do
    sleep 0.02
    looks=$((looks + 1))
done
state >&8
echo $(($(sent) - was_sent)) >&9
exit "$status"
