# Prosody for example.org. Add the machine's own hardware-configuration.nix, and change the names.
{
  nixpkgs.hostPlatform = "x86_64-linux";
  system.stateVersion = "26.05";

  # Until there is a hardware-configuration.nix.
  boot.isContainer = true;

  networking.firewall.allowedTCPPorts = [
    5222
    5269
  ];

  services.prosody = {
    enable = true;
    # The compliance suite requires file sharing over HTTP, which is a beta module.
    xmppComplianceSuite = false;
    ssl = {
      cert = "/var/lib/acme/example.org/fullchain.pem";
      key = "/var/lib/acme/example.org/key.pem";
    };
    virtualHosts."example.org" = {
      enabled = true;
      domain = "example.org";
    };
    muc = [ { domain = "conference.example.org"; } ];
  };

  services.prosody-stability = {
    enable = true;
    beta = false;
  };
}
