# What the user sets in services.prosody wins over flags.
#
# loads: +vcard -vcard_legacy +firewall +spam_reporting +watchregistrations +block_registrations +tombstones +csi_simple +invites +invites_adhoc +lastactivity -admin_adhoc
# old: warns: mod_http is required by http_files
# old: check: 0 not-allowed http-port-open
# new: check: 0 not-allowed
# on localhost:
{
  services.prosody = {
    enable = true;
    xmppComplianceSuite = false;
    modules = {
      cloud_notify = true;
      limits = false;
    };
  };
  services.prosody-stability = {
    enable = true;
    beta = false;
  };
}
