# Types of options: what a value must look like, and how several definitions become one value.
#
# `merge` gets the option's path and a list of `{ file, value }` whose values have passed `check`.
{ lib }:
let
  inherit (builtins) all any head;

  describe = def: "\n- in ${def.file}: ${builtins.toJSON def.value}";

  conflict =
    path: defs:
    throw "The option `${lib.showOption path}' has conflicting definitions:${
      lib.concatMapStringsSep "" describe defs
    }";

  one = path: defs: if builtins.length defs == 1 then (head defs).value else conflict path defs;
  equal =
    path: defs:
    let
      first = (head defs).value;
    in
    if all (def: def.value == first) defs then first else conflict path defs;

  mkType = name: description: check: merge: {
    inherit
      name
      description
      check
      merge
      ;
  };

  isPackage = value: value.type or null == "derivation";
in
rec {
  bool = mkType "bool" "boolean" builtins.isBool equal;
  int = mkType "int" "signed integer" builtins.isInt equal;
  ints.positive = mkType "positiveInt" "positive integer, meaning >0" (
    value: builtins.isInt value && value > 0
  ) equal;
  str = mkType "str" "string" builtins.isString equal;
  lines = mkType "lines" "strings concatenated with \"\\n\"" builtins.isString (
    _: defs: lib.concatMapStringsSep "\n" (def: def.value) defs
  );
  path = mkType "path" "absolute path" (
    value: builtins.isPath value || builtins.isString value && lib.hasPrefix "/" value
  ) equal;
  package = mkType "package" "package" isPackage one;
  raw = mkType "raw" "raw value" (_: true) one;
  unspecified = mkType "unspecified" "unspecified value" (_: true) (
    path: defs:
    if all (def: builtins.isList def.value) defs then
      builtins.concatMap (def: def.value) defs
    else
      one path defs
  );

  enum =
    values:
    mkType "enum" "one of ${lib.concatMapStringsSep ", " builtins.toJSON values}" (
      value: builtins.elem value values
    ) equal;

  nullOr =
    inner:
    mkType "nullOr" "null or ${inner.description}" (value: value == null || inner.check value) (
      path: defs:
      if all (def: def.value == null) defs then
        null
      else if any (def: def.value == null) defs then
        conflict path defs
      else
        inner.merge path defs
    );

  either =
    a: b:
    mkType "either" "${a.description} or ${b.description}" (value: a.check value || b.check value) (
      path: defs:
      if all (def: a.check def.value) defs then
        a.merge path defs
      else if all (def: b.check def.value) defs then
        b.merge path defs
      else
        conflict path defs
    );

  listOf =
    inner:
    mkType "listOf" "list of ${inner.description}" builtins.isList (
      path: defs:
      builtins.concatMap (
        def:
        map (
          value:
          lib.mergeDefinitions (path ++ [ "*" ]) inner [
            {
              inherit (def) file;
              inherit value;
            }
          ]
        ) def.value
      ) defs
    )
    // {
      emptyValue = [ ];
    };

  attrsOf =
    inner:
    mkType "attrsOf" "attribute set of ${inner.description}" builtins.isAttrs (
      path: defs:
      builtins.mapAttrs (name: lib.mergeDefinitions (path ++ [ name ]) inner) (lib.definitionsByName defs)
    )
    // {
      emptyValue = { };
      getSubOptions = path: (inner.getSubOptions or (_: { })) (path ++ [ "<name>" ]);
    };
  lazyAttrsOf = attrsOf;

  submodule =
    module:
    mkType "submodule" "submodule" (value: builtins.isAttrs value || builtins.isFunction value) (
      path: defs:
      (lib.evalModules {
        modules =
          lib.toList module
          ++ map (def: {
            _file = def.file;
            config = def.value;
          }) defs;
        prefix = path;
      }).config
    )
    // {
      emptyValue = (lib.evalModules { modules = lib.toList module; }).config;
      getSubOptions =
        prefix:
        (lib.evalModules {
          modules = lib.toList module;
          inherit prefix;
        }).options;
    };
}
