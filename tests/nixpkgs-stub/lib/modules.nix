# The module system: modules in, their options and one configuration out.
{ lib }:
let
  inherit (builtins)
    attrNames
    concatLists
    concatMap
    filter
    foldl'
    functionArgs
    genericClosure
    head
    isAttrs
    isFunction
    listToAttrs
    map
    mapAttrs
    sort
    zipAttrsWith
    ;

  toList = value: if builtins.isList value then value else [ value ];

  structure = [
    "_class"
    "_file"
    "config"
    "imports"
    "key"
    "options"
  ];

  # A module in its full form: imports, options and config apart, and known by a key.
  normalise =
    class: callArguments: key: module:
    let
      isPlace = builtins.isPath module || builtins.isString module;
      place = toString module;
      raw = if isPlace then import module else module;
      set = if isFunction raw then raw (callArguments raw) else raw;
      file = set._file or (if isPlace then place else "<unknown-file>");
      isFull = set ? options || set ? config;
      strange = removeAttrs set structure;
    in
    if !(isAttrs set) then
      throw "${file}: a module must be an attribute set, or a function that returns one"
    else if isFull && strange != { } then
      throw "${file}: `${head (attrNames strange)}' must stand below `config', as the module has `config' or `options'"
    else if class != null && set._class or class != class then
      throw "${file}: a module of class ${set._class} cannot be used in an evaluation of class ${class}"
    else
      {
        key = if isPlace then place else set.key or key;
        inherit file;
        imports = set.imports or [ ];
        options = set.options or { };
        config = if isFull then set.config or { } else strange;
      };

  # All modules, each once, those that import before those that are imported.
  collect =
    normaliseAs: modules:
    let
      under =
        key: list:
        builtins.genList (i: normaliseAs "${key}:${toString i}" (builtins.elemAt list i)) (
          builtins.length list
        );
    in
    genericClosure {
      startSet = under "" modules;
      operator = module: under module.key module.imports;
    };

  # Conditions, merges and priorities around a set go down to the values in it.
  pushDown =
    def:
    let
      inherit (def) file value;
      inside = value: pushDown { inherit file value; };
      wrap = wrapper: map (set: mapAttrs (_: value: wrapper // { content = value; }) set);
      kind = value._type or null;
    in
    if kind == "if" || kind == "override" then
      wrap (removeAttrs value [ "content" ]) (inside value.content)
    else if kind == "merge" then
      concatMap inside value.contents
    else
      [ value ];

  definitionsByName =
    defs:
    zipAttrsWith (_: concatLists) (
      concatMap (
        def:
        map (mapAttrs (
          _: value: [
            {
              inherit (def) file;
              inherit value;
            }
          ]
        )) (pushDown def)
      ) defs
    );

  # A definition without what surrounds it: none when its condition is false, several when it is a merge.
  discharge =
    priority: order: def:
    let
      inherit (def) file value;
      kind = value._type or null;
      inside = value: { inherit file value; };
    in
    if kind == "if" then
      if value.condition then discharge priority order (inside value.content) else [ ]
    else if kind == "merge" then
      concatMap (content: discharge priority order (inside content)) value.contents
    else if kind == "override" then
      discharge value.priority order (inside value.content)
    else if kind == "order" then
      discharge priority value.priority (inside value.content)
    else
      [
        {
          inherit
            file
            value
            priority
            order
            ;
        }
      ];

  prevailing =
    defs:
    let
      all = concatMap (discharge 100 1000) defs;
      highest = foldl' (best: def: if def.priority < best then def.priority else best) 9999 all;
      winning = filter (def: def.priority == highest) all;
      isOrdered = builtins.any (def: def.order != 1000) winning;
    in
    {
      highestPrio = highest;
      values = if isOrdered then sort (a: b: a.order < b.order) winning else winning;
    };

  merged =
    path: type: values:
    let
      wrong = filter (def: !(type.check def.value)) values;
      bad = head wrong;
    in
    if values == [ ] then
      type.emptyValue or (throw "The option `${lib.showOption path}' was used but has no value.")
    else if wrong != [ ] then
      throw "The definition of `${lib.showOption path}' in ${bad.file} is not of type `${type.description}': ${
        builtins.toJSON (if isFunction bad.value then "<function>" else bad.value)
      }"
    else
      type.merge path values;

  mergeDefinitions =
    path: type: defs:
    merged path type (prevailing defs).values;

  evalOption =
    path: declarations: defs:
    let
      # Several declarations are one, as long as no two say the same of the option.
      declaration = foldl' (known: d: known // d.tree) { } declarations;
      said = concatMap (d: attrNames (removeAttrs d.tree [ "_type" ])) declarations;
      isContradictory = builtins.any (field: 1 < builtins.length (filter (f: f == field) said)) said;
      files = map (d: d.file) declarations;
      option = {
        type = lib.types.unspecified;
      }
      // declaration;
      default = {
        file = head files;
        value = lib.mkOptionDefault option.default;
      };
      all = if option ? default then [ default ] ++ defs else defs;
      inherit (prevailing all) highestPrio values;
      value =
        if option.readOnly or false && builtins.length all > 1 then
          throw "The option `${lib.showOption path}' is read-only, but it is set in ${(head defs).file}."
        else
          merged path option.type values;
    in
    if builtins.length declarations > 1 && isContradictory then
      throw "The option `${lib.showOption path}' is declared more than once: in ${builtins.concatStringsSep " and in " files}."
    else
      option
      // {
        inherit highestPrio;
        loc = path;
        declarations = files;
        value = if option ? apply then option.apply value else value;
        isDefined = values != [ ];
        definitions = map (def: def.value) values;
        definitionsWithLocations = map (def: { inherit (def) file value; }) values;
        files = map (def: def.file) values;
      };

  # Declarations and definitions of one level: options and values by name, and definitions of nothing.
  evalLevel =
    path: declarations: defs:
    let
      declared = zipAttrsWith (_: trees: trees) (
        map (
          { file, tree }:
          mapAttrs (_: tree: { inherit file tree; }) tree
        ) declarations
      );
      defined = definitionsByName defs;
      below = mapAttrs (
        name: trees:
        let
          here = path ++ [ name ];
          defsHere = defined.${name} or [ ];
        in
        if lib.isOption (head trees).tree then
          let
            option = evalOption here trees defsHere;
          in
          {
            options = option;
            config = option.value;
            undeclared = [ ];
          }
        else
          evalLevel here trees defsHere
      ) declared;
      strange = attrNames (removeAttrs defined (attrNames declared));
    in
    {
      options = mapAttrs (_: level: level.options) below;
      config = mapAttrs (_: level: level.config) below;
      undeclared =
        map (name: {
          inherit name path;
          inherit (head defined.${name}) file;
          siblings = attrNames declared;
        }) strange
        ++ concatMap (level: level.undeclared) (builtins.attrValues below);
    };

  complain =
    {
      path,
      name,
      file,
      siblings,
    }:
    let
      near = map (sibling: "`${lib.showOption (path ++ [ sibling ])}'") (lib.nearest name siblings);
      suggestion =
        if near == [ ] then "" else "\n\nDid you mean ${builtins.concatStringsSep " or " near}?";
    in
    throw "The option `${
      lib.showOption (path ++ [ name ])
    }' does not exist, but it is set in ${file}.${suggestion}";
in
{
  inherit toList definitionsByName mergeDefinitions;

  evalModules =
    {
      modules,
      specialArgs ? { },
      class ? null,
      prefix ? [ ],
    }@whole:
    let
      arguments = {
        inherit lib;
        inherit (result) config options;
      }
      // specialArgs;
      callArguments =
        f:
        arguments
        // mapAttrs (name: _: arguments.${name} or result.config._module.args.${name}) (functionArgs f);
      all = collect (normalise class callArguments) modules;
      ownOptions = {
        file = "the module system";
        tree._module.args = lib.mkOption {
          type = lib.types.lazyAttrsOf lib.types.raw;
          default = { };
          internal = true;
        };
      };
      result =
        evalLevel prefix
          (
            [ ownOptions ]
            ++ map (module: {
              inherit (module) file;
              tree = module.options;
            }) all
          )
          (
            map (module: {
              inherit (module) file;
              value = module.config;
            }) all
          );
    in
    {
      options = removeAttrs result.options [ "_module" ];
      extendModules = more: lib.evalModules (whole // { modules = modules ++ more.modules; });
      config =
        if result.undeclared == [ ] then
          removeAttrs result.config [ "_module" ]
        else
          complain (head result.undeclared);
    };
}
