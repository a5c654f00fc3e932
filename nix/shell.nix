# What it takes to work on this repository.
{
  mkShell,
  callPackage,
  clippy,
  lua5_4,
  nixfmt,
  rust-analyzer,
  rustfmt,
}:
mkShell {
  inputsFrom = [ (callPackage ./package.nix { }) ];
  packages = [
    clippy
    lua5_4
    nixfmt
    rust-analyzer
    rustfmt
  ];
}
