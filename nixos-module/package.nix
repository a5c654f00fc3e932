# The expected community modules and the Lua libraries that they use, added to the package. What the package already
# has is kept.
{
  cfg,
  computed,
  lib,
  prosody,
  ...
}:
let
  inherit (computed) communityModules luaPackages;
  argument = "withOnlyInstalledCommunityModules";
  forLibraries = "withExtraLuaPackages";
  takes = argument: package: package ? override && lib.functionArgs package.override ? ${argument};
  takesModules = takes argument;
  # What the package is to hold depends on its version, so no more than that may be asked of it here.
  addTo =
    package:
    package.override (
      former:
      let
        own = former.${argument} or [ ];
      in
      {
        ${argument} = own ++ lib.subtractLists own communityModules;
      }
      // lib.optionalAttrs (takes forLibraries package) {
        ${forLibraries} =
          available:
          let
            own = (former.${forLibraries} or (_: [ ])) available;
          in
          own
          ++ lib.subtractLists own (
            map (name: available.${name}) (lib.filter (name: available ? ${name}) luaPackages)
          );
      }
    );

  # A package that takes no modules may bring them all the same: its last phase lists what it copies.
  inherit (prosody) package;
  script = package.postInstall or "";
  isInstalled = name: builtins.replaceStrings [ "/mod_${name} " ] [ "" ] script != script;
  lacking = lib.filter (name: !(isInstalled name)) communityModules;
in
{
  withModules = package: if cfg.enable && takesModules package then addTo package else package;
  warnings =
    lib.optional (!(takesModules package) && lacking != [ ])
      "services.prosody.package is set to a package that does not support ${argument}, and seems to lack community modules that load: ${lib.concatStringsSep ", " lacking}. Make it contain config.services.prosody-stability.communityModules.";
}
