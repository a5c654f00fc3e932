# Names that people type, against those that there are.
{ lib }:
let
  # The nearest name, where one is near enough to be meant.
  nearest =
    names: typed:
    let
      far = lib.strings.levenshtein typed;
      near = lib.filter (name: far name <= 1 + builtins.stringLength typed / 3) names;
    in
    lib.foldl' (best: name: if best == null || far name < far best then name else best) null near;

  suggestion =
    names: typed:
    let
      name = nearest names typed;
    in
    lib.optionalString (name != null) " Did you mean `${name}`?";
in
{
  inherit suggestion;

  # The name, if it is one of them.
  oneOf =
    option: what: names: typed:
    if lib.elem typed names then
      typed
    else
      throw "${option}: unknown ${what} ${builtins.toJSON typed}.${suggestion names typed} Valid: ${lib.concatStringsSep ", " names}.";
}
