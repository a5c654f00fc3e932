# The Prosody of this nixpkgs can be recorded, and modules can be resolved for it.
{
  runCommand,
  callPackage,
  prosody-stability,
}:
let
  release = callPackage ../snapshot.nix { inherit prosody-stability; };
in
runCommand "snapshot" { nativeBuildInputs = [ prosody-stability ]; } ''
  prosody-stability resolve --release ${release} > $out
''
