# What only an evaluation knows, in texts that choose no module.
#
# loads: +turn_external
# on example.org:
# check: 0
{ config, ... }:
{
  networking.domain = "example.org";
  services.prosody = {
    enable = true;
    xmppComplianceSuite = false;
    extraModules = [ "turn_external" ];
    virtualHosts."example.org" = {
      domain = "example.org";
      enabled = true;
    };
    extraConfig = ''
      turn_external_secret = "${config.networking.domain}"
      turn_external_port = ${toString 3478}
    '';
  };
}
