# What the NixOS module makes of hosts with settings of their own, for the test that compares it with `resolve`.
#
# A selection is what stands in services.prosody-stability beside `enable`.
{ upstream, selections }:
let
  result =
    selection:
    let
      machine = import ../support/machine.nix {
        inherit upstream;
        modules = [
          ../../nixos-module
          {
            services.prosody = {
              enable = true;
              xmppComplianceSuite = false;
              # An old services.prosody has it on, which is none of the selection's business.
              modules.http_files = false;
              virtualHosts = {
                one = {
                  enabled = true;
                  domain = "one.example";
                };
                two = {
                  enabled = true;
                  domain = "two.example";
                };
              };
              muc = [ { domain = "rooms.example"; } ];
            };
            services.prosody-stability = selection // {
              enable = true;
            };
          }
        ];
      };
    in
    {
      inherit selection;
      inherit (machine) failures text enabledModules;
      inherit (machine.cfg) communityModules hosts;
      inherit (machine.cfg.computed) hardCoded;
      release = machine.cfg.computed.release.version;
    };
in
map result (builtins.fromJSON selections)
