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
    catAttrs
    concatLists
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
    listToAttrs
    mapAttrs
    partition
    sort
    splitVersion
    stringLength
    substring
    ;

  # Each once, sorted.
  unique =
    names:
    attrNames (
      listToAttrs (
        map (name: {
          inherit name;
          value = null;
        }) names
      )
    );
  commas = concatStringsSep ", ";

  oldestFirst = sort (a: b: builtins.compareVersions a b < 0) (attrNames inventory.releases);
  newest = elemAt oldestFirst (length oldestFirst - 1);

  # The release whose facts hold for a version of Prosody: 0.12.4 is of the branch 0.12. A newer version than any
  # known is taken as the newest; for others nothing is known, and `status` says so.
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

  show = value: if isBool value then (if value then "on" else "off") else "only ${commas value}";

  # What a selection asks for, module by module, whatever else is configured. `isUsable` says which modules the
  # release can load.
  #
  # `flags` has a value for each flag, `origins` who set it, `modules` true or false for single modules.
  planFor =
    facts: isUsable:
    {
      flags,
      origins ? { },
      modules ? { },
    }:
    let
      said = flag: "${flag} is ${show flags.${flag}} (${origins.${flag} or "set"})";
      plan =
        name: module:
        let
          real = if facts ? ${name} then name else module.upstream.name or name;
          override = modules.${name} or null;
          usable = isUsable real;
          isOn =
            flag:
            let
              value = flags.${flag};
            in
            if isBool value then value else elem module.category value;
          isAllowed = all isOn module.flags;
          decisive = filter (flag: isOn flag == isAllowed) module.flags;
          wanted = if override == null then isAllowed else override;
        in
        {
          inherit
            real
            override
            usable
            wanted
            ;
          loads = wanted && usable;
          because =
            if override == true then
              "enabled by name"
            else if override == false then
              "disabled by name"
            else if module.flags == [ ] then
              "core modules are always on"
            else
              commas (map said decisive);
        };
    in
    mapAttrs plan inventory.modules;

  hard = module: module.depends or [ ];
  soft = module: module.soft or [ ];

  resolve =
    {
      version,
      selection,
      # What Prosody is really told to load, where that is known: the names in `modules_enabled`, and those of
      # components.
      actual ? null,
      # Whether `modules_disabled` keeps out what is pulled in softly.
      enforce ? true,
    }:
    let
      facts = inventory.releases.${version}.modules;
      isUsable = name: facts ? ${name} && !(facts.${name} ? unusable);
      plans = planFor facts isUsable selection;

      # Modules and all that they load along, over one kind of dependency.
      closure =
        edges: names:
        map (node: node.key) (genericClosure {
          startSet = map node names;
          operator = from: map node (filter isUsable (edges facts.${from.key}));
        });
      node = key: { inherit key; };

      # By real name, what the selection loads on hosts.
      hostModules = listToAttrs (
        concatMap (
          name:
          if plans.${name}.loads then
            [
              {
                name = plans.${name}.real;
                value = null;
              }
            ]
          else
            [ ]
        ) hosts
      );
      enabled = if actual == null then attrNames hostModules else actual.enabled;
      isComponent =
        name: plans.${name}.wanted || actual != null && elem plans.${name}.real actual.components;
      enabledComponents = map (name: plans.${name}.real) (filter isComponent components);

      # All that loads because somebody needs it, and then what only somebody wishes for.
      loading = filter isUsable (enabled ++ enabledComponents);
      factsOf = map (name: facts.${name});
      factsOfLoading = factsOf loading;
      neededBy = facts: filter isUsable (concatLists (catAttrs "depends" facts));
      wishedBy = facts: filter isUsable (concatLists (catAttrs "soft" facts));
      isFurther = name: !(elem name needed);
      along = closure hard (neededBy factsOfLoading);
      needed = loading ++ along;
      wished = filter isFurther (
        closure (module: hard module ++ soft module) (
          filter isFurther (wishedBy (factsOfLoading ++ factsOf along))
        )
      );

      isOurs = real: inventory.modules ? ${real} || any (name: plans.${name}.real == real) names;
      modulesDisabled = unique (filter isOurs wished);
      keptOut = if enforce then modulesDisabled else [ ];

      # What loads, with all that it loads along. A module that is kept out brings nothing.
      installed =
        if keptOut == [ ] then
          needed ++ wished
        else
          closure (module: hard module ++ filter (name: !(elem name keptOut)) (soft module)) loading;

      stateOf =
        name:
        let
          plan = plans.${name};
          inherit (plan) real;
          isHost = inventory.modules.${name}.placement == "host";
          isAsked = if isHost then elem real enabled || plan.wanted && !plan.usable else isComponent name;
        in
        if isAsked && !plan.usable then
          "unavailable"
        else if isAsked then
          if isHost then "load" else "component"
        else if elem real needed || elem real wished then
          "pulled-in"
        else
          "off";
      byState = groupBy stateOf names;

      resolution = mapAttrs resolved plans;
      resolved =
        name: plan:
        let
          state = stateOf name;
        in
        {
          name = plan.real;
          inherit (inventory.modules.${name}) stability;
          inherit state;
          why = why name plan state;
        };

      why =
        name: plan: state:
        let
          inherit (plan) real;
          leftOut = "services.prosody leaves it out";
          because = if plan.loads && state == "pulled-in" then leftOut else plan.because;
          pullers = filter (other: elem real (hard facts.${other} ++ soft facts.${other})) (needed ++ wished);
          by = unique pullers;
          s = if length by == 1 then "s" else "";
        in
        if state == "unavailable" then
          missing version name real
        else if state == "pulled-in" && elem real needed then
          "${commas by} need${s} it, though ${because}"
        else if state == "pulled-in" then
          "${commas by} ask${s} for it, though ${because}${
            if elem real keptOut then "; modules_disabled keeps it out" else ""
          }"
        else if state == "off" && plan.loads then
          "${leftOut}, though ${because}"
        else if state != "off" && !plan.loads then
          "services.prosody enables it, though ${because}"
        else
          because;
    in
    {
      inherit
        plans
        hostModules
        byState
        resolution
        modulesDisabled
        keptOut
        installed
        ;
      # Community modules to install, with those that they need; never one that Prosody bundles.
      communityModules = unique (filter (name: facts.${name}.origin == "community") installed);
      profileLine = profileLine byState;
    };

  names = attrNames inventory.modules;
  placed = partition (name: inventory.modules.${name}.placement == "host") names;
  hosts = placed.right;
  components = placed.wrong;

  # Why a release cannot load a module.
  missing =
    version: name: real:
    let
      facts = inventory.releases.${version}.modules;
      upstream = inventory.modules.${name}.upstream or { };
      absent = "Prosody ${version} and its community modules have no ${real}";
      because = facts.${real}.unusable or absent;
      needsAnother = "${real} needs ";
    in
    # The note tells what became of the module itself, not of one that it needs.
    if !(upstream ? note) || substring 0 (stringLength needsAnother) because == needsAnother then
      because
    # That a module is nowhere says less than the note.
    else if !(facts ? ${real}) && !(upstream ? name) then
      upstream.note
    else
      "${because}; ${upstream.note}";

  # The line with the counts: HTTP and administration count by category, the rest by level.
  profileLine =
    byState:
    let
      group =
        name:
        let
          inherit (inventory.modules.${name}) category stability;
        in
        if category == "http" || category == "admin" then category else stability;
      loading = byState.load or [ ] ++ byState.component or [ ] ++ byState.pulled-in or [ ];
      groups = groupBy group loading;
      count = name: title: "${title}=${toString (length (groups.${name} or [ ]))}";
    in
    "Module stability profile: ${
      commas [
        (count "core" "Core")
        (count "stable" "Stable")
        (count "beta" "Beta")
        (count "alpha" "Alpha")
        (count "http" "HTTP")
        (count "admin" "Admin")
      ]
    }";
in
{
  inherit find resolve unique;
}
