# The options of `services.prosody-stability`, read from their declarations: a list of what people read of each. By hand
# rather than by nixpkgs' own generator, so that it needs no more than a `lib` with the module system and comes out the
# same with every version of it.
{ lib }:
let
  inherit
    (lib.evalModules {
      modules = [
        ../nixos-module
        # Only declarations are read: what the module sets elsewhere may stay undeclared.
        { _module.check = false; }
      ];
    })
    options
    ;

  # The options in a tree of them with those inside of their values, sorted by name since attribute names are.
  collect =
    tree:
    if lib.isOption tree then
      [ tree ] ++ collect ((tree.type.getSubOptions or (_: { })) tree.loc)
    else
      builtins.concatMap collect (builtins.attrValues (removeAttrs tree [ "_module" ]));

  isVisible = option: (option.visible or true) == true && !(option.internal or false);

  # A literal expression is shown as written, any other value as Nix.
  value =
    shown:
    if shown ? text then
      shown.text
    else if builtins.isList shown then
      if shown == [ ] then "[ ]" else "[ ${builtins.concatStringsSep " " (map value shown)} ]"
    else if builtins.isAttrs shown then
      if shown == { } then
        "{ }"
      else
        "{ ${toString (builtins.attrValues (builtins.mapAttrs assignment shown))} }"
    else
      # Null, a boolean, a number or a plain string: the same in JSON.
      builtins.toJSON shown;

  assignment = name: shown: "${name} = ${value shown};";

  # Versions of `lib` differ in where they set parentheses.
  typeOf = option: builtins.replaceStrings [ "(" ")" ] [ "" "" ] option.type.description;

  trim =
    text:
    let
      end = builtins.match "(.*[^\n ])[\n ]*" text;
    in
    if end == null then "" else builtins.head end;

  # What is shown of a default or an example: a sentence, or an expression of Nix.
  shown =
    given:
    if given._type or null == "literalMD" then { prose = given.text; } else { nix = value given; };

  entry =
    option:
    {
      name = lib.showOption option.loc;
      description = trim option.description;
      type = typeOf option;
      isReadOnly = option.readOnly or false;
    }
    // (
      if option ? defaultText || option ? default then
        { default = shown (option.defaultText or option.default); }
      else
        { }
    )
    // (if option ? example then { example = shown option.example; } else { });
in
map entry (builtins.filter isVisible (collect options.services.prosody-stability))
