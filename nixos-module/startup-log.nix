# The plugin mod_stability_profile, which compares what a server loads with the plan, and its table.
{
  config,
  lib,
  ...
}:
let
  inventory = import ./inventory.nix;
  cfg = config.services.prosody-stability;
  inherit (cfg.computed)
    byState
    enabled
    installed
    keptOut
    plans
    ;
  plugin = "stability_profile";

  # Strings of Lua that no text can end early: those of JSON, but for characters by their number. Upstream's script
  # passes the configuration through envsubst, so a dollar sign is written by its number, too.
  list =
    names:
    let
      json = builtins.toJSON names;
      inner = builtins.substring 1 (builtins.stringLength json - 2) json;
    in
    "{ ${
      builtins.replaceStrings
        [
          "\\\\"
          "\\u00"
          "$"
          "\",\""
        ]
        [
          "\\\\"
          "\\x"
          "\\036"
          "\", \""
        ]
        inner
    } }";

  # The groups of the startup line: HTTP and administration by category, the rest by level.
  titles = {
    core = "Core";
    stable = "Stable";
    beta = "Beta";
    alpha = "Alpha";
    http = "HTTP";
    admin = "Admin";
  };
  groups = builtins.groupBy (
    name:
    let
      inherit (inventory.modules.${name}) category stability;
    in
    titles.${category} or titles.${stability}
  ) (lib.attrNames inventory.modules);
  # A module counts under any of its names.
  realNamesOf =
    names: lib.catAttrs "name" (lib.catAttrs "upstream" (map (name: inventory.modules.${name}) names));
  group = title: names: "    ${title} = ${list (names ++ realNamesOf names)};\n";

  realNames = map (name: plans.${name}.real);
  everywhere = realNames (byState.load or [ ]);
  somewhere =
    realNames (byState.component or [ ])
    ++ lib.subtractLists keptOut (realNames (byState.pulled-in or [ ]));
  # What no file names: Prosody 0.12 loads posix by itself, and nixpkgs admin_shell with Prosody 13.0.
  unnamed = [
    "posix"
    "admin_shell"
    "admin_socket"
  ];
  along = lib.filter (name: !(lib.elem name everywhere)) (
    inventory.alwaysLoaded ++ installed ++ others ++ unnamed
  );
  # Upstream has modules on that the inventory does not know, and so may the user.
  others = lib.subtractLists installed enabled;
in
{
  options.services.prosody-stability.startupLog = lib.mkOption {
    type = lib.types.bool;
    default = true;
    description = ''
      Whether Prosody logs at its start how many modules of each stability really load, and warns of those that
      should and do not. `prosodyctl shell stability` says the same at any time.
    '';
  };

  config = lib.mkIf (cfg.enable && cfg.startupLog) {
    services.prosody = {
      extraPluginPaths = [ ./plugin ];
      extraModules = [ plugin ];
      # Another definition may open a section, and this belongs to the global one.
      extraConfig = lib.mkBefore ''
        ${plugin} = {
          groups = {
        ${lib.concatStrings (lib.mapAttrsToList group groups)}  };
          everywhere = ${list everywhere};
          somewhere = ${list somewhere};
          along = ${list along};
        }
      '';
    };
  };
}
