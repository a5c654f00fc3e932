# What the owner of the machine should know: assertions for what cannot work, warnings for the rest.
{
  config,
  lib,
  options,
}:
let
  inventory = import ./inventory.nix;
  inherit (import ./priorities.nix) ours;
  cfg = config.services.prosody-stability;
  prosody = config.services.prosody;
  inherit (cfg.computed)
    communityModules
    components
    enabled
    keptOut
    plans
    release
    resolution
    ;

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

  inState = state: cfg.computed.byState.${state} or [ ];
  isByName = name: plans.${name}.override != null;

  unavailable = builtins.partition isByName (inState "unavailable");
  explained =
    name:
    let
      upstream = inventory.modules.${name}.upstream or { };
      other = upstream.replacedBy or upstream.name or null;
      instead = lib.optionalString (other != null) "; use ${other} instead";
    in
    "${name}: ${resolution.${name}.why}${instead}";

  coreOff = lib.filter (name: isByName name && inventory.modules.${name}.category == "core") (
    inState "off"
  );

  # Past the flags, and nothing keeps it out.
  pulledIn = lib.filter (name: !(lib.elem plans.${name}.real keptOut)) (inState "pulled-in");

  clashes = map (clash: "${clash.name} and ${clash."with"} are both on: ${clash.effect}") (
    lib.filter (
      clash: lib.elem plans.${clash.name}.real enabled && lib.elem clash."with" enabled
    ) cfg.computed.clashes
  );

  uploadOption = {
    http_file_share = "httpFileShare";
    http_upload = "uploadHttp";
  };
  uploads = lib.filter (name: plans ? ${name} && !plans.${name}.wanted) components;
  aboutUpload =
    name:
    let
      option = theirs uploadOption.${name};
    in
    "${option} is set and loads ${name}, though ${plans.${name}.because}. Set ${single name} = true to mean it, or "
    + "take ${option} away, with ${theirs "xmppComplianceSuite"} = false where that asks for an upload service.";

  # Whether the package was set past us, and then lacks a module: what it copies stands in its last phase.
  isOurPackage = options.services.prosody.package.highestPrio >= ours;
  script = prosody.package.postInstall or "";
  isInstalled = name: builtins.replaceStrings [ "/mod_${name} " ] [ "" ] script != script;
  lacking = lib.filter (name: !(isInstalled name)) communityModules;

  alphaIsOn = cfg.alpha != false && cfg.alpha != [ ];
in
{
  assertions = [
    {
      assertion = prosody.enable;
      message = "${own "enable"} chooses the modules of a Prosody that does not run: set ${theirs "enable"} = true.";
    }
    {
      assertion = release.status != "unknown";
      message = "Nothing is known of Prosody ${prosody.package.version}: set ${own "release"} to the nearest of ${commas (lib.attrNames inventory.releases)}.";
    }
    {
      assertion = unavailable.right == [ ];
      message = ''
        Prosody ${release.version} cannot load modules that are enabled by name:${list (map explained unavailable.right)}
        Take away ${commas (map single unavailable.right)}.'';
    }
  ];

  warnings =
    lib.optional (!cfg.security)
      "${own "security"} is off: a production server should always have its security modules. Set it to true."
    ++
      lib.optional (alphaIsOn && cfg.profile != "development")
        ''${own "alpha"} is on: experimental modules do not belong on a production server. Set it to false, or ${own "profile"} to "development".''
    ++
      lib.optional (release.status == "newer")
        "Prosody ${prosody.package.version} is newer than what is known here, and taken as ${release.version}. Update prosody-stability, or set ${own "release"}."
    ++
      lib.optional (coreOff != [ ])
        "Core modules are off, and every client relies on them: ${commas coreOff}. Take away ${commas (map single coreOff)}."
    ++ lib.optional (unavailable.wrong != [ ]) ''
      The flags ask for modules that Prosody ${release.version} cannot load, so they are left out:${list (map explained unavailable.wrong)}
      Set ${single "<name>"} = false to hear no more of one.''
    ++ lib.optional (pulledIn != [ ]) ''
      Modules load past the flags, because others load them along:${list (map explained pulledIn)}
      ${own "enforce"} = true keeps out what is only asked for; for the rest, switch off by name what needs it.''
    ++ lib.optional (clashes != [ ]) ''
      Modules do not work beside each other:${list clashes}
      Switch one of them off, in ${own "modules"} or ${theirs "modules"}.''
    ++ map aboutUpload uploads
    ++
      lib.optional (!isOurPackage && lacking != [ ])
        "${theirs "package"} is set and seems to lack community modules that load: ${commas lacking}. Give it withOnlyInstalledCommunityModules = config.${own "communityModules"}.";
}
