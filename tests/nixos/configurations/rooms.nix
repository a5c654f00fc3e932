# Options of a room server that only the newer service has. Only Jitsi Meet brings muc_allowners along.
#
# on example.org:
# on rooms.example.org: muc_mam muc_moderation
# on lobby.example.org: muc_mam muc_allowners
# old: fails: muc
# old: check: 1 nixos-refuses
# new: check: 1 unavailable
{
  services.prosody = {
    enable = true;
    xmppComplianceSuite = false;
    virtualHosts.main = {
      enabled = true;
      domain = "example.org";
    };
    muc = [
      {
        domain = "rooms.example.org";
        name = "Rooms";
        moderation = true;
        maxHistoryMessages = 50;
        extraConfig = "muc_log_expires_after = \"1y\"";
      }
      {
        domain = "lobby.example.org";
        allowners_muc = true;
      }
    ];
  };
}
