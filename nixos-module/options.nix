# The options of services.prosody-stability, and what is computed from them.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  inventory = import ./inventory.nix;
  cfg = config.services.prosody-stability;

  # beta and alpha are levels of stability as well, and levels are rolled out by category.
  rollout = types.either types.bool (types.listOf (types.enum (lib.attrNames inventory.categories)));
  flag =
    name:
    {
      description,
      default,
      env,
      ...
    }:
    let
      isLevel = inventory.stabilities ? ${name};
    in
    mkOption {
      type = if isLevel then rollout else types.bool;
      inherit default;
      description = "${description}; `${env}` in the environment.${lib.optionalString isLevel " A list of categories switches on the modules of these only."}";
    }
    // lib.optionalAttrs isLevel { example = [ "security" ]; };

  # One for all, as making a type costs.
  override = types.nullOr types.bool;
  module =
    _: module:
    mkOption {
      type = override;
      default = null;
      description = ''
        ${module.purpose}. Category ${module.category}, stability ${module.stability}, ${
          if module.flags == [ ] then "always on" else "needs ${lib.concatStringsSep " and " module.flags}"
        }. `true` loads it and `false` keeps it off, whatever the flags say.
      '';
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
  options.services.prosody-stability = {
    enable = lib.mkEnableOption "the choice of Prosody's modules by their stability";

    profile = mkOption {
      type = types.nullOr (types.enum (lib.attrNames inventory.profiles));
      default = null;
      example = "community";
      description = ''
        A named set of values for the flags. A flag that is set beside it wins.
        ${lib.concatStringsSep "\n" (
          lib.mapAttrsToList (name: profile: "`${name}`: ${profile.description}") inventory.profiles
        )}
      '';
    };

    modules = lib.mapAttrs module inventory.modules;

    release = mkOption {
      type = types.nullOr (types.enum (lib.attrNames inventory.releases));
      default = null;
      description = ''
        The release of Prosody whose facts hold: which modules there are, and what they load along. `null` takes
        that of {option}`services.prosody.package`.
      '';
    };

    enforce = mkOption {
      type = types.bool;
      default = true;
      description = ''
        Whether modules of the inventory that are off, but that others load along when nothing forbids it, are kept
        out by Prosody's `modules_disabled`. A module that another one cannot do without is never kept out.
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

    package = mkOption {
      type = types.package;
      default = pkgs.callPackage ../nix/package.nix { };
      defaultText = lib.literalMD "the package of this repository";
      description = "The command `prosody-stability`, for what looks at a package, a switch or a running server.";
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
          whoever asked for them. What these load along is not listed.
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

    computed = mkOption {
      type = types.raw;
      internal = true;
      readOnly = true;
      visible = false;
      default = import ./computed.nix { inherit config lib options; };
      description = "What the other modules of this service work with.";
    };
  }
  // lib.mapAttrs flag inventory.flags;
}
