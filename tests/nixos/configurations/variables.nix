# Secrets and numbers that come from the environment when the service starts; the older one fills in nothing.
#
# loads: +turn_external
# on example.org:
# old: fails: $TURN_PORT
# old: check: 2
# new: check: 0
{
  systemd.services.prosody.serviceConfig.EnvironmentFile = "/run/keys/prosody";
  services.prosody = {
    enable = true;
    xmppComplianceSuite = false;
    extraModules = [ "turn_external" ];
    virtualHosts."example.org" = {
      domain = "example.org";
      enabled = true;
    };
    extraConfig = ''
      turn_external_secret = "$TURN_SECRET"
      turn_external_host = "turn.''${DOMAIN}"
      turn_external_port = $TURN_PORT
    '';
  };
}
