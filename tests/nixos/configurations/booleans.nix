# Modules switched on and off one by one.
#
# old: loads: +bosh +websocket +limits -http_files -register -vcard_legacy +vcard
# new: loads: +bosh +websocket +limits -register -vcard_legacy +vcard
# on localhost:
# check: 0
{
  services.prosody = {
    enable = true;
    xmppComplianceSuite = false;
    modules = {
      bosh = true;
      websocket = true;
      limits = true;
      http_files = false;
      register = false;
      vcard_legacy = false;
      vcard = true;
    };
    extraConfig = ''
      limits = {
        c2s = { rate = "10kb/s" };
      }
    '';
  };
}
