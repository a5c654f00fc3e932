# A file that is not there.
#
# check: 2 undecided
{
  imports = [ ./secret.nix ];
  services.prosody = {
    enable = true;
    xmppComplianceSuite = false;
  };
}
