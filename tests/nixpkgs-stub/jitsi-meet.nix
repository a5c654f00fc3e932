# A neighbour that brings Prosody along and has opinions of its own on its modules, as Jitsi Meet does.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.jitsi-meet;
in
{
  options.services.jitsi-meet = {
    enable = lib.mkEnableOption "a stand-in for Jitsi Meet";
    hostName = lib.mkOption {
      type = lib.types.str;
      description = "Its domain.";
    };
    prosody.lockdown = lib.mkEnableOption "no more of Prosody than conferences need";
  };

  config = lib.mkIf cfg.enable {
    services.prosody = {
      enable = lib.mkDefault true;
      xmppComplianceSuite = lib.mkDefault false;
      package = lib.mkDefault (
        pkgs.prosody.override { withExtraLuaPackages = packages: [ packages.cjson ]; }
      );
      modules = {
        admin_adhoc = lib.mkDefault false;
        bosh = lib.mkDefault true;
        ping = lib.mkDefault true;
        roster = lib.mkDefault true;
        saslauth = lib.mkDefault true;
        smacks = lib.mkDefault true;
        tls = lib.mkDefault true;
        websocket = lib.mkDefault true;
      };
      muc = [ { domain = "conference.${cfg.hostName}"; } ];
      extraModules = [
        "pubsub"
        "speakerstats"
      ];
      extraConfig = lib.mkIf cfg.prosody.lockdown (lib.mkBefore "modules_disabled = { \"s2s\" };\n");
      virtualHosts.${cfg.hostName} = {
        enabled = true;
        domain = cfg.hostName;
      };
    };
  };
}
