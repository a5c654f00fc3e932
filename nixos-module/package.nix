# The community modules that are to load, added to whatever package is set: nobody's own choice is lost.
{
  cfg,
  computed,
  lib,
  prosody,
  ...
}:
let
  inherit (computed) communityModules;
  argument = "withOnlyInstalledCommunityModules";
  takesModules = package: package ? override && lib.functionArgs package.override ? ${argument};
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
    );

  # A package that takes no modules may bring them all the same: what it copies stands in its last phase.
  inherit (prosody) package;
  script = package.postInstall or "";
  isInstalled = name: builtins.replaceStrings [ "/mod_${name} " ] [ "" ] script != script;
  lacking = lib.filter (name: !(isInstalled name)) communityModules;
in
{
  withModules = package: if cfg.enable && takesModules package then addTo package else package;
  warnings =
    lib.optional (!(takesModules package) && lacking != [ ])
      "services.prosody.package is set to a package that takes no ${argument}, and seems to lack community modules that load: ${lib.concatStringsSep ", " lacking}. Make it contain config.services.prosody-stability.communityModules.";
}
