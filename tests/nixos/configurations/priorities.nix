# Several definitions, of different weight.
#
# loads: +firewall -proxy65 +announce
# on localhost:
# check: 0
{ lib, ... }:
{
  services.prosody = lib.mkMerge [
    {
      enable = lib.mkDefault true;
      xmppComplianceSuite = lib.mkForce false;
      modules.proxy65 = lib.mkForce false;
      modules.announce = lib.mkOverride 90 true;
      extraModules = [ "not_there" ];
    }
    {
      modules.proxy65 = true;
      modules.announce = false;
      modules.motd = lib.mkDefault false;
      extraModules = lib.mkForce [ "firewall" ];
    }
  ];
}
