# Adds the command to a package set.
final: _: {
  prosody-stability = final.callPackage ./package.nix { };
}
