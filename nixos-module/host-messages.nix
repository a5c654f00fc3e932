# What the administrator should know about hosts with their own settings.
{
  computed,
  inventory,
  lib,
}:
let
  inherit (import ./names.nix { inherit lib; }) suggestion;
  inherit (import ./configuration-text.nix) assignments;
  inherit (computed) hosts release;
  facts = inventory.releases.${release.version};

  optionOf =
    path:
    lib.showOption (
      [
        "services"
        "prosody-stability"
      ]
      ++ path
    );
  list = lib.concatMapStrings (text: "\n- ${text}");
  commas = lib.concatStringsSep ", ";

  # Each host with the place of its settings.
  all =
    lib.mapAttrsToList (
      name: host:
      host
      // {
        path = [
          "virtualHosts"
          name
        ];
      }
    ) hosts.virtualHosts
    ++ lib.mapAttrsToList (
      name: host:
      host
      // {
        path = [
          "components"
          name
        ];
      }
    ) hosts.components;
  single =
    host: name:
    optionOf (
      host.path
      ++ [
        "modules"
        name
      ]
    );
  own = host: name: host.settings.modules.${name} or null;
  inState = state: host: host.resolved.byState.${state} or [ ];

  known = facts.bundled // facts.community // facts.unusable // inventory.modules;
  assertionsOf =
    host:
    let
      misspelt = lib.attrNames (removeAttrs host.settings.modules (lib.attrNames known));
      lacking = lib.filter (name: own host name == true) (inState "unavailable" host);
      written = lib.filter (option: assignments option "\n${host.text}" != [ ]) (
        lib.optional (host.modulesEnabled != [ ]) "modules_enabled"
        ++ lib.optional (host.modulesDisabled != [ ]) "modules_disabled"
      );
    in
    map (name: {
      assertion = false;
      message = "The option `${single host name}' does not exist: Prosody ${release.version} and the inventory have no module of this name.${suggestion (lib.attrNames known) name}";
    }) misspelt
    ++ map (name: {
      assertion = false;
      message = "Prosody ${release.version} cannot load ${name} on ${host.domain}: ${
        host.resolved.resolution.${name}.reason
      }. Remove ${single host name}.";
    }) lacking
    ++ map (option: {
      assertion = false;
      message = "The text of ${host.domain} in services.prosody assigns ${option}, and so does ${optionOf host.path}: Prosody uses only the last list. Move the names to ${
        optionOf (host.path ++ [ "modules" ])
      }.";
    }) written;

  findingsOf =
    host:
    let
      # A component inherits so little that what its module needs is off without a reason.
      pulledIn = lib.optionals (host.component == null) (
        lib.filter (name: computed.states.${name} != "pulled-in") (inState "pulled-in" host)
      );
      core = lib.filter (name: own host name == false && inventory.modules.${name}.category == "core") (
        inState "off" host
      );
    in
    lib.optional (pulledIn != [ ]) {
      code = "pulled-in";
      modules = pulledIn;
      text = "On ${host.domain}, modules load although their flags are off:${
        list (map (name: "${name}: ${host.resolved.resolution.${name}.reason}") pulledIn)
      }\nDisable what requires them, in ${optionOf (host.path ++ [ "modules" ])}.";
    }
    ++ lib.optional (core != [ ]) {
      code = "core-disabled";
      modules = core;
      text = "Core modules are disabled on ${host.domain}, but every client relies on them: ${commas core}. Remove ${commas (map (single host) core)}.";
    };

  unknown =
    {
      option,
      name,
      known,
    }:
    {
      assertion = false;
      message = "${
        optionOf [
          option
          name
        ]
      }: services.prosody has no such host.${suggestion known name} ${
        if known == [ ] then "It has none." else "It has ${commas known}."
      }";
    };
in
{
  assertions = map unknown hosts.unknown ++ lib.concatMap assertionsOf all;
  findings = lib.concatMap findingsOf all;
}
