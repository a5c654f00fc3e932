# Settings for single hosts, and one for a host that is not there.
#
# fails: three
# old: check: 1 nixos-refuses http-port-open
# new: check: 1 nixos-refuses
{
  services.prosody = {
    enable = true;
    xmppComplianceSuite = false;
    virtualHosts.one = {
      enabled = true;
      domain = "one.example";
    };
    virtualHosts.two = {
      enabled = true;
      domain = "two.example";
    };
    muc = [ { domain = "rooms.example"; } ];
  };
  services.prosody-stability = {
    enable = true;
    beta = false;
    virtualHosts.one.modules.bosh = true;
    virtualHosts.three.beta = true;
    components."rooms.example".modules.ping = true;
  };
}
