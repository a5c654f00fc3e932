# Text in the language of Prosody's configuration.
{ lib }:
let
  quote = builtins.toJSON;
  list =
    option: names: isWritten:
    lib.optionalString isWritten "  ${option} = { ${lib.concatMapStringsSep ", " quote names} }\n";
in
{
  inherit quote;
  # The lists of modules of a host, as they stand in its section. An empty one may have to replace another.
  lists =
    host:
    list "modules_enabled" host.modulesEnabled (host.modulesEnabled != [ ] || host.replaces)
    + list "modules_disabled" host.modulesDisabled (host.modulesDisabled != [ ]);
}
