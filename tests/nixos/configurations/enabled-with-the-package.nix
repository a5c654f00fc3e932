# Community modules that the package enables; one of them is for rooms, and newer services know that.
#
# old: loads: +firewall +muc_notifications
# new: loads: +firewall
# on localhost:
# old: on rooms.example.org: muc_mam vcard_muc
# new: on rooms.example.org: muc_mam muc_notifications
# old: check: 0 misplaced
# new: check: 0
{ pkgs, ... }:
{
  services.prosody = {
    enable = true;
    xmppComplianceSuite = false;
    package = pkgs.prosody.override {
      withCommunityModules = [
        "firewall"
        "muc_notifications"
      ];
    };
    muc = [ { domain = "rooms.example.org"; } ];
  };
}
