# Every generated file is what the command writes today.
{
  lib,
  runCommand,
  prosody-stability,
}:
runCommand "generated"
  {
    nativeBuildInputs = [ prosody-stability ];
    src = lib.fileset.toSource {
      root = ../..;
      fileset = lib.fileset.unions [
        ../../docs
        ../../inventory
        ../../nixos-module/inventory.nix
      ];
    };
  }
  ''
    cd $src
    prosody-stability emit --output nixos-module/inventory.nix --check
    prosody-stability emit --format markdown --matrix matrix.svg --output docs/guide.md --check
    prosody-stability emit --format svg --output docs/matrix.svg --check
    for schema in inventory/schema/*.json; do
      [ -e "$schema" ] || continue
      form=$(basename "$schema" .json)
      prosody-stability schema "$form" | diff -u "$schema" - || {
        echo "$schema is not up to date; run: prosody-stability schema $form > $schema" >&2
        exit 1
      }
    done
    touch $out
  ''
