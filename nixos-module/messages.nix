# What the administrator should know: assertions for what cannot work, findings for the rest. The codes are
# those of `prosody-stability check`, which finds the same.
{
  cfg,
  computed,
  inventory,
  lib,
  prosody,
  ...
}:
let
  inherit (computed)
    selectionReasons
    byState
    components
    enabled
    formerFlags
    hardCoded
    keptOut
    loads
    needHttp
    plans
    release
    resolution
    states
    ;
  facts = inventory.releases.${release.version};
  # Most servers have no such host.
  ofHosts =
    if cfg.virtualHosts == { } && cfg.components == { } then
      {
        assertions = [ ];
        findings = [ ];
      }
    else
      import ./host-messages.nix { inherit computed inventory lib; };
  inherit (import ./names.nix { inherit lib; }) suggestion;
  inherit (import ./configuration-text.nix) assignments global namesIn;

  optionOf =
    service: path:
    lib.showOption (
      [
        "services"
        service
      ]
      ++ path
    );
  own = name: optionOf "prosody-stability" [ name ];
  theirs = name: optionOf "prosody" [ name ];
  single =
    name:
    optionOf "prosody-stability" [
      "modules"
      name
    ];
  commas = lib.concatStringsSep ", ";
  list = lib.concatMapStrings (text: "\n- ${text}");

  # One finding, or none when it is about nothing.
  about =
    code: modules: text:
    lib.optional (modules != [ ]) { inherit code modules text; };
  general =
    code: holds: text:
    lib.optional holds {
      inherit code text;
      modules = [ ];
    };

  inState = state: byState.${state} or [ ];
  isByName = name: plans.${name}.override != null;

  unavailable = builtins.partition isByName (inState "unavailable");
  explained =
    name:
    let
      replacement = facts.unusable.${name}.replacedBy or null;
    in
    "${name}: ${resolution.${name}.reason}${
      lib.optionalString (replacement != null) "; use ${replacement} instead"
    }";

  # Both sets of options set a module, and differ.
  contradicts =
    name:
    let
      inherit (plans.${name}) override;
      state = states.${name};
    in
    override == true && state == "off"
    || override == false && (state == "load" || state == "component");
  contradiction =
    name:
    let
      inherit (plans.${name}) override real;
      place =
        if lib.elem real cfg.modulesDisabled then
          "${own "modulesDisabled"} lists it"
        else if prosody.modules ? ${real} then
          "${theirs "modules"}.${real} = ${lib.boolToString prosody.modules.${real}}"
        else if lib.elem real prosody.extraModules then
          "${theirs "extraModules"} lists it"
        else if lib.elem real hardCoded then
          "services.prosody always enables it"
        else
          "services.prosody sets it differently";
    in
    "${name}: ${single name} = ${lib.boolToString override}, but ${place}";

  # HTTP ports that others can reach, although no module for it was selected.
  isLoopback =
    let
      inherit (inventory.constants) loopback;
    in
    interface: lib.elem interface loopback.names || lib.hasPrefix loopback.start interface;
  isOpen = ports: interfaces: ports != [ ] && !(lib.all isLoopback interfaces);
  isHttpChosen =
    cfg.http
    || lib.any (name: inventory.modules.${name}.category == "http" && plans.${name}.wanted) (
      inState "load" ++ inState "component"
    );
  # An upload service is reported separately.
  openers = lib.subtractLists unwantedUploads needHttp;
  opensHttp =
    # With http on, there is nothing to find.
    !isHttpChosen
    && openers != [ ]
    && (
      isOpen prosody.httpPorts prosody.httpInterfaces || isOpen prosody.httpsPorts prosody.httpsInterfaces
    );

  # Prosody uses only the last of several lists, so each is written in one place.
  globalText = global prosody.extraConfig;
  disabledLists = lib.length (assignments "modules_disabled" globalText);
  ourDisabled = keptOut ++ cfg.modulesDisabled;

  clashes = lib.filter (
    clash: lib.elem plans.${clash.name}.real enabled && lib.elem clash."with" enabled
  ) computed.clashes;
  clashing = clash: "${clash.name} clashes with ${clash."with"}: ${clash.effect}";

  unwantedUploads = lib.filter (name: plans ? ${name} && !plans.${name}.wanted) components;
  upload =
    name:
    let
      option = theirs computed.uploads.${name};
    in
    "${option} is set and loads ${name} although ${selectionReasons.${name}}. Set ${single name} = true to confirm, or "
    + "remove ${option}, with ${theirs "xmppComplianceSuite"} = false if that requires an upload service.";

  # A profile with alpha on was selected for that.
  isAlphaOfProfile =
    cfg.profile != null && inventory.profiles.${cfg.profile}.flags.alpha == cfg.alpha;
  alphaProfiles = lib.attrNames (
    lib.filterAttrs (_: profile: profile.flags.alpha != false) inventory.profiles
  );
  alphaScope = lib.optionalString (lib.isList cfg.alpha) " (only ${commas cfg.alpha})";

  # These rest on the facts of a release.
  ofRelease =
    # You can do nothing about a module that exists in no release, so a flag that covers it is not reported.
    let
      lacking = lib.subtractLists (inventory.inNoRelease or [ ]) unavailable.wrong;
      pulledIn = inState "pulled-in";
      core = lib.filter (name: isByName name && inventory.modules.${name}.category == "core") (
        inState "off"
      );
      broken = lib.filter (name: loads ? ${plans.${name}.real}) (facts.broken or [ ]);
    in
    about "core-disabled" core
      "Core modules are disabled, but every client relies on them: ${commas core}. Remove ${commas (map single core)}."
    ++ about "unavailable" lacking ''
      The flags enable modules that Prosody ${release.version} cannot load, so they are unavailable:${list (map explained lacking)}
      Set ${single "<name>"} = false to silence this for one of them.''
    ++ about "pulled-in" pulledIn ''
      Modules load although their flags are off:${list (map explained pulledIn)}
      ${own "enforce"} = true keeps out optional dependencies. For the others, disable the modules that require them.''
    ++
      about "broken-upstream" broken
        "Modules load although their upstream stage is broken: ${commas broken}. Remove ${commas (map single broken)} unless they work for you."
    ++
      general "http-port-open" opensHttp
        "The HTTP ports open although http is off: mod_http is required by ${commas openers}. Bind ${theirs "httpInterfaces"} and ${theirs "httpsInterfaces"} to loopback, or disable these modules, in ${own "modules"} or ${theirs "modules"}.";
in
{
  findings =
    ofHosts.findings
    ++ map (former: {
      code = "renamed-option";
      modules = [ ];
      text = "The option `${own former}' was renamed to `${
        own inventory.renamedFlags.${former}
      }'. Rename it where it is set.";
    }) formerFlags
    ++ general "security-off" (
      !cfg.security
    ) "${own "security"} is off: a production server needs its security modules. Set it to true."
    ++
      general "alpha-on" (cfg.alpha != false && cfg.alpha != [ ] && !isAlphaOfProfile)
        "${own "alpha"} is on${alphaScope}: experimental modules do not belong on a production server. Set it to false, or ${own "profile"} to one that has it on (${commas alphaProfiles})."
    ++
      general "release-unknown" (release.status == "newer")
        "Prosody ${prosody.package.version} is newer than any built-in release, using ${release.version}. Update prosody-stability, or set ${own "release"}."
    ++ lib.optionals (release.status != "unknown") ofRelease
    ++ (
      let
        names = lib.filter contradicts (lib.attrNames (builtins.intersectAttrs cfg.modules plans));
      in
      about "contradiction" names ''
        services.prosody overrides modules that are enabled or disabled explicitly:${list (map contradiction names)}
        Set each module in one place only.''
    )
    ++ (
      let
        isOurs = name: inventory.modules ? ${name} || lib.elem name (lib.attrValues facts.names);
        names = lib.filter (name: loads ? ${name} && isOurs name) (
          lib.optionals (ourDisabled == [ ]) (namesIn "modules_disabled" globalText)
        );
      in
      about "kept-out" names
        "modules_disabled in ${theirs "extraConfig"} keeps out enabled modules: ${commas names}. Move them to ${own "modulesDisabled"}, so that the resolution respects it."
    )
    ++ about "clash" (map (clash: clash.name) clashes) ''
      Modules clash:${list (map clashing clashes)}
      Disable one of them, in ${own "modules"} or ${theirs "modules"}.''
    ++ map (name: {
      code = "upload";
      modules = [ name ];
      text = upload name;
    }) unwantedUploads;

  assertions =
    ofHosts.assertions
    ++ map (name: {
      assertion = false;
      message = "The option `${single name}' does not exist: the inventory has no module of this name.${suggestion (lib.attrNames inventory.modules) name}";
    }) (lib.attrNames (removeAttrs cfg.modules (lib.attrNames inventory.modules)))
    ++ map (former: {
      assertion = cfg.${former} == cfg.${inventory.renamedFlags.${former}};
      message = "${own former} is the former name of ${
        own inventory.renamedFlags.${former}
      }, and both are set: remove ${own former}.";
    }) formerFlags
    ++ [
      {
        assertion = prosody.enable;
        message = "${own "enable"} selects modules for Prosody, which is not enabled: set ${theirs "enable"} = true.";
      }
      {
        assertion = release.status != "unknown";
        message = "Unknown release Prosody ${prosody.package.version}: set ${own "release"} to the closest of ${commas (lib.attrNames inventory.releases)}.";
      }
      {
        assertion = release.status == "unknown" || unavailable.right == [ ];
        message = ''
          Prosody ${release.version} cannot load modules that are enabled explicitly:${list (map explained unavailable.right)}
          Remove ${commas (map single unavailable.right)}.'';
      }
      {
        assertion = ourDisabled == [ ] || disabledLists == 1;
        message =
          if disabledLists == 0 then
            "modules_disabled of ${own "enforce"} is below a host or component in ${theirs "extraConfig"}, so it does not apply to the others: do not open a host or component there with lib.mkBefore."
          else
            "${theirs "extraConfig"} assigns modules_disabled, and so does ${own "enforce"}, for ${commas ourDisabled}: Prosody uses only the last list. Move the names to ${own "modulesDisabled"}, or if another module writes them, set ${own "enforce"} = false.";
      }
      {
        assertion = assignments "modules_enabled" globalText == [ ];
        message = "${theirs "extraConfig"} assigns modules_enabled, which replaces the whole list of services.prosody: move the names to ${theirs "extraModules"}.";
      }
    ];
}
