# A module of rooms on every host, and an option that nobody reads.
#
# loads: +muc_mam
# on localhost:
# check: 1 unavailable option-unread
{
  services.prosody = {
    enable = true;
    xmppComplianceSuite = false;
    extraModules = [ "muc_mam" ];
    extraConfig = "c2s_require_encrypton = true";
  };
}
