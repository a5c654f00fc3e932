# A second list replaces the one that keeps modules out.
#
# fails: modules_disabled
# check: 1 duplicate-option nixos-refuses http-port-open
{
  services.prosody = {
    enable = true;
    xmppComplianceSuite = false;
    extraConfig = "modules_disabled = { \"proxy65\" }";
  };
  services.prosody-stability = {
    enable = true;
    modulesDisabled = [ "s2s" ];
  };
}
