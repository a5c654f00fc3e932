# The resolution for this machine: the selection from our options, and what services.prosody makes of it.
{
  config,
  lib,
  options,
}:
let
  inventory = import ./inventory.nix;
  inherit (resolution) find resolve unique;
  resolution = import ./resolution.nix inventory;

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

  origin =
    flag: _:
    let
      priority = options.services.prosody-stability.${flag}.highestPrio;
    in
    if priority >= (lib.mkOptionDefault null).priority then
      "default"
    else if cfg.profile != null && priority == (lib.mkDefault null).priority then
      "profile ${cfg.profile}"
    else
      "set";

  # The old upstream module has two services for uploads. The new one refuses to say anything of the first.
  isOld = !(options.services.prosody ? checkConfig);
  components =
    lib.optional (prosody.httpFileShare != null) "http_file_share"
    ++ lib.optional (isOld && prosody.uploadHttp != null) "http_upload";

  enabled =
    lib.filter (name: prosody.modules.${name}) (lib.attrNames prosody.modules)
    ++ prosody.extraModules
    ++ prosody.package.communityModules or [ ];

  # Pairs of a module of the inventory and another one that it does not work beside.
  clashes = lib.concatMap (
    name: map (clash: clash // { inherit name; }) (inventory.modules.${name}.clashes or [ ])
  ) (lib.attrNames inventory.modules);
in
resolve {
  inherit (release) version;
  inherit (cfg) enforce;
  selection = {
    flags = builtins.intersectAttrs inventory.flags cfg;
    origins = lib.mapAttrs origin inventory.flags;
    inherit (cfg) modules;
  };
  actual = { inherit enabled components; };
}
// {
  inherit
    clashes
    components
    enabled
    release
    ;
  effectiveModules = unique (enabled ++ components);
}
