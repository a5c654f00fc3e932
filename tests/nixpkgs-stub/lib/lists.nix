# Lists, attribute sets and strings: the few helpers that are not builtins.
rec {
  inherit (builtins)
    all
    any
    attrNames
    attrValues
    catAttrs
    concatLists
    concatMap
    concatStringsSep
    elem
    elemAt
    filter
    foldl'
    head
    length
    listToAttrs
    isList
    mapAttrs
    sort
    ;

  last = list: elemAt list (length list - 1);

  optional = condition: value: if condition then [ value ] else [ ];
  optionals = condition: values: if condition then values else [ ];
  optionalAttrs = condition: set: if condition then set else { };
  optionalString = condition: text: if condition then text else "";
  unique = foldl' (known: value: if elem value known then known else known ++ [ value ]) [ ];

  subtractLists = unwanted: filter (value: !(elem value unwanted));
  intersectLists = wanted: filter (value: elem value wanted);

  nameValuePair = name: value: { inherit name value; };
  genAttrs = names: f: listToAttrs (map (name: nameValuePair name (f name)) names);
  filterAttrs = keep: set: removeAttrs set (filter (name: !(keep name set.${name})) (attrNames set));
  mapAttrsToList = f: set: map (name: f name set.${name}) (attrNames set);
  getAttrFromPath = path: set: foldl' (inner: name: inner.${name}) set path;
  setAttrByPath =
    path: value:
    if path == [ ] then value else { ${head path} = setAttrByPath (builtins.tail path) value; };

  # The arguments of a function that takes a set, and of a set that serves as one.
  functionArgs = f: f.__functionArgs or (builtins.functionArgs f);

  # One word of a shell, whatever is in it.
  escapeShellArg = text: "'${builtins.replaceStrings [ "'" ] [ "'\\''" ] (toString text)}'";
  escapeShellArgs = concatMapStringsSep " " escapeShellArg;

  boolToString = value: if value then "true" else "false";
  concatStrings = concatStringsSep "";
  concatMapStrings = f: values: concatStringsSep "" (map f values);
  concatMapStringsSep =
    separator: f: values:
    concatStringsSep separator (map f values);
  hasPrefix = prefix: text: builtins.substring 0 (builtins.stringLength prefix) text == prefix;
}
