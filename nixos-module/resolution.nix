# What happens to every module, and why: inventory × release × selection, as `prosody-stability resolve` has it.
#
# Pure functions over builtins, so this works without nixpkgs:
#
#   nix-instantiate --eval --strict -E '((import ./resolution.nix) (import ./inventory.nix)).resolve {
#     version = "13.0"; selection.flags = { security = true; …; }; }'
inventory:
let
  inherit (builtins)
    all
    any
    attrNames
    attrValues
    concatMap
    concatStringsSep
    elem
    elemAt
    filter
    genList
    genericClosure
    groupBy
    isBool
    length
    mapAttrs
    sort
    splitVersion
    ;

  inherit (import ./sets.nix) setOf unique;
  commas = concatStringsSep ", ";

  oldestFirst = sort (a: b: builtins.compareVersions a b < 0) (attrNames inventory.releases);
  newest = elemAt oldestFirst (length oldestFirst - 1);

  # The release whose facts hold for a version of Prosody: 0.12.4 is of the branch 0.12. A newer version than any
  # known uses the newest. Others are unknown, as `status` reports.
  find =
    version:
    let
      parts = splitVersion version;
      isBranch =
        branch:
        let
          known = splitVersion branch;
        in
        length known <= length parts && genList (elemAt parts) (length known) == known;
      branches = filter isBranch oldestFirst;
      known = status: version: { inherit status version; };
    in
    if branches != [ ] then
      known "known" (builtins.head branches)
    else if builtins.compareVersions version newest > 0 then
      known "newer" newest
    else
      known "unknown" newest;

  names = attrNames inventory.modules;

  # A reason in its wording, with the words in braces filled in.
  word =
    name: values:
    builtins.replaceStrings (map (word: "{${word}}") (
      attrNames values
    )) (builtins.attrValues values) inventory.reasons.${name};

  # Why a release cannot load what no release has: that is the same for each, and not repeated in them.
  inNoRelease =
    version:
    mapAttrs (
      name: _:
      let
        reason = word "absent" { inherit version; };
        note = inventory.modules.${name}.upstream.note or null;
      in
      {
        reason = if note == null then reason else word "withNote" { inherit reason note; };
      }
    ) (setOf (inventory.inNoRelease or [ ]));

  show = value: if isBool value then (if value then "on" else "off") else "only ${commas value}";

  # What a selection enables, module by module, whatever else is configured.
  #
  # `flags` has a value for each flag, `origins` who set it, `modules` true or false for single modules. `inherited` has
  # what a component takes over from the server, and is null for what is no component.
  planFor =
    release:
    {
      flags,
      origins ? { },
      modules ? { },
    }:
    component: inherited:
    let
      # By category and flag: beta and alpha may be on for some categories only.
      allows = mapAttrs (
        category: _: mapAttrs (_: value: if isBool value then value else elem category value) flags
      ) inventory.categories;
      flagReason =
        flag:
        word "flag" {
          inherit flag;
          value = show flags.${flag};
          origin = origins.${flag} or "set";
        };
      broken = release.broken or [ ];
    in
    {
      plans = mapAttrs (name: module: rec {
        override = modules.${name} or null;
        real = release.names.${name} or name;
        wanted =
          if override == null then
            real == component
            ||
              (inherited == null || elem real inherited)
              && all (flag: allows.${module.category}.${flag}) module.flags
          else
            override;
        # No flag loads what upstream calls broken, or what does not work until it is set up.
        loads =
          wanted
          && !(release.unusable ? ${name})
          && (override != null || !(elem name broken || module ? setup));
      }) inventory.modules;

      # Why a module is wanted, or why not.
      reasonFor =
        name:
        let
          module = inventory.modules.${name};
          override = modules.${name} or null;
          isOn = flag: allows.${module.category}.${flag};
          isWanted = all isOn module.flags;
        in
        if override != null then
          word (if override then "enabled" else "disabled") { }
        else if component != null && (release.names.${name} or name) == component then
          word "madeOf" { }
        else if inherited != null && !(elem (release.names.${name} or name) inherited) then
          word "notInherited" { }
        else if module.flags == [ ] then
          word "core" { }
        else
          commas (map flagReason (filter (flag: isOn flag == isWanted) module.flags));
    };

  resolve =
    {
      version,
      selection,
      # What Prosody is really configured to load, if known: the names in `modules_enabled`, and those of
      # components.
      actual ? null,
      # Whether `modules_disabled` keeps out what is pulled in softly.
      enforce ? true,
      # The other names in `modules_disabled`.
      disabled ? [ ],
      # The module that a component is made of, where this is about one.
      component ? null,
    }:
    let
      facts = inventory.releases.${version};
      release = facts // {
        unusable = inNoRelease version // facts.unusable;
      };
      # What can load, each with all that it needs.
      closures = release.bundled // release.community;
      closureOf = name: closures.${name} or [ ];
      inherited = if component == null then null else facts.inherited.${component} or [ ];
      inherit (planFor release selection component inherited) reasonFor plans;
      # What has an address of its own.
      components' = if component == null then inventory.components else [ ];
      automatic =
        if component == null then
          inventory.alwaysLoaded
        else
          filter (name: elem name inherited) inventory.alwaysLoaded;

      # By real name, what the selection loads on hosts.
      hostModules = setOf (
        concatMap (
          name: if plans.${name}.loads && !(elem name components') then [ plans.${name}.real ] else [ ]
        ) names
      );
      enabled = if actual == null then attrNames hostModules else actual.enabled;
      isComponent =
        name: plans.${name}.wanted || actual != null && elem plans.${name}.real actual.components;
      components = map (name: plans.${name}.real) (filter isComponent components');
      asked = setOf (enabled ++ components);

      # What is forbidden by hand, and what cannot do without it. Components ignore `modules_disabled`.
      isForbidden = name: elem name disabled;
      forbiddenUnder = name: filter isForbidden (closureOf name);
      mayLoad = name: !(isForbidden name) && forbiddenUnder name == [ ];
      permitted = if disabled == [ ] then asked else setOf (filter mayLoad enabled ++ components);

      # All that loads because a module requires it, and then the optional dependencies.
      loading = builtins.intersectAttrs (permitted // setOf automatic) closures;
      needed = loading // setOf (builtins.concatLists (builtins.attrValues loading));
      optionalWithout =
        isKeptOut:
        let
          isNew = name: closures ? ${name} && !(needed ? ${name});
          optionalOf = name: filter (soft: isNew soft && !(isKeptOut soft)) (release.soft.${name} or [ ]);
          node = key: { inherit key; };
        in
        map (node: node.key) (genericClosure {
          startSet = map node (
            concatMap optionalOf (attrNames (builtins.intersectAttrs needed release.soft))
          );
          operator = from: map node (filter isNew (closureOf from.key) ++ optionalOf from.key);
        });
      optional = optionalWithout isForbidden;

      isOurs = real: inventory.modules ? ${real} || elem real (attrValues release.names);
      modulesDisabled = unique (filter isOurs optional);
      keptOut = if enforce then modulesDisabled else [ ];

      # What loads, with all that it loads along. A module that is kept out brings nothing.
      optionalLoading =
        if keptOut == [ ] then optional else optionalWithout (name: isForbidden name || elem name keptOut);
      with' = names: if names == [ ] then needed else needed // setOf names;
      loads = with' optionalLoading;

      # No flag enables what does not work until it is set up, so it is not reported as missing.
      isMissed =
        name: plan: plan.wanted && (plan.override != null || !(inventory.modules.${name} ? setup));
      states = mapAttrs (
        name: plan:
        if asked ? ${plan.real} || release.unusable ? ${name} && isMissed name plan then
          if release.unusable ? ${name} then
            "unavailable"
          else if elem name components' then
            "component"
          else if disabled == [ ] || mayLoad plan.real then
            "load"
          else if isForbidden plan.real then
            "off"
          else
            "unavailable"
        else if loads ? ${plan.real} then
          "pulled-in"
        else
          "off"
      ) plans;
      byState = groupBy (name: states.${name}) names;

      resolution = mapAttrs resolved plans;
      resolved =
        name: plan:
        let
          state = states.${name};
        in
        {
          name = plan.real;
          inherit (inventory.modules.${name}) stability;
          inherit state;
          reason = moduleReason name plan state;
        };

      dependentsAmong =
        loads: real: commas (filter (name: loads ? ${name}) (release.dependents.${real} or [ ]));
      moduleReason =
        name: plan: state:
        let
          inherit (plan) real;
          # The release can load it, and still its flags do not.
          isLeftOut = plan.wanted && !plan.loads;
          ownReason =
            if !isLeftOut then
              reasonFor name
            else if elem name (release.broken or [ ]) then
              word "broken" { inherit version; }
            else
              word "needsSetup" { inherit (inventory.modules.${name}.setup) option; };
          notEnabled = word "notEnabledByServices" { reason = ownReason; };
        in
        if state == "unavailable" then
          release.unusable.${name}.reason or (word "requires" {
            other = commas (forbiddenUnder real);
            reason = word "inModulesDisabled" { };
          })
        else if state == "pulled-in" then
          word (if needed ? ${real} then "requiredBy" else "optionalOf") {
            by = dependentsAmong loads real;
            reason = if plan.loads then notEnabled else ownReason;
          }
        else if state == "off" && isForbidden real then
          word "inModulesDisabled" { }
        else if state == "off" && elem real keptOut then
          word "keptOut" {
            by = dependentsAmong (with' optional) real;
            reason = if plan.loads then notEnabled else ownReason;
          }
        else if state == "off" && plan.loads then
          notEnabled
        else if state != "off" && !plan.loads then
          word "enabledByServices" { reason = ownReason; }
        else
          ownReason;

      # The enabled modules that load the HTTP server, themselves or by what they load.
      openers = groupBy (
        name:
        if asked ? ${name} then
          "asked"
        else if loads ? ${name} then
          "others"
        else
          "off"
      ) (release.dependents.http or [ ]);
      isOpenedBy = name: any (other: elem other closures.${name}) openers.others;
      needHttp = unique (
        openers.asked or [ ]
        ++ (
          if openers ? others then
            filter isOpenedBy (attrNames (builtins.intersectAttrs asked closures))
          else
            [ ]
        )
      );

      # The line with the counts of what loads.
      isLoading = name: states.${name} != "off" && states.${name} != "unavailable";
      count = group: "${group.title}=${toString (length (filter isLoading group.modules))}";
    in
    {
      # No function: `nix eval --json` prints what is computed with the settings.
      selectionReasons = mapAttrs (name: _: reasonFor name) plans;
      inherit
        closures
        plans
        hostModules
        states
        byState
        resolution
        modulesDisabled
        keptOut
        loads
        ;
      # What may also load, on conditions that no file shows.
      conditional = builtins.concatLists (
        builtins.attrValues (builtins.intersectAttrs loads release.conditional)
      );
      # Community modules to install, with those that they need; never one that Prosody bundles.
      communityModules = attrNames (builtins.intersectAttrs loads release.community);
      profileLine = inventory.constants.profileLine + commas (map count inventory.groups);
      inherit needHttp;
      # Packages below `luaPackages` with the Lua libraries that they use.
      luaPackages = builtins.concatLists (
        builtins.attrValues (builtins.intersectAttrs loads facts.libraries or { })
      );
      # What components take over from the server, by the module that they are made of.
      inherits = facts.inherited or { };
    };
in
{
  inherit find resolve;
}
