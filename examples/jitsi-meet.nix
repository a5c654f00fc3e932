# Together with another module that configures Prosody: its settings and the flags are combined without `mkForce`.
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
