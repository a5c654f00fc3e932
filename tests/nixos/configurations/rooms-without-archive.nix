# Without `modules.mam`, rooms have no archive, except on the older service.
#
# loads: -mam
# on localhost:
# old: on rooms.example.org: muc_mam vcard_muc
# new: on rooms.example.org:
# check: 0
{
  services.prosody = {
    enable = true;
    xmppComplianceSuite = false;
    modules.mam = false;
    muc = [ { domain = "rooms.example.org"; } ];
  };
}
