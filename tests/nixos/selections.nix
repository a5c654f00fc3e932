# What the NixOS module makes of many selections, for the test that compares it with `resolve`.
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
      inherit (machine) failures enabledModules text;
      inherit (machine.cfg.computed) hardCoded;
      inherit (machine.cfg.computed.messages) findings;
      inherit (machine.cfg) resolution communityModules profileLine;
      inherit (machine.config.services.prosody.package) installed;
      release = machine.cfg.computed.release.version;
    };
in
map result (builtins.fromJSON selections)
