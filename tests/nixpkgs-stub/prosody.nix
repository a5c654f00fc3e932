# A package that has the outside of Prosody's: a version, a source archive, a tree of community modules that only
# the derivation's own attributes still name, and a switch that installs some of them.
{ mkDerivation }:
{
  version ? "13.0.7",
  withCommunityModules ? [ ],
  withOnlyInstalledCommunityModules ? [ ],
  withExtraLuaPackages ? _: [ ],
}:
let
  communityModules = mkDerivation {
    name = "prosody-modules";
    rev = "0123456789ab";
    buildCommand = ''
      mkdir -p $out/mod_firewall
      echo 'module:depends("mam");' > $out/mod_firewall/mod_firewall.lua
      printf -- '---\nlabels:\n- Stage-Stable\n---\n' > $out/mod_firewall/README.md
    '';
  };
in
mkDerivation {
  pname = "prosody";
  inherit version;
  src = mkDerivation {
    name = "prosody-${version}.tar.gz";
    buildCommand = ''
      mkdir -p prosody-${version}/plugins
      for module in roster saslauth tls mam carbons; do
          echo 'module:add_feature("urn:example:'$module'");' > prosody-${version}/plugins/mod_$module.lua
      done
      tar -czf "$out" prosody-${version}
    '';
  };
  inherit communityModules;
  installPhase = ''
    mkdir -p $out/lib/prosody/modules
    eval "$postInstall"
  '';
  postInstall = builtins.concatStringsSep "" (
    map (name: "cp -r ${communityModules}/mod_${name} $out/lib/prosody/modules/\n") (
      withCommunityModules ++ withOnlyInstalledCommunityModules
    )
  );
  passthru.communityModules = withCommunityModules;
}
