# The NixOS module and the command agree on what loads: for every combination of flags, for every profile alone
# and with each flag set in addition, on the services.prosody of this nixpkgs and on those that the tests know. And
# for every combination of flags it goes together with a neighbour that wants some modules otherwise.
#
# Only services.prosody is evaluated, not whole machines.
{
  lib,
  path,
  pkgs,
  prosody-stability,
  runCommand,
}:
let
  inventory = import ../../nixos-module/inventory.nix;
  flags = builtins.attrNames inventory.flags;
  bools = [
    true
    false
  ];

  upstreams = {
    this = {
      module = path + "/nixos/modules/services/networking/prosody.nix";
      release = "13.0";
    };
    new = {
      module = ../../tests/nixpkgs-stub/services-prosody/new.nix;
      release = "13.0";
    };
    old = {
      module = ../../tests/nixpkgs-stub/services-prosody/old.nix;
      release = "0.12";
    };
  };

  evaluate =
    upstream: modules:
    (lib.evalModules {
      class = "nixos";
      specialArgs = { inherit pkgs; };
      modules = [
        ./module/machine.nix
        ../../nixos-module
        upstream.module
        {
          services.prosody = {
            enable = true;
            xmppComplianceSuite = false;
          };
          services.prosody-stability = {
            enable = true;
            inherit (upstream) release;
          };
        }
      ]
      # What else upstream sets is of no interest. (The stand-in's module system knows no such switch.)
      ++ lib.optional (lib ? trivial) { _module.check = false; }
      ++ modules;
    }).config;

  # Every way to give each of some flags a value.
  combinations = builtins.foldl' (
    sets: flag: builtins.concatMap (set: map (value: set // { ${flag} = value; }) bools) sets
  ) [ { } ] flags;

  selections =
    combinations
    ++ builtins.concatMap (
      profile:
      [ { inherit profile; } ]
      ++ builtins.concatMap (
        flag:
        map (value: {
          inherit profile;
          ${flag} = value;
        }) bools
      ) flags
    ) (builtins.attrNames inventory.profiles);

  argument =
    selection: name:
    let
      value = selection.${name};
    in
    "--${name} ${if builtins.isBool value then lib.boolToString value else value}";
  argumentsOf =
    upstream: selection: hardCoded:
    builtins.concatStringsSep " " (
      [ "--release ${upstream.release}" ]
      ++ map (argument selection) (builtins.attrNames selection)
      # services.prosody enables them, whatever anybody selects.
      ++ map (name: "--enable ${name}") hardCoded
    );

  # What the module makes of a selection, as the command would be asked for it.
  resolved =
    upstream: selection:
    let
      config = evaluate upstream [ { services.prosody-stability = selection; } ];
      resolution = builtins.attrValues (
        builtins.mapAttrs (
          name: module: module // { inherit name; }
        ) config.services.prosody-stability.resolution
      );
      arguments = argumentsOf upstream selection config.services.prosody-stability.computed.hardCoded;
      failed = builtins.filter (assertion: !assertion.assertion) config.assertions;
      lines = map (module: "${module.name} ${module.state}") (
        builtins.filter (module: module.state == "load" || module.state == "component") resolution
      );
    in
    if failed != [ ] then
      throw "${arguments}: ${(builtins.head failed).message}"
    else
      ''
        == ${arguments}
        ${builtins.concatStringsSep "\n" lines}
      '';

  neighbour.services.prosody.modules = {
    admin_adhoc = lib.mkDefault false;
    bosh = lib.mkDefault true;
  };
  goesTogether =
    upstream: selection:
    let
      inherit
        ((evaluate upstream [
          neighbour
          { services.prosody-stability = selection; }
        ]).services.prosody
        )
        modules
        ;
    in
    if modules.bosh && !modules.admin_adhoc then
      true
    else
      throw "${argumentsOf upstream selection [ ]}: the neighbour's wishes are lost";

  everywhere = f: builtins.concatMap (name: f upstreams.${name}) (builtins.attrNames upstreams);
in
assert builtins.all (x: x) (everywhere (upstream: map (goesTogether upstream) combinations));
runCommand "module"
  {
    nativeBuildInputs = [ prosody-stability ];
    expected = builtins.concatStringsSep "" (everywhere (upstream: map (resolved upstream) selections));
    passAsFile = [ "expected" ];
  }
  ''
    sed -n 's/^== //p' "$expectedPath" | while read -r arguments; do
      echo "== $arguments"
      prosody-stability resolve $arguments --format json | awk -F '"' '
        $2 == "name" { name = $4 }
        $2 == "state" && ($4 == "load" || $4 == "component") { print name, $4 }
      ' | LC_ALL=C sort
    done > actual
    diff -u "$expectedPath" actual
    grep -c '^==' actual > $out
  ''
