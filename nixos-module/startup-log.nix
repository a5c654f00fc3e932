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
    besides
    byState
    enabled
    loads
    onSomeHosts
    plans
    setups
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

  # A module counts under any of its names.
  group =
    group:
    "    { title = \"${group.title}\", modules = ${list (group.modules ++ group.also or [ ])} };\n";

  realNames = map (name: plans.${name}.real);
  loading = realNames (byState.load or [ ]);
  # What only the text of some virtual host enables need not load on the others.
  onEveryHost = lib.subtractLists onSomeHosts loading;
  onSomeHost =
    lib.intersectLists onSomeHosts loading
    ++ realNames (byState.component or [ ] ++ byState.pulled-in or [ ])
    ++ lib.unique (lib.catAttrs "component" setups);
  # Upstream has modules on that the inventory does not know, and so may the user.
  mayLoad = lib.attrNames (
    removeAttrs (
      loads
      // builtins.groupBy (name: name) (
        inventory.alwaysLoaded ++ inventory.loadedByPlatform ++ besides ++ enabled
      )
    ) (onEveryHost ++ onSomeHost)
  );
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
        ${lib.concatMapStrings group inventory.groups}  };
          backends = ${list inventory.backends};
          on_every_host = ${list onEveryHost};
          on_some_host = ${list onSomeHost};
          besides = ${list mayLoad};
        }
      '';
    };
  };
}
