# Of NixOS, what services.prosody reads and sets.
{ lib, ... }:
let
  inherit (lib) mkOption types;
  anything = mkOption {
    type = types.attrsOf types.raw;
    default = { };
    description = "As in NixOS.";
  };
  list =
    type:
    mkOption {
      type = types.listOf type;
      default = [ ];
      description = "As in NixOS.";
    };
in
{
  options = {
    assertions = list types.raw;
    warnings = list types.str;
    environment = {
      etc = anything;
      systemPackages = list types.raw;
    };
    ids = {
      gids = anything;
      uids = anything;
    };
    meta = anything;
    system = {
      checks = list types.raw;
      preSwitchChecks = anything;
    };
    systemd = {
      services = anything;
      timers = anything;
    };
    users = {
      groups = anything;
      users = anything;
    };
  };

  config.ids = {
    gids.prosody = 0;
    uids.prosody = 0;
  };
}
