# services.prosody-stability beside it: a small server with stable modules.
#
# loads: +vcard -vcard_legacy +firewall +limits +spam_reporting +watchregistrations +block_registrations +tombstones +csi_simple +invites +invites_adhoc +lastactivity -cloud_notify -admin_adhoc
# on example.org:
# old: warns: mod_http is required by http_files
# old: check: 0 http-port-open
# new: check: 0
{
  services.prosody = {
    enable = true;
    xmppComplianceSuite = false;
    virtualHosts."example.org" = {
      domain = "example.org";
      enabled = true;
    };
  };
  services.prosody-stability = {
    enable = true;
    beta = false;
  };
}
