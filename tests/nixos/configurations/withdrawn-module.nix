# A module that Prosody 13.0 no longer has.
#
# loads: +http_upload
# on localhost:
# old: check: 0
# new: check: 1 unavailable
{
  services.prosody = {
    enable = true;
    xmppComplianceSuite = false;
    extraModules = [ "http_upload" ];
  };
}
