# HTTP without beta modules: on 13.0 an optional dependency is kept out.
#
# old: loads: +vcard -vcard_legacy +firewall +limits +spam_reporting +watchregistrations +block_registrations +tombstones +csi_simple +invites +invites_adhoc +lastactivity -cloud_notify +bosh +websocket +server_contact_info +admin_shell
# new: loads: +vcard -vcard_legacy +firewall +limits +spam_reporting +watchregistrations +block_registrations +tombstones +csi_simple +invites +invites_adhoc +lastactivity -cloud_notify +bosh +websocket +server_contact_info
# old: disabled: s2s
# new: disabled: http_altconnect s2s
# on localhost:
# check: 0
{
  services.prosody = {
    enable = true;
    xmppComplianceSuite = false;
  };
  services.prosody-stability = {
    enable = true;
    profile = "enterprise";
    modulesDisabled = [ "s2s" ];
  };
}
