# Every file below examples/ is a configuration that evaluates, without a failed assertion, to a Prosody
# configuration that builds.
{ pkgs, nixosSystem }:
let
  evaluate =
    example:
    nixosSystem {
      modules = [
        ../../nixos-module
        example
        {
          # The least that NixOS asks of a machine.
          boot.isContainer = true;
          nixpkgs.hostPlatform = pkgs.stdenv.hostPlatform.system;
          system.stateVersion = "26.05";
        }
      ];
    };

  check =
    file:
    let
      inherit (evaluate (../../examples + "/${file}")) config;
      failed = builtins.filter (assertion: !assertion.assertion) config.assertions;
    in
    if failed != [ ] then
      throw "examples/${file}: ${(builtins.head failed).message}"
    else
      pkgs.runCommand (nameOf file)
        {
          configuration = config.environment.etc."prosody/prosody.cfg.lua".source;
          inherit (config.services.prosody-stability) profileLine;
          warnings = builtins.concatStringsSep "\n" config.warnings;
        }
        ''
          grep -q VirtualHost "$configuration"
          printf '%s\n%s\n' "$profileLine" "$warnings" > $out
        '';

  nameOf = file: "example-${builtins.replaceStrings [ ".nix" ] [ "" ] file}";
in
builtins.listToAttrs (
  map (file: {
    name = nameOf file;
    value = check file;
  }) (builtins.attrNames (builtins.readDir ../../examples))
)
