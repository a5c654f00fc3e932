# The text for the whole server stands in a file of its own.
#
# disabled: offline
# on localhost:
# on example.net: lastactivity
# check: 0
{
  services.prosody = {
    enable = true;
    xmppComplianceSuite = false;
    extraConfig = builtins.readFile ./parts/more.lua;
  };
}
