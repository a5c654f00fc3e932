# The Rust and the Nix code as their formatters leave them.
{
  lib,
  runCommand,
  cargo,
  rustfmt,
  nixfmt,
}:
runCommand "format"
  {
    nativeBuildInputs = [
      cargo
      rustfmt
      nixfmt
    ];
    src = lib.fileset.toSource {
      root = ../..;
      fileset = lib.fileset.unions [
        ../../Cargo.lock
        ../../Cargo.toml
        ../../examples
        ../../flake.nix
        ../../nix
        ../../nixos-module
        ../../src
        ../../templates
        ../../tests
        (lib.fileset.maybeMissing ../../benches)
      ];
    };
  }
  ''
    cd $src
    export CARGO_HOME=$TMPDIR
    cargo fmt --check
    find . -name '*.nix' -exec nixfmt --check {} +
    touch $out
  ''
