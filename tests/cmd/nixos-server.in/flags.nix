{
  imports = [ ./server.nix ];
  services.prosody.modules.cloud_notify = true;
  services.prosody-stability = {
    enable = true;
    profile = "enterprise";
    virtualHosts."example.org".modules.http_altconnect = true;
  };
}
