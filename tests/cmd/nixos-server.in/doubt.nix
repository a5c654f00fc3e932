{ config, lib, ... }:
{
  services.prosody = {
    enable = true;
    xmppComplianceSuite = false;
    extraModules = lib.optional config.services.coturn.enable "turn_external";
    extraConfig = ''
      turn_external_host = "${config.networking.fqdn}"
    '';
    virtualHosts.main = {
      domain = config.networking.fqdn;
      enabled = true;
    };
  };
}
