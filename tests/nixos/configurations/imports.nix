# Spread over files, each with a part of the same options.
#
# loads: +limits +firewall +invites
# on example.org: lastactivity
# check: 0
{
  imports = [ ./parts ];
  services.prosody = {
    enable = true;
    extraModules = [ "invites" ];
    virtualHosts."example.org".enabled = true;
  };
}
