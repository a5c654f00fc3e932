# The module mod_stability_profile, which compares what a server loads with the plan, and its table.
{
  computed,
  inventory,
  lib,
  prosody,
  ...
}:
let
  inherit (computed)
    conditional
    byState
    enabled
    loads
    onSomeHosts
    plans
    setups
    ;
  inherit (import ./sets.nix) setOf;
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
  # What some virtual host has not, or only some have, need not load on every one.
  isLoading = setOf loading;
  notEverywhere = onSomeHosts ++ computed.droppedSomewhere;
  onEveryHost = lib.attrNames (removeAttrs isLoading notEverywhere);
  onSomeHost = lib.attrNames (
    builtins.intersectAttrs (setOf notEverywhere) isLoading
    // setOf (
      realNames (byState.component or [ ] ++ byState.pulled-in or [ ])
      ++ lib.catAttrs "component" setups
      ++ computed.addedSomewhere
    )
  );
  # What services.prosody enables in rooms, with what it needs.
  inRooms = lib.optionals (prosody.muc != [ ]) (
    lib.concatMap (name: [ name ] ++ computed.closures.${name} or [ ]) computed.inRooms
  );
  # Upstream has modules on that the inventory does not know, and so may the user.
  mayLoad = lib.attrNames (
    removeAttrs (
      loads
      // setOf (inventory.alwaysLoaded ++ inventory.loadedByPlatform ++ conditional ++ enabled ++ inRooms)
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
      may_load = ${list mayLoad};
    }
  '';
}
