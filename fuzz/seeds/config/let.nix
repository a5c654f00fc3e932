{ config, lib, ... }:
let
  on = true;
  flags = rec { beta = on; alpha = beta; };
  f = { x, ... }: { enable = x; };
in {
  imports = lib.optionals on [ ./other.nix ] ++ [ { services.prosody-stability.http = on; } ];
  services.prosody-stability = lib.mkMerge [
    { inherit (flags) beta alpha; }
    (f { x = true; })
    (if on then { admin = false; } else { })
  ];
  containers.c.config.services.prosody-stability.modules."m-${toString 1}" = lib.mkOverride 10 null;
}
