{ lib, ... }:
{
  services.prosody = {
    xmppComplianceSuite = lib.mkDefault false;
    modules.limits = true;
    extraModules = [ "firewall" ];
    virtualHosts."example.org" = {
      domain = "example.org";
      extraConfig = "modules_enabled = { \"lastactivity\" }";
    };
    extraConfig = ''
      limits = { c2s = { rate = "10kb/s" } }
    '';
  };
}
