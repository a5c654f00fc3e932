# Beside another module that configures Prosody, too: its wishes and the flags come together without `mkForce`.
{
  services.jitsi-meet = {
    enable = true;
    hostName = "meet.example.org";
  };

  services.prosody-stability = {
    enable = true;
    http = true;
    beta = false;
  };
}
