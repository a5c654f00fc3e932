# What a text in the language of Prosody's configuration says of lists of modules, as far as it is written out.
let
  inherit (builtins)
    concatMap
    filter
    head
    isList
    isString
    split
    ;

  # The groups of a pattern, match by match.
  matches = pattern: text: filter isList (split pattern text);

  blank = "[[:space:]]*";

  withoutComments = text: builtins.concatStringsSep "" (filter isString (split "--[^\n]*" text));
in
rec {
  # The part above the first host or component: it applies to the whole server.
  global = text: head (split "\n${blank}(Component|VirtualHost|Host)[[:space:](]*[\"']" "\n${text}");

  # The right-hand sides of assignments to an option, from the brace on where there is one.
  assignments =
    option: text:
    map head (
      matches "\n${blank}${option}${blank}=${blank}([{][^}]*[}]|[^{])" "\n${withoutComments text}"
    );

  # The names in all lists that are assigned to an option.
  namesIn =
    option: text: map head (concatMap (matches "[\"']([a-zA-Z0-9_]+)[\"']") (assignments option text));
}
