# The options of `services.prosody-stability` as a page to search: one file that loads nothing. Without its script it is
# a plain list.
{ lib }:
let
  options = import ./options.nix { inherit lib; };

  escape =
    builtins.replaceStrings
      [ "&" "<" ">" "\"" "'" ]
      [ "&amp;" "&lt;" "&gt;" "&quot;" "&#39;" ];

  # Text between backquotes is code, and so are the names of options that NixOS marks.
  prose =
    text:
    let
      parts = builtins.filter builtins.isString (
        builtins.split "`" (builtins.replaceStrings [ "{option}`" ] [ "`" ] text)
      );
      part =
        index:
        let
          words = escape (builtins.elemAt parts index);
        in
        if index / 2 * 2 == index then words else "<code>${words}</code>";
      paragraphs = builtins.replaceStrings [ "\n\n" ] [ "</p><p>" ];
    in
    "<p>${paragraphs (builtins.concatStringsSep "" (builtins.genList part (builtins.length parts)))}</p>";

  fact =
    title: shown:
    "<dt>${title}</dt><dd>${
      if shown ? prose then inline shown.prose else "<code>${escape shown.nix}</code>"
    }</dd>";
  inline = text: builtins.replaceStrings [ "<p>" "</p>" ] [ "" "" ] (prose text);

  entry = option: ''
    <article id="${escape option.name}">
    <h2><a href="#${escape option.name}"><code>${escape option.name}</code></a></h2>
    ${prose option.description}
    <dl><dt>Type</dt><dd>${escape option.type}${if option.isReadOnly then ", read only" else ""}</dd>${
      if option ? default then fact "Default" option.default else ""
    }${if option ? example then fact "Example" option.example else ""}</dl>
    </article>
  '';
in
''
  <!doctype html>
  <html lang="en">
  <head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
  <title>Options of services.prosody-stability</title>
  <style>
  ${builtins.readFile ../src/html/colours.css}${builtins.readFile ./options-page.css}</style>
  </head>
  <body>
  <main>
  <h1>Options of <code>services.prosody-stability</code></h1>
  <p id="search" hidden><label>Search <input type="search" autocomplete="off" spellcheck="false"></label> <output role="status"></output></p>
  ${builtins.concatStringsSep "" (map entry options)}</main>
  <script>
  ${builtins.readFile ./options-page.js}</script>
  </body>
  </html>
''
