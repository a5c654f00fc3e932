# Declaring options, and talking about them.
{ lib }:
let
  inherit (builtins)
    elemAt
    filter
    genList
    head
    match
    sort
    stringLength
    substring
    ;

  # How many letters must change to turn one word into the other, by Levenshtein's table, a row at a time.
  distance =
    a: b:
    let
      letters = text: genList (i: substring i 1 text) (stringLength text);
      lettersB = letters b;
      min = x: y: if x < y then x else y;
      nextRow =
        row: letter:
        (builtins.foldl'
          (
            {
              cells,
              left,
              i,
            }:
            letterB:
            let
              diagonal = elemAt row i + (if letter == letterB then 0 else 1);
              cell = min diagonal (1 + min left (elemAt row (i + 1)));
            in
            {
              cells = cells ++ [ cell ];
              left = cell;
              i = i + 1;
            }
          )
          {
            cells = [ (head row + 1) ];
            left = head row + 1;
            i = 0;
          }
          lettersB
        ).cells;
      last = builtins.foldl' nextRow (genList (i: i) (stringLength b + 1)) (letters a);
    in
    elemAt last (stringLength b);
in
{
  strings.levenshtein = distance;

  mkOption = fields: { _type = "option"; } // fields;

  mkEnableOption =
    what:
    lib.mkOption {
      type = lib.types.bool;
      default = false;
      example = true;
      description = "Whether to enable ${what}.";
    };

  mkPackageOption =
    _pkgs: name:
    {
      nullable,
      default,
      example,
      extraDescription,
    }:
    lib.mkOption {
      type = (if nullable then lib.types.nullOr else type: type) lib.types.package;
      inherit default;
      example = lib.literalExpression example;
      description = "The ${name} package to use. ${extraDescription}";
    };

  literalExpression = text: {
    _type = "literalExpression";
    inherit text;
  };

  literalMD = text: {
    _type = "literalMD";
    inherit text;
  };

  isOption = value: value._type or null == "option";

  # Names that are no identifiers stand in quotes, but for those that stand for any.
  showOption = lib.concatMapStringsSep "." (
    name: if match "[a-zA-Z_][a-zA-Z0-9_'-]*|<.*>" name != null then name else ''"${name}"''
  );

  # The names nearest to a mistyped one, nearest first.
  nearest =
    typed: names:
    let
      near = map (name: {
        inherit name;
        far = distance typed name;
      }) names;
      sorted = sort (a: b: a.far < b.far) (filter (n: n.far <= 1 + stringLength typed / 3) near);
    in
    map (n: n.name) sorted;

  mkRemovedOptionModule =
    from: instead:
    { options, ... }:
    let
      name = lib.showOption from;
      option = lib.getAttrFromPath from options;
    in
    {
      options = lib.setAttrByPath from (
        lib.mkOption {
          visible = false;
          apply = _: throw "the option ${name} was removed: ${instead}";
        }
      );
      config.assertions = lib.optional option.isDefined {
        assertion = false;
        message = "The option ${name} was removed: ${instead}";
      };
    };

  # The definitions of the old name, with their priority, become definitions of the new one.
  mkRenamedOptionModule =
    from: to:
    { config, options, ... }:
    let
      old = lib.getAttrFromPath from options;
      names = "${lib.showOption from} is called ${lib.showOption to} now";
    in
    {
      options = lib.setAttrByPath from (
        lib.mkOption {
          visible = false;
          apply = _: lib.getAttrFromPath to config;
        }
      );
      config = lib.mkMerge [
        { warnings = lib.optional old.isDefined "${names}: rename it where it is set."; }
        (lib.setAttrByPath to (
          lib.mkIf old.isDefined (lib.mkOverride old.highestPrio (lib.mkMerge old.definitions))
        ))
      ];
    };
}
