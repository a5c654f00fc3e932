# fails: modules.bosh
# check: 2
{ lib, ... }:
{
  services.prosody = lib.mkMerge [
    {
      enable = true;
      xmppComplianceSuite = false;
      modules.bosh = true;
    }
    { modules.bosh = false; }
  ];
}
