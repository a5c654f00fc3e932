# A release file for the Prosody of a package set: what its source bundles, and the community modules that it
# pairs with. The package itself will not do, since it has community modules among its own.
{
  runCommand,
  prosody,
  prosody-stability,
}:
let
  # The package's `passthru` hides the tree of community modules behind the list of the enabled ones.
  community = prosody.drvAttrs.communityModules;
in
runCommand "prosody-${prosody.version}.json"
  {
    nativeBuildInputs = [ prosody-stability ];
    inherit (prosody) version;
    revision = "prosody ${prosody.version}, prosody-modules ${community.rev or "unknown"}";
  }
  ''
    mkdir prosody
    tar -xf ${prosody.src} -C prosody --strip-components=1
    prosody-stability snapshot --prosody prosody --community ${community} \
      --version "$version" --revision "$revision" --output $out
  ''
