# The command `prosody-stability`, with its manual pages and completions.
{
  lib,
  stdenv,
  rustPlatform,
  installShellFiles,
}:
let
  manifest = (lib.importTOML ../Cargo.toml).package;
in
rustPlatform.buildRustPackage {
  pname = manifest.name;
  inherit (manifest) version;

  # What the build, its tests and clippy read; a change elsewhere rebuilds nothing.
  src = lib.fileset.toSource {
    root = ../.;
    fileset = lib.fileset.unions [
      ../Cargo.lock
      ../Cargo.toml
      ../inventory
      ../src
      ../docs
      ../examples
      ../nixos-module
      ../tests
      ./plans.nix
      (lib.fileset.maybeMissing ../README.md)
      (lib.fileset.maybeMissing ../benches)
    ];
  };

  cargoLock.lockFile = ../Cargo.lock;

  # The other tests want git, Nix, browsers and real servers, which a build does not have: `scripts/test` runs them.
  cargoTestFlags = [ "--lib" ];

  nativeBuildInputs = [ installShellFiles ];

  # The program prints its own manual and completions, so it must run where it is built.
  postInstall = lib.optionalString (stdenv.buildPlatform.canExecute stdenv.hostPlatform) ''
    mkdir manual
    $out/bin/prosody-stability man --dir manual
    installManPage manual/*
    for shell in bash fish zsh; do
      $out/bin/prosody-stability completions $shell > prosody-stability.$shell
      installShellCompletion --cmd prosody-stability --$shell prosody-stability.$shell
    done
  '';

  meta = {
    inherit (manifest) description;
    license = lib.licenses.mit;
    mainProgram = "prosody-stability";
    platforms = lib.platforms.unix;
  };
}
