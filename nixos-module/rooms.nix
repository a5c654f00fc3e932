# The lists of components of rooms that have settings of their own, added to what services.prosody writes for them: it
# has a list of its own there, and Prosody takes the last.
{
  cfg,
  computed,
  lib,
  ...
}:
let
  inherit (import ./lua.nix { inherit lib; }) lists;
  add =
    muc:
    let
      host = computed.hosts.components.${muc.domain} or null;
      written = muc.extraConfig or "";
    in
    # Which rooms there are must not depend on what is added to them.
    muc
    // {
      inherit written;
      extraConfig = written + lib.optionalString (host != null) "\n${lists host}";
    };
in
mucs: if cfg.enable && cfg.components != { } then map add mucs else mucs
