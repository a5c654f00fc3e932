# Sets of names, by builtins alone, as every call of a function counts.
rec {
  # A set of names, to ask whether one is in it.
  setOf = builtins.groupBy toString;
  # Each once, sorted.
  unique = names: builtins.attrNames (setOf names);
  # The names that are not in the other list, each once.
  without = names: unwanted: builtins.attrNames (removeAttrs (setOf names) unwanted);
}
