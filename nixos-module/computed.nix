# The resolution for this machine: the selection from our options, and what services.prosody makes of it.
{
  config,
  lib,
  options,
}:
let
  inventory = import ./inventory.nix;
  inherit (resolution) find resolve;
  inherit (import ./sets.nix) unique;
  resolution = import ./resolution.nix inventory;
  inherit (inventory.constants) priorities servicesProsody;
  inherit (import ./configuration-text.nix) namesIn;

  cfg = config.services.prosody-stability;
  prosody = config.services.prosody;

  release =
    if cfg.release != null then
      {
        status = "known";
        version = cfg.release;
      }
    else
      find prosody.package.version;

  # Who set a flag, by its priority: what an option's default says has that of a default.
  origin =
    flag: _:
    let
      isDefault = options.services.prosody-stability.${flag}.highestPrio >= priorities.optionDefault;
      formers = lib.filter (former: inventory.renamedFlags.${former} == flag) formerFlags;
    in
    if !isDefault || formers != [ ] then
      "set"
    else if cfg.profile != null then
      "profile ${cfg.profile}"
    else
      "default";
  formerFlags = lib.filter (former: cfg.${former} != null) (lib.attrNames inventory.renamedFlags);

  # What the upstream module enables. The new one has an option that the old one has not.
  upstream =
    if options.services.prosody ? checkConfig then servicesProsody.new else servicesProsody.old;
  uploads = lib.filterAttrs (_: option: prosody.${option} != null) upstream.uploads;
  components = lib.attrNames uploads;
  hardCoded = upstream.always;
  everywhere =
    hardCoded
    ++ lib.filter (name: prosody.modules.${name}) (lib.attrNames prosody.modules)
    ++ prosody.extraModules
    ++ prosody.package.communityModules or [ ];
  # Texts of single hosts may enable more there. (The text for the whole server holds what comes of this.)
  onSomeHosts = lib.subtractLists everywhere (
    lib.concatMap (host: namesIn "modules_enabled" host.extraConfig) (
      lib.filter (host: host.extraConfig != "") (lib.attrValues prosody.virtualHosts)
    )
  );
  enabled = everywhere ++ onSomeHosts;

  # Pairs of a module of the inventory and another one that it clashes with.
  clashes = lib.concatMap (
    name: map (clash: clash // { inherit name; }) inventory.modules.${name}.clashes
  ) (lib.filter (name: inventory.modules.${name} ? clashes) (lib.attrNames inventory.modules));
  # What services.prosody writes into the list of a component of rooms.
  ofRooms =
    let
      inherit (upstream) rooms;
      enabledBy = isOn: modules: lib.attrValues (lib.filterAttrs (name: _: isOn name) modules);
    in
    muc:
    rooms.always
    ++ enabledBy (name: prosody.modules.${name}) rooms.modules
    ++ enabledBy (option: muc.${option} or false) rooms.options
    ++ lib.intersectLists rooms.packaged (prosody.package.communityModules or [ ]);

  selection = {
    flags = builtins.intersectAttrs inventory.flags cfg;
    origins = lib.mapAttrs origin inventory.flags;
    modules = lib.filterAttrs (_: value: value != null) cfg.modules;
  };
  resolveEnabled =
    request: enabled:
    resolve (
      {
        inherit (release) version;
        inherit (cfg) enforce;
        disabled = cfg.modulesDisabled;
        actual = {
          inherit enabled;
          components = if request.component or null == null then components else [ ];
        };
      }
      // request
    );
  resolved = resolveEnabled { inherit selection; } enabled;

  hosts =
    if cfg.virtualHosts == { } && cfg.components == { } then
      {
        virtualHosts = { };
        components = { };
        unknown = [ ];
      }
    else
      import ./hosts.nix {
        inherit
          cfg
          clashes
          everywhere
          hardCoded
          inventory
          lib
          ofRooms
          prosody
          resolveEnabled
          uploads
          ;
        resolvePlanned =
          request:
          resolve (
            {
              inherit (release) version;
              enforce = false;
            }
            // request
          );
        server = resolved;
        serverSelection = selection;
      };
  allHosts = lib.attrValues hosts.virtualHosts ++ lib.attrValues hosts.components;
  # What single hosts have in addition to the server, or instead.
  fromHosts = part: lib.concatMap part allHosts;

  # What makes modules work that load.
  setupsOf =
    resolved:
    map (name: inventory.modules.${name}.setup) (
      lib.filter (name: resolved.states.${name} == "load") (inventory.needSetup or [ ])
    );

  # The modules to name besides the flags, so that these say what really loads: where somebody named them, and where
  # services.prosody does otherwise.
  named =
    name: plan:
    let
      state = resolved.states.${name};
      isOn = state == "load" || state == "component";
    in
    if isOn && (plan.override == true || !plan.loads) then
      true
    else if plan.override == false || !isOn && plan.loads then
      false
    else
      plan.override;
  computed = resolved // {
    inherit
      clashes
      components
      enabled
      formerFlags
      hardCoded
      hosts
      onSomeHosts
      release
      uploads
      ;
    setups = setupsOf resolved;
    inRooms = [ "muc" ] ++ lib.concatMap ofRooms prosody.muc;
    effectiveModules = unique (enabled ++ components ++ fromHosts (host: host.added));
    # Community modules to install: what loads anywhere, with all that it needs.
    communityModules = unique (
      resolved.communityModules ++ fromHosts (host: host.resolved.communityModules)
    );
    luaPackages = unique (resolved.luaPackages ++ fromHosts (host: host.resolved.luaPackages));
    # What some virtual host does not load, and what only some host does.
    droppedSomewhere = lib.concatMap (host: host.dropped) (lib.attrValues hosts.virtualHosts);
    addedSomewhere = fromHosts (host: host.added);
    # The resolution of each host that has settings of its own, as users read it.
    byHost = lib.mapAttrs (_: host: {
      inherit (host.resolved) profileLine resolution;
      inherit (host) component;
      modules = host.enabled;
    }) (hosts.virtualHosts // hosts.components);
    setupsOfHost = lib.mapAttrs (_: host: setupsOf host.resolved) hosts.virtualHosts;
    overrides = lib.filterAttrs (_: value: value != null) (lib.mapAttrs named resolved.plans);
  };
in
computed
// {
  messages = import ./messages.nix {
    inherit
      cfg
      computed
      inventory
      lib
      prosody
      ;
  };
}
