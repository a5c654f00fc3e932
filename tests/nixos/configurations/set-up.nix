# A module that needs a component: services.prosody-stability writes both sections.
#
# old: fails: pubsub_serverinfo
# old: check: 1 nixos-refuses http-port-open
# new: loads: +vcard -vcard_legacy +firewall +limits +spam_reporting +watchregistrations +block_registrations +tombstones +csi_simple +invites +invites_adhoc +lastactivity -admin_adhoc +mimicking +cloud_notify_extensions +vcard4 +invites_register +invites_register_web +password_reset +http_altconnect +pubsub_serverinfo
# new: on example.org:
# new: on pubsub.example.org:
# new: warns: mod_http is required by http_altconnect
# new: check: 0 http-port-open
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
    modules.pubsub_serverinfo = true;
  };
}
