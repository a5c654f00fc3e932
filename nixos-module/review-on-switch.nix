# Before a switch, what it changes: the files of the running system against those of the incoming one.
{
  cfg,
  lib,
  pkgs,
}:
let
  inherit (cfg.reviewOnSwitch) failOn;
  comm = "${pkgs.coreutils}/bin/comm";
  timeout = "${pkgs.coreutils}/bin/timeout";
  limit = toString cfg.reviewOnSwitch.timeout;

  review = ''
    result=0
    ${timeout} --kill-after=5 ${limit} \
      ${cfg.package}/bin/prosody-stability diff "$running" "$incoming" \
      --config "$incoming/selection.nix" ${
        lib.optionalString (failOn != null) "--fail-on ${failOn} "
      }< /dev/null || result=$?
    case $result in
      0) ;;
      1)
        echo "prosody-stability: $2 stops here, because of services.prosody-stability.reviewOnSwitch.failOn." >&2
        exit 1
        ;;
      124 | 137) echo "prosody-stability: the review timed out after ${limit} seconds, which does not stop $2." >&2 ;;
      *) echo "prosody-stability: the review failed, which does not stop $2." >&2 ;;
    esac
  '';
in
# NixOS runs it in a shell of its own; "$1" is the incoming system and "$2" what is to happen.
''
  running=/run/current-system/etc/prosody-stability
  incoming="$1/etc/prosody-stability"
  if ! [ -e "$running/inventory.nix" ] || ! [ -e "$running/release.json" ]; then
    echo "prosody-stability: nothing to review before $2, because the running system does not record what it loads."
    exit 0
  fi
  echo "prosody-stability: review before $2"
  if [ -e "$running/modules" ]; then
    LC_ALL=C ${comm} -13 "$running/modules" "$incoming/modules" | while read -r name; do
      echo "+ $name will be enabled"
    done
    LC_ALL=C ${comm} -23 "$running/modules" "$incoming/modules" | while read -r name; do
      echo "- $name will no longer be enabled"
    done
  fi
''
+ lib.optionalString (cfg.package != null) review
