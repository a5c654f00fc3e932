# A machine with services.prosody and this repository's module, evaluated as a NixOS configuration is.
#
# The stand-ins in tests/nixpkgs-stub serve for nixpkgs, unless the environment names the real ones: NIXPKGS_LIB a
# folder with nixpkgs' `lib`, PROSODY_NIX a services.prosody module, JITSI_NIX a services.jitsi-meet module.
{
  # "old" or "new": which services.prosody, and with it which Prosody.
  upstream ? "new",
  # What the machine's owner writes.
  modules ? [ ],
  # The version of pkgs.prosody, where it is not the one of that time.
  version ? null,
  # Whether Jitsi Meet, which enables Prosody, is enabled as well.
  jitsi ? false,
  # Whether services.prosody checks its configuration by building it, where it can. The text cannot be read then.
  checked ? false,
  # Whether what is built for the machine runs on the machine that builds.
  canExecute ? true,
  # Whether NixOS can check a system before it switches to it, as it can from 24.11 on.
  hasSwitchChecks ? upstream != "old",
}:
let
  named = builtins.getEnv "NIXPKGS_LIB";
  lib = if named == "" then import ../nixpkgs-stub/lib else import (/. + named);

  prosodyModule = builtins.getEnv "PROSODY_NIX";
  prosodyIn = {
    old = ../nixpkgs-stub/services-prosody/old.nix;
    new = ../nixpkgs-stub/services-prosody/new.nix;
    real = /. + prosodyModule;
  };

  namedJitsi = builtins.getEnv "JITSI_NIX";
  jitsiModules = [
    (if namedJitsi == "" then ../nixpkgs-stub/jitsi-meet.nix else /. + namedJitsi)
    {
      services.jitsi-meet = {
        enable = true;
        hostName = "meet.example.org";
      };
    }
  ]
  # The real one sets a web server and much else. (The stand-in's module system knows no such switch.)
  ++ lib.optional (namedJitsi != "") { _module.check = false; };

  fakePackage =
    name: fields:
    {
      type = "derivation";
      inherit name;
      outPath = "/nix/store/00000000000000000000000000000000-${name}";
    }
    // fields;

  # As nixpkgs' package does: an attribute lists what is enabled with it, its last phase what is copied.
  prosody =
    {
      version,
      withCommunityModules ? [ ],
      withOnlyInstalledCommunityModules ? [ ],
      withExtraLuaPackages ? _: [ ],
    }@arguments:
    fakePackage "prosody-${version}" {
      inherit version;
      meta.mainProgram = "prosody";
      communityModules = withCommunityModules;
      luaPackages = withExtraLuaPackages {
        cjson = "cjson";
        luaossl = "luaossl";
      };
      installed = withCommunityModules ++ withOnlyInstalledCommunityModules;
      postInstall = lib.concatMapStrings (name: ''
        cp -r modules/mod_${name} $out/lib/prosody/modules/
      '') (withCommunityModules ++ withOnlyInstalledCommunityModules);
      override = {
        __functor =
          _: changes:
          prosody (arguments // (if builtins.isFunction changes then changes arguments else changes));
        __functionArgs = builtins.functionArgs prosody;
      };
    };

  pkgs = {
    inherit lib;
    stdenv = {
      buildPlatform.canExecute = _: canExecute;
      hostPlatform = { };
    };
    cacert = fakePackage "cacert" { };
    coreutils = fakePackage "coreutils" { };
    envsubst = fakePackage "envsubst" { };
    jitsi-meet-prosody = fakePackage "jitsi-meet-prosody" { };
    mailcap = fakePackage "mailcap" { };
    prosody = prosody {
      version =
        if version != null then
          version
        else if machine.options.services.prosody ? checkConfig then
          "13.0.7"
        else
          "0.12.4";
    };
    writeText = name: text: fakePackage name { inherit text; };
    openssl = fakePackage "openssl" { };
    runCommand =
      name: environment: script:
      fakePackage name { inherit environment script; };
    runCommandLocal = pkgs.runCommand;
    prosody-stability = fakePackage "prosody-stability" { };
  };

  # The other options of a NixOS configuration: they only take values, which have no effect.
  anything = lib.mkOption {
    type = lib.types.attrsOf lib.types.raw;
    default = { };
  };
  list = lib.mkOption {
    type = lib.types.listOf lib.types.raw;
    default = [ ];
  };
  rest =
    { lib, ... }:
    {
      options = {
        assertions = list;
        warnings = lib.mkOption {
          type = lib.types.listOf lib.types.str;
          default = [ ];
        };
        environment = {
          systemPackages = list;
          etc = lib.mkOption {
            type = lib.types.attrsOf (
              lib.types.submodule (
                { config, ... }:
                {
                  options = {
                    text = lib.mkOption {
                      type = lib.types.nullOr lib.types.lines;
                      default = null;
                    };
                    source = lib.mkOption { type = lib.types.raw; };
                  };
                  config.source = lib.mkIf (config.text != null) (
                    lib.mkDefault (pkgs.writeText "etc-file" config.text)
                  );
                }
              )
            );
            default = { };
          };
        };
        system = {
          checks = list;
        }
        // lib.optionalAttrs hasSwitchChecks { preSwitchChecks = anything; };
        # A module may add to the unit of another one.
        systemd.services = lib.mkOption {
          type = lib.types.attrsOf (lib.types.attrsOf lib.types.unspecified);
          default = { };
        };
        systemd.timers = anything;
        users.users = anything;
        users.groups = anything;
        meta = anything;
      };
      options.ids = {
        uids = anything;
        gids = anything;
      };
      config.ids = {
        uids.prosody = 1;
        gids.prosody = 1;
      };
    };

  # Unchecked, the text of the configuration can be read without building it.
  unchecked =
    { lib, options, ... }:
    {
      config.services.prosody = lib.optionalAttrs (!checked && options.services.prosody ? checkConfig) {
        checkConfig = false;
      };
    };

  machine = lib.evalModules {
    specialArgs = { inherit pkgs; };
    class = "nixos";
    modules = [
      rest
      unchecked
      prosodyIn.${upstream}
    ]
    ++ lib.optionals jitsi jitsiModules
    ++ modules;
  };
  inherit (machine) config;
  etc = config.environment.etc."prosody/prosody.cfg.lua";
in
{
  inherit lib pkgs;
  inherit (machine) config extendModules options;
  cfg = config.services.prosody-stability;
  failures = map (a: a.message) (builtins.filter (a: !a.assertion) config.assertions);
  inherit (config) warnings;
  text = if machine.options.services.prosody ? checkConfig then etc.source.text else etc.text;
  # The modules that services.prosody enables, by its switches and its list, by real name and sorted.
  enabledModules = lib.sort (a: b: a < b) (
    lib.attrNames (lib.filterAttrs (_: isOn: isOn) config.services.prosody.modules)
    ++ config.services.prosody.extraModules
  );
}
