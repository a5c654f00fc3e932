# A stand-in for the packages that this flake uses. It builds with /bin/sh and what the machine has, and marks as
# absent what it cannot offer (Rust, nixfmt, virtual machines): a derivation that needs such a tool is evaluated
# in full, its script is parsed, and building it only says that it was reduced.
{
  lib,
  nixosSystem,
  system,
}:
let
  # The real command line, if a test has put it here.
  cli = ./bin/prosody-stability;

  inputsOf =
    args:
    (args.nativeBuildInputs or [ ]) ++ (args.buildInputs or [ ]) ++ (args.nativeCheckInputs or [ ]);

  mkDerivation =
    args:
    let
      inputs = inputsOf args;
      missing = map (input: input.name) (builtins.filter (input: input.absent or false) inputs);
      isReduced = missing != [ ];
      name = args.name or "${args.pname}-${args.version}";
      scripts = builtins.concatStringsSep "\n" (
        map (phase: args.${phase} or "") [
          "buildCommand"
          "buildPhase"
          "checkPhase"
          "installPhase"
          "postInstall"
        ]
      );
      builder =
        if isReduced then
          ''
            PATH=/usr/bin:/bin
            printf '%s\n' "$scripts" > script
            sh -n script
            echo "$name: reduced, the stand-in lacks: $missing" | tee "$out"
          ''
        else
          ''. "$setup"'';
      environment = removeAttrs args [
        "meta"
        "passthru"
        "nativeBuildInputs"
        "buildInputs"
        "nativeCheckInputs"
      ];
      drv = derivation (
        environment
        // {
          inherit name system;
          builder = "/bin/sh";
          args = [
            "-euc"
            builder
          ];
          setup = ./setup.sh;
        }
        // (
          if isReduced then { inherit missing scripts; } else { inputs = map (input: "${input}") inputs; }
        )
      );
    in
    drv
    // {
      meta = args.meta or { };
      # What is reduced is no help to others.
      reduced = isReduced;
      absent = isReduced;
      overrideAttrs = change: mkDerivation (args // change args);
    }
    // (args.passthru or { });

  absent =
    name:
    mkDerivation {
      inherit name;
      buildCommand = "mkdir $out";
      passthru.absent = true;
    };

  makeOverridable =
    f: args:
    f args
    // {
      override = {
        __functor =
          _: changes:
          makeOverridable f (args // (if builtins.isFunction changes then changes args else changes));
        __functionArgs = builtins.functionArgs f;
      };
    };

  callPackageWith =
    scope: fileOrFunction: args:
    let
      f = if builtins.isFunction fileOrFunction then fileOrFunction else import fileOrFunction;
      wanted = builtins.functionArgs f;
      found = builtins.intersectAttrs wanted scope;
      lacking = builtins.filter (name: !wanted.${name} && !(found ? ${name}) && !(args ? ${name})) (
        builtins.attrNames wanted
      );
    in
    if lacking != [ ] then
      throw "the stand-in for nixpkgs has no ${builtins.concatStringsSep ", " lacking}"
    else
      makeOverridable f (found // args);

  pkgs = {
    inherit lib pkgs;
    # Where the package set, and NixOS with it, comes from.
    path = ./.;

    callPackage = callPackageWith pkgs;
    newScope = more: callPackageWith (pkgs // more);

    stdenv = {
      inherit mkDerivation;
      hostPlatform = {
        inherit system;
        isLinux = true;
      };
      buildPlatform = {
        inherit system;
        isLinux = true;
        canExecute = platform: platform.system == system;
      };
    };

    runCommand =
      name: environment: buildCommand:
      mkDerivation (environment // { inherit name buildCommand; });

    runCommandLocal = pkgs.runCommand;

    writeText =
      name: text:
      mkDerivation {
        inherit name text;
        passAsFile = [ "text" ];
        buildCommand = ''cp "$textPath" "$out"'';
      };

    # Only what the review before a switch compares lists with.
    coreutils = mkDerivation {
      name = "coreutils";
      buildCommand = ''
        mkdir -p "$out/bin"
        ln -s "$(command -v comm)" "$out/bin/comm"
      '';
    };

    mkShell =
      args:
      mkDerivation (
        removeAttrs args [
          "packages"
          "inputsFrom"
        ]
        // {
          name = "shell";
          nativeBuildInputs = (args.packages or [ ]) ++ builtins.concatMap inputsOf (args.inputsFrom or [ ]);
          buildCommand = "mkdir $out";
        }
      );

    rustPlatform.buildRustPackage =
      args:
      let
        lock = lib.importTOML args.cargoLock.lockFile;
        # A package from a registry must have a checksum, or nothing could fetch it.
        isLocked = package: !(package ? source) || package ? checksum;
        unlocked = builtins.filter (package: !(isLocked package)) lock.package;
      in
      if unlocked != [ ] then
        throw "Cargo.lock: no checksum for ${(builtins.head unlocked).name}"
      else
        mkDerivation (
          removeAttrs args [ "cargoLock" ]
          // {
            nativeBuildInputs = (args.nativeBuildInputs or [ ]) ++ (if hasCli then [ ] else rust);
            installPhase =
              args.installPhase or ''
                mkdir -p $out/bin
                cp "$cli" $out/bin/${args.pname}
                eval "$postInstall"
              '';
          }
          // (if hasCli then { inherit cli; } else { })
        );

    installShellFiles = mkDerivation {
      name = "install-shell-files";
      buildCommand = ''
        mkdir -p $out/nix-support
        cp ${./install-shell-files.sh} $out/nix-support/setup-hook
      '';
    };

    prosody = makeOverridable (import ./prosody.nix { inherit mkDerivation; }) { };

    testers.runNixOSTest = import ./vm-test.nix { inherit nixosSystem pkgs system; };
  }
  // lib.genAttrs [
    "cargo"
    "clippy"
    "lua5_4"
    "nix"
    "nixfmt"
    "nixfmt-tree"
    "openssl"
    "python3"
    "rust-analyzer"
    "rustc"
    "rustfmt"
  ] absent;

  hasCli = builtins.pathExists cli;
  rust = [
    pkgs.cargo
    pkgs.rustc
  ];
in
pkgs
