# What holds on single hosts: for each that has settings of its own its resolution, and the lists that its section needs
# so that it loads that and no more.
{
  cfg,
  clashes,
  everywhere,
  hardCoded,
  inventory,
  lib,
  ofRooms,
  prosody,
  # A selection on a host, where nothing else is enabled, and where these modules are.
  resolvePlanned,
  resolveEnabled,
  server,
  serverSelection,
  uploads,
}:
let
  inherit (import ./sets.nix) setOf without;
  names = lib.attrNames inventory.modules;
  isSet = _: value: value != null;
  isEverywhere = setOf everywhere;

  # The settings of a host over those of the server.
  selectionOf =
    settings:
    let
      own = lib.filterAttrs isSet (builtins.intersectAttrs inventory.flags settings);
      ofProfile = lib.optionalAttrs (
        settings.profile != null
      ) inventory.profiles.${settings.profile}.flags;
    in
    {
      flags = serverSelection.flags // ofProfile // own;
      origins =
        serverSelection.origins
        // lib.mapAttrs (_: _: "profile ${settings.profile}") ofProfile
        // lib.mapAttrs (_: _: "set") own;
      modules = serverSelection.modules // lib.filterAttrs isSet settings.modules;
    };

  # `inherits` has what the server enables for the host, `brings` what services.prosody enables there.
  hostOf =
    {
      settings,
      component ? null,
      inherits ? everywhere,
      brings ? [ ],
    }:
    let
      selection = selectionOf settings;
      # What is selected, whatever else is enabled.
      planned = resolvePlanned { inherit component selection; };
      isInherited = builtins.intersectAttrs isEverywhere (setOf inherits);
      isBrought = setOf brings;

      # What the host is not to load, though the server or services.prosody enables it.
      isDropped =
        name:
        let
          plan = planned.plans.${name};
          isUnwanted = settings.modules.${name} or null == false;
        in
        (isInherited ? ${plan.real} || isBrought ? ${plan.real})
        && !plan.loads
        && (server.plans.${name}.loads || isUnwanted)
        # It is for the whole server, whatever a host says.
        && !(lib.elem plan.real hardCoded);
      # What a module of the host clashes with.
      isYielding =
        clash:
        planned.plans.${clash.name}.loads
        && !server.plans.${clash.name}.loads
        && isInherited ? ${clash."with"};
      yielding = map (clash: clash."with") (lib.filter isYielding clashes);
      # Names that the inventory does not have: modules for rooms, and whatever else somebody names.
      others = removeAttrs selection.modules names;
      unwanted = lib.filter (name: !others.${name}) (lib.attrNames others);
      dropped =
        map (name: planned.plans.${name}.real) (lib.filter isDropped names) ++ unwanted ++ yielding;
      wanted = lib.filter (name: others.${name}) (lib.attrNames others);
      added = without (lib.attrNames planned.hostModules ++ wanted) (lib.attrNames isInherited ++ brings);

      enabled = without (lib.attrNames isInherited ++ brings) dropped ++ added;
      resolved = resolveEnabled { inherit component selection; } (
        enabled ++ lib.optional (component != null) component
      );
      needed = lib.concatMap (name: resolved.closures.${name} or [ ]) enabled;
    in
    {
      inherit
        added
        component
        dropped
        enabled
        resolved
        settings
        ;
      # The lists in the section of the host. A module that another one needs must not be forbidden.
      modulesEnabled = without (added ++ brings) dropped;
      # services.prosody has a list there.
      replaces = brings != [ ];
      modulesDisabled = without (
        without (lib.filter (name: isInherited ? ${name}) dropped) needed ++ resolved.keptOut
      ) server.keptOut;
    };

  rooms = lib.listToAttrs (map (muc: lib.nameValuePair muc.domain muc) prosody.muc);
  uploadsAt = lib.listToAttrs (
    lib.mapAttrsToList (module: option: lib.nameValuePair prosody.${option}.domain module) uploads
  );

  virtualHost =
    name: settings:
    hostOf {
      inherit settings;
    }
    // {
      inherit (prosody.virtualHosts.${name}) domain;
      text = prosody.virtualHosts.${name}.extraConfig;
    };
  component =
    address: settings:
    let
      isRoom = rooms ? ${address};
      madeOf = if isRoom then "muc" else uploadsAt.${address};
    in
    hostOf {
      inherit settings;
      component = madeOf;
      inherits = server.inherits.${madeOf} or [ ];
      brings = lib.optionals isRoom (ofRooms rooms.${address});
    }
    // {
      domain = address;
      text = lib.optionalString isRoom (rooms.${address}.written or rooms.${address}.extraConfig or "");
    };
  exists =
    known: name: _:
    known ? ${name};
  isEnabled = lib.filterAttrs (_: host: host.enabled) prosody.virtualHosts;
in
{
  virtualHosts = lib.mapAttrs virtualHost (lib.filterAttrs (exists isEnabled) cfg.virtualHosts);
  components = lib.mapAttrs component (lib.filterAttrs (exists (rooms // uploadsAt)) cfg.components);
  # What has settings and is no host, with the names that there are.
  unknown =
    map (name: {
      option = "virtualHosts";
      inherit name;
      known = lib.attrNames isEnabled;
    }) (lib.attrNames (removeAttrs cfg.virtualHosts (lib.attrNames isEnabled)))
    ++ map (name: {
      option = "components";
      inherit name;
      known = lib.attrNames (rooms // uploadsAt);
    }) (lib.attrNames (removeAttrs cfg.components (lib.attrNames (rooms // uploadsAt))));
}
