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
  # A text that is one of some names. Not an enumeration, which suggests nothing.
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

  # What holds where nobody sets the flag: its former name, the profile, or the inventory's default.
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
      description = "${description}; `${env}` in the environment.${lib.optionalString (isLevel name) " A list of categories enables the modules of these only."}";
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

  # What a single host may have otherwise. `null` leaves it as it is for the server.
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
  enable = lib.mkEnableOption "the choice of Prosody's modules by their stability";

  profile = profileOption ''
    A named set of values for the flags. A flag that is set beside it wins.
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
      Modules of the inventory by name: `true` loads one and `false` keeps it off, whatever the flags say.
    '';
  };

  virtualHosts = mkOption {
    type = types.attrsOf (types.submodule { options = ofHost; });
    default = { };
    example."chat.example.org".beta = false;
    description = ''
      What holds for single virtual hosts, by their names in {option}`services.prosody.virtualHosts`, instead of what
      holds for the server.
    '';
  };

  components = mkOption {
    type = types.attrsOf (types.submodule { options = ofHost; });
    default = { };
    example."conference.example.org".modules.muc_moderation = true;
    description = ''
      The same for components, by their addresses: those of {option}`services.prosody.muc` and of the upload service. A
      component loads what it inherits from the server, as far as the flags allow, and the modules that are enabled
      here. These may be modules for rooms, which the inventory does not have.
    '';
  };

  release = mkOption {
    type = types.nullOr (nameOf releases);
    default = null;
    apply =
      release: if release == null then null else oneOf "${path}.release" "release" releases release;
    example = lib.last releases;
    description = ''
      The Prosody release to assume. It determines which modules exist and what they depend on. `null` takes that of
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
      More names for Prosody's `modules_disabled`, beside those that `enforce` keeps out. Set it here and not in
      {option}`services.prosody.extraConfig`: of several lists Prosody takes the last one only.
    '';
  };

  package = lib.mkPackageOption pkgs "prosody-stability" {
    nullable = true;
    default = null;
    example = "inputs.prosody-stability.packages.\${pkgs.system}.default";
    extraDescription = ''
      It is the command, which `rehearse`, `reviewSchedule` and the full review before a switch need. With `null`
      none is built for this machine, and the checks do with a shell.
    '';
  };

  resolution =
    readOnly (types.attrsOf (types.attrsOf types.str)) cfg.computed.resolution
      "what happens to each module"
      ''
        For every module its `name` in Prosody, its `stability`, its `state` (`load`, `component`, `pulled-in`,
        `unavailable`, `off`) and `why`.
      '';

  effectiveModules =
    readOnly (types.listOf types.str) cfg.computed.effectiveModules "all that Prosody is told to load"
      ''
        The modules that Prosody is told to load in the end, in the global section and as upload components,
        whoever enabled them. Their dependencies are not listed.
      '';

  communityModules =
    readOnly (types.listOf types.str) cfg.computed.communityModules "what the modules need"
      ''
        The community modules that {option}`services.prosody.package` must contain. They are added to whatever
        package is set, unless that takes no `withOnlyInstalledCommunityModules`.
      '';

  profileLine = readOnly types.str cfg.computed.profileLine "the counts" ''
    How many modules of each group load, in one line.
  '';

  hosts =
    readOnly (types.attrsOf types.raw) cfg.computed.byHost
      "what happens on each host with settings of its own"
      ''
        For each virtual host and component that has settings of its own: the `component` it is made of, the `modules`
        that it is told to load, its `resolution` and its `profileLine`.
      '';

  computed = mkOption {
    type = types.raw;
    internal = true;
    readOnly = true;
    visible = false;
    default = import ./computed.nix { inherit config lib options; };
    description = "What the parts of this module work with.";
  };
}
// lib.mapAttrs flag inventory.flags
// lib.mapAttrs formerFlag inventory.renamedFlags
// import ./operation-options.nix { inherit cfg lib options; }
