# Text in the language of Prosody's configuration.
{ lib }:
let
  quote = builtins.toJSON;
  list =
    option: names:
    lib.optionalString (names != [ ]) "  ${option} = { ${lib.concatMapStringsSep ", " quote names} }\n";
in
{
  inherit quote;
  # The lists of modules of a host, as they stand in its section.
  lists =
    host: list "modules_enabled" host.modulesEnabled + list "modules_disabled" host.modulesDisabled;
}
