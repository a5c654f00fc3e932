# The plugin mod_stability_profile, which compares what a server loads with the plan, and its table.
{
  computed,
  inventory,
  lib,
  ...
}:
let
  inherit (computed)
    besides
    byState
    enabled
    loads
    onSomeHosts
    plans
    setOf
    setups
    ;
  name = "stability_profile";

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
  isLoading = setOf loading;
  onEveryHost = lib.attrNames (removeAttrs isLoading onSomeHosts);
  onSomeHost = lib.attrNames (
    builtins.intersectAttrs (setOf onSomeHosts) isLoading
    // setOf (
      realNames (byState.component or [ ] ++ byState.pulled-in or [ ]) ++ lib.catAttrs "component" setups
    )
  );
  # Upstream has modules on that the inventory does not know, and so may the user.
  mayLoad = lib.attrNames (
    removeAttrs (
      loads // setOf (inventory.alwaysLoaded ++ inventory.loadedByPlatform ++ besides ++ enabled)
    ) (onEveryHost ++ onSomeHost)
  );
in
{
  inherit name;
  path = ./plugin;
  table = ''
    ${name} = {
      groups = {
    ${lib.concatMapStrings group inventory.groups}  };
      backends = ${list inventory.backends};
      on_every_host = ${list onEveryHost};
      on_some_host = ${list onSomeHost};
      besides = ${list mayLoad};
    }
  '';
}
