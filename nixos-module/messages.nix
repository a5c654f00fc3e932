# What the owner of the machine should know: assertions for what cannot work, findings for the rest. The codes are
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
    because
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
      instead = facts.unusable.${name}.instead or null;
    in
    "${name}: ${resolution.${name}.why}${
      lib.optionalString (instead != null) "; use ${instead} instead"
    }";

  # Both sets of options name a module, and not the same way.
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
          "services.prosody does otherwise";
    in
    "${name}: ${single name} = ${lib.boolToString override}, and ${place}";

  # Ports of the HTTP server that others reach, though nobody chose a module for it.
  isLoopback =
    interface: interface == "::1" || interface == "localhost" || lib.hasPrefix "127." interface;
  isOpen = ports: interfaces: ports != [ ] && !(lib.all isLoopback interfaces);
  isHttpChosen =
    cfg.http
    || lib.any (name: inventory.modules.${name}.category == "http" && plans.${name}.wanted) (
      inState "load" ++ inState "component"
    );
  # An upload service is told by itself.
  openers = lib.subtractLists uploads needHttp;
  opensHttp =
    # Where http is on there is nothing to find.
    !isHttpChosen
    && openers != [ ]
    && (
      isOpen prosody.httpPorts prosody.httpInterfaces || isOpen prosody.httpsPorts prosody.httpsInterfaces
    );

  # Of several lists Prosody takes the last, so each has one place where it is written.
  globalText = global prosody.extraConfig;
  disabledLists = lib.length (assignments "modules_disabled" globalText);
  ourDisabled = keptOut ++ cfg.modulesDisabled;

  clashes = lib.filter (
    clash: lib.elem plans.${clash.name}.real enabled && lib.elem clash."with" enabled
  ) computed.clashes;
  clashing = clash: "${clash.name} and ${clash."with"} are both on: ${clash.effect}";

  uploadOption = {
    http_file_share = "httpFileShare";
    http_upload = "uploadHttp";
  };
  uploads = lib.filter (name: plans ? ${name} && !plans.${name}.wanted) components;
  upload =
    name:
    let
      option = theirs uploadOption.${name};
    in
    "${option} is set and loads ${name} although ${because.${name}}. Set ${single name} = true to mean it, or "
    + "take ${option} away, with ${theirs "xmppComplianceSuite"} = false where that asks for an upload service.";

  # A profile that has alpha on was chosen for that.
  isAlphaOfProfile =
    cfg.profile != null && inventory.profiles.${cfg.profile}.flags.alpha == cfg.alpha;
  alphaProfiles = lib.attrNames (
    lib.filterAttrs (_: profile: profile.flags.alpha != false) inventory.profiles
  );
  alphaScope = lib.optionalString (lib.isList cfg.alpha) " (only ${commas cfg.alpha})";

  # These rest on the facts of a release.
  ofRelease =
    # Nobody can do anything about a module that exists nowhere, so a flag that covers it needs no word.
    let
      lacking = lib.subtractLists inventory.nowhere unavailable.wrong;
      pulledIn = inState "pulled-in";
      core = lib.filter (name: isByName name && inventory.modules.${name}.category == "core") (
        inState "off"
      );
      broken = lib.filter (name: loads ? ${plans.${name}.real}) (facts.broken or [ ]);
    in
    about "core-disabled" core
      "Core modules are off, and every client relies on them: ${commas core}. Take away ${commas (map single core)}."
    ++ about "unavailable" lacking ''
      The flags ask for modules that Prosody ${release.version} cannot load, so they are left out:${list (map explained lacking)}
      Set ${single "<name>"} = false to hear no more of one.''
    ++ about "pulled-in" pulledIn ''
      Modules load although their flags are off:${list (map explained pulledIn)}
      ${own "enforce"} = true keeps out optional dependencies; for the rest, disable what requires them.''
    ++
      about "broken-upstream" broken
        "Modules load although upstream labels them as broken: ${commas broken}. Take away ${commas (map single broken)} unless they work for you."
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
      text = "The option `${own former}' is called `${
        own inventory.renamedFlags.${former}
      }' now: rename it where it is set.";
    }) formerFlags
    ++ general "security-off" (
      !cfg.security
    ) "${own "security"} is off: a production server needs its security modules. Set it to true."
    ++
      general "alpha-on" (cfg.alpha != false && cfg.alpha != [ ] && !isAlphaOfProfile)
        "${own "alpha"} is on${alphaScope}: experimental modules do not belong on a production server. Set it to false, or ${own "profile"} to one that has it on (${commas alphaProfiles})."
    ++
      general "release-unknown" (release.status == "newer")
        "Prosody ${prosody.package.version} is newer than what is known here, and taken as ${release.version}. Update prosody-stability, or set ${own "release"}."
    ++ lib.optionals (release.status != "unknown") ofRelease
    ++ (
      let
        names = lib.filter contradicts (lib.attrNames (builtins.intersectAttrs cfg.modules plans));
      in
      about "contradiction" names ''
        What services.prosody does wins over a module that is set by name:${list (map contradiction names)}
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
        "modules_disabled in ${theirs "extraConfig"} keeps out modules that are on: ${commas names}. Move them to ${own "modulesDisabled"}, so that the resolution counts with it."
    )
    ++ about "clash" (map (clash: clash.name) clashes) ''
      Modules do not work beside each other:${list (map clashing clashes)}
      Switch one of them off, in ${own "modules"} or ${theirs "modules"}.''
    ++ map (name: {
      code = "upload";
      modules = [ name ];
      text = upload name;
    }) uploads;

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
        message = "${own "enable"} chooses the modules of a Prosody that does not run: set ${theirs "enable"} = true.";
      }
      {
        assertion = release.status != "unknown";
        message = "Nothing is known of Prosody ${prosody.package.version}: set ${own "release"} to the nearest of ${commas (lib.attrNames inventory.releases)}.";
      }
      {
        assertion = release.status == "unknown" || unavailable.right == [ ];
        message = ''
          Prosody ${release.version} cannot load modules that are enabled by name:${list (map explained unavailable.right)}
          Take away ${commas (map single unavailable.right)}.'';
      }
      {
        assertion = ourDisabled == [ ] || disabledLists == 1;
        message =
          if disabledLists == 0 then
            "modules_disabled of ${own "enforce"} stands below a host or component in ${theirs "extraConfig"}, where it does not hold for the others: open no host or component there with lib.mkBefore."
          else
            "${theirs "extraConfig"} assigns modules_disabled, and so does ${own "enforce"}, for ${commas ourDisabled}: Prosody takes the last list only. Move the names to ${own "modulesDisabled"}, or where another module writes them, set ${own "enforce"} = false.";
      }
      {
        assertion = assignments "modules_enabled" globalText == [ ];
        message = "${theirs "extraConfig"} assigns modules_enabled, and Prosody takes that list instead of the whole one of services.prosody: move the names to ${theirs "extraModules"}.";
      }
    ];
}
