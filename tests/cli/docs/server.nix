{ pkgs, ... }:
{
  services.prosody = {
    enable = true;
    admins = [ "me@example.org" ];
    modules.limits = true;
    modules.proxy65 = false;
    extraModules = [
      "firewall"
      "turn_external"
    ];
    package = pkgs.prosody.override {
      withOnlyInstalledCommunityModules = [ "firewall" ];
    };
    virtualHosts."example.org" = {
      domain = "example.org";
      enabled = true;
    };
    muc = [ { domain = "rooms.example.org"; } ];
    httpFileShare.domain = "upload.example.org";
  };
}
