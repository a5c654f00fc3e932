# What each NixOS machine of a flake runs as Prosody, for `prosody-stability diff`: from `nixosConfigurations`, by
# evaluation alone. `prosody-stability schema plans` describes the result. The command hands this text to `nix eval`
# for any flake, so it needs no other file, and takes the names of the flags.
flags: configurations:
let
  inherit (builtins)
    attrNames
    concatLists
    concatMap
    deepSeq
    filter
    isAttrs
    isFunction
    isList
    isPath
    isString
    listToAttrs
    map
    mapAttrs
    replaceStrings
    split
    tryEval
    ;

  keep =
    names: set:
    builtins.intersectAttrs (listToAttrs (
      map (name: {
        inherit name;
        value = null;
      }) names
    )) set;
  keepIf = holds: set: removeAttrs set (filter (name: !(holds set.${name})) (attrNames set));
  # A plan says what there is. It needs nothing of it, so nothing of it is built.
  text = value: builtins.unsafeDiscardStringContext "${value}";
  # Settings as JSON: without functions, without what is not set, and of a package no more than its place.
  plain =
    value:
    if isString value || isPath value || isAttrs value && value ? outPath then
      text value
    else if isList value then
      map plain value
    else if isAttrs value then
      mapAttrs (_: plain) (keepIf (inner: inner != null && !(isFunction inner)) value)
    else
      value;

  # Where services.prosody checks its configuration by building it, its text cannot be read without a build.
  unchecked =
    { lib, options, ... }:
    {
      config = lib.optionalAttrs (options ? services.prosody.checkConfig) {
        services.prosody.checkConfig = lib.mkOverride 0 false;
      };
    };

  configurationIn =
    etc:
    let
      file = etc."prosody/prosody.cfg.lua" or { };
      source = file.source or null;
    in
    if file.text or null != null then
      text file.text
    else if isPath source then
      text (builtins.readFile source)
    else if isAttrs source && isString (source.text or null) then
      text source.text
    else
      null;

  # The last phase of the package lists what it copies. Of one that says nothing, nothing is known.
  installedIn =
    package:
    let
      copied = filter isList (split "/mod_([a-zA-Z0-9_]+)[[:space:]]" (text (package.postInstall or "")));
      all = map text (package.communityModules or [ ]) ++ concatLists copied;
    in
    if !(package ? postInstall || package ? communityModules) then
      null
    else
      attrNames (
        listToAttrs (
          map (name: {
            inherit name;
            value = null;
          }) all
        )
      );

  stabilityOf =
    cfg:
    if !(cfg.enable or false) then
      null
    else
      {
        release = plain (cfg.computed.release.version or cfg.release or null);
        profile = cfg.profile or null;
        flags = keep flags cfg;
        modules = plain (cfg.modules or { });
        virtualHosts = plain (cfg.virtualHosts or { });
        components = plain (cfg.components or { });
        enforce = cfg.enforce or true;
        states = mapAttrs (_: module: module.state) (cfg.resolution or { });
        profileLine = cfg.profileLine or null;
        findings = map (finding: {
          code = text finding.code;
          text = text finding.text;
        }) (cfg.computed.messages.findings or [ ]);
      };

  serverIn =
    config:
    let
      cfg = config.services.prosody or { };
    in
    if !(cfg.enable or false) then
      null
    else
      {
        version = text (cfg.package.version or "");
        configuration = configurationIn config.environment.etc;
        communityModules = installedIn cfg.package;
        stability = stabilityOf (config.services.prosody-stability or { });
      };

  failing =
    assertion:
    let
      holds = tryEval assertion.assertion;
      message = tryEval (text assertion.message);
    in
    if holds.success && holds.value then
      [ ]
    else if holds.success && message.success then
      [ message.value ]
    else
      [ "an assertion cannot be evaluated" ];
  namesProsody = warning: replaceStrings [ "prosody" ] [ "" ] warning != warning;

  ofConfiguration =
    config:
    let
      prosody = serverIn config;
      plan = {
        inherit prosody;
      }
      // (
        # Assertions evaluate all of a machine, so they are read only if there is a server.
        if prosody == null then
          { }
        else
          {
            assertions = concatMap failing (config.assertions or [ ]);
            warnings = filter namesProsody (map text (config.warnings or [ ]));
          }
      );
      evaluated = tryEval (deepSeq plan plan);
    in
    if evaluated.success then evaluated.value else { failed = "its evaluation fails"; };

  # A machine with its containers, each under a name of its own.
  ofMachine =
    name: machine:
    let
      extended =
        if machine ? extendModules then machine.extendModules { modules = [ unchecked ]; } else machine;
      containers = mapAttrs (_: container: container.config or { }) (extended.config.containers or { });
      named = tryEval (deepSeq (attrNames containers) containers);
      inner = if named.success then named.value else { };
      isMachine = tryEval (isAttrs machine && machine ? config);
      at = name: value: { inherit name value; };
    in
    if !isMachine.success then
      [ (at name { failed = "its evaluation fails"; }) ]
    else if !isMachine.value then
      [ (at name { failed = "it is no NixOS configuration"; }) ]
    else
      [ (at name (ofConfiguration extended.config)) ]
      ++ map (other: at "${name}/${other}" (ofConfiguration inner.${other})) (attrNames inner);
in
{
  kind = "plans";
  schemaVersion = 1;
  machines = listToAttrs (
    concatMap (name: ofMachine name configurations.${name}) (attrNames configurations)
  );
}
