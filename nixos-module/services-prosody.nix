# What the selection makes of services.prosody.
{
  cfg,
  computed,
  config,
  inventory,
  lib,
  options,
  prosody,
  ...
}:
let
  inherit (import ./lua.nix { inherit lib; }) lists quote;
  inherit (computed)
    clashes
    hostModules
    keptOut
    plans
    setups
    ;
  upstream = options.services.prosody.modules;
  names = lib.attrNames inventory.modules;
  startupLog = import ./startup-log.nix {
    inherit
      cfg
      computed
      inventory
      lib
      prosody
      ;
  };

  # Users and other modules win over what we set, and we over upstream's defaults. Against other modules'
  # defaults we hold what somebody named, and that a module below stable is off.
  inherit (inventory.constants.priorities) ours firm;

  # Modules that upstream has an option for, by real name. A module that has another name in Prosody is under
  # both, so that the names do not depend on the release.
  switches =
    builtins.intersectAttrs upstream inventory.modules
    // lib.genAttrs (lib.filter (real: upstream ? ${real}) realNames) (
      real: inventory.modules.${guideName real}
    );
  realNames = lib.catAttrs "name" (lib.catAttrs "upstream" (lib.attrValues inventory.modules));
  guideName =
    real: lib.head (lib.filter (name: inventory.modules.${name}.upstream.name or null == real) names);
  switch =
    real: module:
    let
      plan = if inventory.modules ? ${real} then plans.${real} else plans.${guideName real};
      isOn = hostModules ? ${real};
      isRisky = module.risk != "low";
    in
    lib.mkOverride (if plan.override != null || !isOn && isRisky then firm else ours) isOn;

  # Upstream enables by default what clashes with a module of the inventory: then it yields.
  yielding = builtins.intersectAttrs upstream (
    lib.listToAttrs (map (clash: lib.nameValuePair clash."with" plans.${clash.name}.loads) clashes)
  );
  yield = _: loads: lib.mkIf loads (lib.mkOverride ours false);

  # Prosody uses only the last of several lists, so there is only one.
  disabled = lib.unique (keptOut ++ cfg.modulesDisabled);
  disabledText = ''
    modules_disabled = {
    ${lib.concatMapStringsSep "\n" (name: "  \"${name}\";") disabled}
    }
  '';

  # Sections of the host and of the component that a module works with. Upstream opens the host again further below,
  # so what its own text says wins.
  sectionsOf =
    { domain, ... }:
    { option, component, ... }:
    let
      address = quote "${builtins.replaceStrings [ "_" ] [ "-" ] component}.${domain}";
    in
    ''
      VirtualHost ${quote domain}
        ${option} = ${address}
      Component ${address} ${quote component}
        admins = { ${quote domain} }
    '';
  hosts = lib.filterAttrs (_: host: host.enabled) prosody.virtualHosts;
  setUp = lib.concatStrings (
    lib.mapAttrsToList (
      name: host: lib.concatMapStrings (sectionsOf host) (computed.setupsOfHost.${name} or setups)
    ) hosts
  );
  # The lists of hosts that have settings of their own. Rooms have theirs below what services.prosody writes for them.
  section =
    kind: host:
    lib.optionalString (host.modulesEnabled != [ ] || host.modulesDisabled != [ ]) (
      "${kind} ${quote host.domain}${
        lib.optionalString (host.component != null) " ${quote host.component}"
      }\n${lists host}"
    );
  isNoRoom = host: host.component != "muc";
  sections =
    lib.concatMapStrings (section "VirtualHost") (lib.attrValues computed.hosts.virtualHosts)
    + lib.concatMapStrings (section "Component") (
      lib.filter isNoRoom (lib.attrValues computed.hosts.components)
    )
    + setUp;
in
{
  modules = lib.mapAttrs yield yielding // lib.mapAttrs switch switches;
  extraModules =
    lib.attrNames (removeAttrs hostModules (lib.attrNames upstream))
    ++ lib.optional cfg.startupLog startupLog.name;
  extraPluginPaths = lib.mkIf cfg.startupLog [ startupLog.path ];
  extraConfig = lib.mkMerge [
    # Another definition may open a section, and this belongs to the global one.
    (lib.mkBefore (
      lib.optionalString (disabled != [ ]) disabledText
      + lib.optionalString cfg.startupLog startupLog.table
    ))
    # Below all that belongs to the global section.
    (lib.mkOrder inventory.constants.priorities.sections sections)
  ];
}
