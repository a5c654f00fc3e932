# The options of services.prosody-stability.
{
  cfg,
  config,
  inventory,
  lib,
  options,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  inherit (import ./names.nix { inherit lib; }) oneOf;
  path = "services.prosody-stability";

  quoted = lib.concatMapStringsSep ", " builtins.toJSON;
  # A string that is one of some names. Not an enumeration, which would suggest no name.
  nameOf = names: types.str // { description = "one of ${quoted names}"; };
  categories = lib.attrNames inventory.categories;
  profiles = lib.attrNames inventory.profiles;
  releases = lib.attrNames inventory.releases;

  # beta and alpha are levels of stability as well, and levels are rolled out by category.
  isLevel = name: inventory.stabilities ? ${name};
  rollout = types.either types.bool (types.listOf (nameOf categories));
  typeOf = name: if isLevel name then rollout else types.bool;
  checked =
    option: value:
    if lib.isList value then map (oneOf "${path}.${option}" "category" categories) value else value;

  # The value where the flag is not set: that of its former name, the profile, or the inventory's default.
  formerNames = lib.attrNames inventory.renamedFlags;
  defaultOf =
    name: default:
    let
      isSet = former: inventory.renamedFlags.${former} == name && cfg.${former} != null;
      set = lib.filter isSet formerNames;
    in
    if set != [ ] then
      cfg.${lib.head set}
    else if cfg.profile != null then
      inventory.profiles.${cfg.profile}.flags.${name}
    else
      default;

  flag =
    name:
    {
      description,
      default,
      env,
      ...
    }:
    mkOption {
      type = typeOf name;
      default = defaultOf name default;
      defaultText = lib.literalMD "the value of the profile, `${builtins.toJSON default}` without one";
      apply = checked name;
      example = if isLevel name then [ "security" ] else !default;
      description = "${description} (`${env}` in the environment).${lib.optionalString (isLevel name) " A list limits it to these categories."}";
    };

  profileOption =
    description:
    mkOption {
      type = types.nullOr (nameOf profiles);
      default = null;
      apply =
        profile: if profile == null then null else oneOf "${path}.profile" "profile" profiles profile;
      example = "community";
      inherit description;
    };

  # What can be set for a single host. `null` keeps the setting of the server.
  ofHost = {
    profile = profileOption "A named set of values for the flags, on this host.";
    modules = mkOption {
      type = types.attrsOf (types.nullOr types.bool);
      default = { };
      example.cloud_notify = false;
      description = "Modules to enable or disable on this host, whatever the flags say.";
    };
  }
  // lib.mapAttrs (
    name:
    { description, default, ... }:
    mkOption {
      type = types.nullOr (typeOf name);
      default = null;
      apply = checked name;
      example = !default;
      description = "${description}, on this host.";
    }
  ) inventory.flags;

  formerFlag =
    name: now:
    mkOption {
      type = types.nullOr (typeOf now);
      default = null;
      apply = checked name;
      visible = false;
      description = "The former name of `${now}`.";
    };

  readOnly =
    type: value: text: description:
    mkOption {
      inherit type description;
      readOnly = true;
      default = value;
      defaultText = lib.literalMD text;
    };
in
{
  enable = lib.mkEnableOption "the selection of Prosody's modules by stability";

  profile = profileOption ''
    A named set of values for the flags. Individual flags override it.
    ${lib.concatStringsSep "\n" (
      lib.mapAttrsToList (name: profile: "`${name}`: ${profile.description}") inventory.profiles
    )}
  '';

  modules = mkOption {
    type = import ./overrides.nix { inherit inventory lib; };
    default = { };
    example = {
      cloud_notify = false;
      server_contact_info = true;
    };
    description = ''
      Modules of the inventory by name: `true` enables and `false` disables a module, whatever the flags say.
    '';
  };

  virtualHosts = mkOption {
    type = types.attrsOf (types.submodule { options = ofHost; });
    default = { };
    example."chat.example.org".beta = false;
    description = ''
      Settings for single virtual hosts, by their names in {option}`services.prosody.virtualHosts`. They override
      the settings for the server.
    '';
  };

  components = mkOption {
    type = types.attrsOf (types.submodule { options = ofHost; });
    default = { };
    example."conference.example.org".modules.muc_moderation = true;
    description = ''
      Settings for single components, by address: those of {option}`services.prosody.muc` and of the upload service. A
      component loads what it inherits from the server, as far as the flags allow, and the modules that are enabled
      here. These may also be modules for rooms, which are not in the inventory.
    '';
  };

  release = mkOption {
    type = types.nullOr (nameOf releases);
    default = null;
    apply =
      release: if release == null then null else oneOf "${path}.release" "release" releases release;
    example = lib.last releases;
    description = ''
      The Prosody release to assume. It determines which modules exist and what they depend on. `null` uses that of
      {option}`services.prosody.package`.
    '';
  };

  enforce = mkOption {
    type = types.bool;
    default = true;
    example = false;
    description = ''
      Whether to keep out optional dependencies whose flags are off, using Prosody's `modules_disabled`. A module that
      another one requires is never kept out.
    '';
  };

  modulesDisabled = mkOption {
    type = types.listOf types.str;
    default = [ ];
    example = [ "s2s" ];
    description = ''
      More names for Prosody's `modules_disabled`, in addition to those that `enforce` keeps out. Set it here and not
      in {option}`services.prosody.extraConfig`, since Prosody uses only the last of several lists.
    '';
  };

  package = lib.mkPackageOption pkgs "prosody-stability" {
    nullable = true;
    default = null;
    example = "inputs.prosody-stability.packages.\${pkgs.system}.default";
    extraDescription = ''
      This is the command that `rehearse`, `reviewSchedule` and the full review before a switch need. With `null`
      it is not built for this machine, and the checks only use a shell.
    '';
  };

  resolution =
    readOnly (types.attrsOf (types.attrsOf types.str)) cfg.computed.resolution
      "what happens to each module"
      ''
        For every module its `name` in Prosody, its `stability`, its `state` (`load`, `component`, `pulled-in`,
        `unavailable`, `off`) and `reason`.
      '';

  effectiveModules =
    readOnly (types.listOf types.str) cfg.computed.effectiveModules "all modules to load"
      ''
        The modules that Prosody is finally configured to load, in the global section and as upload components,
        whichever option enables them. Their dependencies are not listed.
      '';

  communityModules =
    readOnly (types.listOf types.str) cfg.computed.communityModules "what the modules need"
      ''
        The community modules that {option}`services.prosody.package` must contain. They are added to the
        package, unless it does not support `withOnlyInstalledCommunityModules`.
      '';

  profileLine = readOnly types.str cfg.computed.profileLine "the counts" ''
    How many modules of each group load, in one line.
  '';

  hosts =
    readOnly (types.attrsOf types.raw) cfg.computed.byHost
      "what happens on each host with its own settings"
      ''
        For each virtual host and component with its own settings: the module of the `component`, the `modules` that
        it is configured to load, its `resolution` and its `profileLine`.
      '';

  computed = mkOption {
    type = types.raw;
    internal = true;
    readOnly = true;
    visible = false;
    default = import ./computed.nix { inherit config lib options; };
    description = "Values that the parts of this module share.";
  };
}
// lib.mapAttrs flag inventory.flags
// lib.mapAttrs formerFlag inventory.renamedFlags
// import ./operation-options.nix {
  inherit
    cfg
    inventory
    lib
    options
    ;
}
