# Conditions that the text itself decides.
#
# loads: +bosh +firewall
# on localhost:
# on rooms.example.org: muc_mam
# old: on rooms.example.org: muc_mam vcard_muc
# check: 0
{ lib, ... }:
let
  web = true;
  big = false;
in
{
  services.prosody = {
    enable = web || big;
    xmppComplianceSuite = !web;
    modules = lib.mkIf web { bosh = true; };
    extraModules = lib.optional (web && !big) "firewall" ++ lib.optionals big [ "limits" ];
    muc = lib.mkIf (!big) [ { domain = "rooms.example.org"; } ];
    extraConfig = lib.optionalString big "modules_disabled = { \"mam\" }";
  };
}
