# A community module for rooms that the package enables: on which hosts depends on the revision of nixpkgs.
#
# loads: +muc_notifications
# on localhost:
# old: on rooms.example.org: muc_mam vcard_muc
# old: check: 0 misplaced
# new: check: 2 undecided
{ pkgs, ... }:
{
  services.prosody = {
    enable = true;
    xmppComplianceSuite = false;
    package = pkgs.prosody.override { withCommunityModules = [ "muc_notifications" ]; };
    muc = [ { domain = "rooms.example.org"; } ];
  };
}
