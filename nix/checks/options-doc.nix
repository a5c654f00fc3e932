# docs/options.md describes the options that the module declares today.
{ runCommand, options-doc }:
runCommand "options-doc" { } ''
  diff -u ${../../docs/options.md} ${options-doc} || {
    echo "docs/options.md is not up to date; run: nix build .#options-doc && cat result > docs/options.md" >&2
    exit 1
  }
  touch $out
''
