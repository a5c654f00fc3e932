# The functions of `lib` that the flake and the package use; those of the module system are in `lib/`.
rec {
  genAttrs =
    names: f:
    builtins.listToAttrs (
      map (name: {
        inherit name;
        value = f name;
      }) names
    );

  optionalString = condition: text: if condition then text else "";

  importTOML = file: builtins.fromTOML (builtins.readFile file);

  getExe = package: "${package}/bin/${package.meta.mainProgram}";

  escapeShellArg = text: "'${builtins.replaceStrings [ "'" ] [ "'\\''" ] (toString text)}'";

  licenses.mit.spdxId = "MIT";

  platforms = {
    linux = [
      "x86_64-linux"
      "aarch64-linux"
    ];
    unix = platforms.linux;
  };

  # A set of files is a list of paths here; all of them must exist, as with the real one.
  fileset = {
    maybeMissing = path: if builtins.pathExists path then [ path ] else [ ];
    unions = builtins.concatMap (
      item:
      if builtins.isList item then
        item
      else if builtins.pathExists item then
        [ item ]
      else
        throw "lib.fileset.unions: ${toString item} does not exist"
    );
    toSource =
      { root, fileset }:
      let
        wanted = map toString fileset;
        isBelow =
          folder: path: builtins.substring 0 (builtins.stringLength folder + 1) path == "${folder}/";
      in
      builtins.path {
        name = "source";
        path = root;
        filter = path: _: builtins.any (w: path == w || isBelow w path || isBelow path w) wanted;
      };
  };
}
