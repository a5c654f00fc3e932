# What the two stand-ins for services.prosody share: the options that this repository's module meets, and a
# configuration for Prosody with the sections in upstream's order.
{
  cfg,
  lib,
  pkgs,
}:
let
  on = [
    "admin_adhoc"
    "blocklist"
    "bookmarks"
    "carbons"
    "cloud_notify"
    "csi"
    "dialback"
    "disco"
    "mam"
    "pep"
    "ping"
    "private"
    "proxy65"
    "register"
    "roster"
    "saslauth"
    "smacks"
    "time"
    "tls"
    "uptime"
    "vcard_legacy"
    "version"
  ];
  off = [
    "admin_telnet"
    "announce"
    "bosh"
    "groups"
    "legacyauth"
    "limits"
    "motd"
    "server_contact_info"
    "vcard"
    "watchregistrations"
    "websocket"
    "welcome"
  ];

  bool =
    default:
    lib.mkOption {
      type = lib.types.bool;
      inherit default;
    };
  string =
    default:
    lib.mkOption (
      { type = lib.types.str; } // lib.optionalAttrs (default != null) { inherit default; }
    );

  ports =
    default:
    lib.mkOption {
      type = lib.types.listOf lib.types.int;
      inherit default;
    };
  lines = lib.mkOption {
    type = lib.types.lines;
    default = "";
  };
  number =
    default:
    lib.mkOption {
      type = lib.types.int;
      inherit default;
    };
  interfaces = lib.mkOption {
    type = lib.types.listOf lib.types.str;
    default = [
      "*"
      "::"
    ];
  };

  quote = text: ''"${text}"'';
  entries = lib.concatMapStringsSep "" (name: "  ${quote name};\n");
in
{
  inherit bool number string;

  booleans =
    others:
    builtins.mapAttrs (_: bool) (lib.genAttrs on (_: true) // lib.genAttrs off (_: false) // others);

  # `rooms` are more options of components of rooms.
  options = rooms: {
    enable = bool false;
    xmppComplianceSuite = bool true;
    package = lib.mkOption {
      type = lib.types.package;
      default = pkgs.prosody;
    };
    extraModules = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
    };
    extraPluginPaths = lib.mkOption {
      type = lib.types.listOf lib.types.path;
      default = [ ];
    };
    httpPorts = ports [ 5280 ];
    httpsPorts = ports [ 5281 ];
    httpInterfaces = interfaces;
    httpsInterfaces = interfaces;
    dataDir = lib.mkOption {
      type = lib.types.path;
      default = "/var/lib/prosody";
    };
    user = string "prosody";
    group = string "prosody";
    extraConfig = lines;
    allowRegistration = bool false;
    c2sRequireEncryption = bool true;
    s2sSecureAuth = bool false;
    authentication = lib.mkOption {
      type = lib.types.enum [
        "internal_plain"
        "internal_hashed"
        "cyrus"
        "anonymous"
        "ldap"
      ];
      default = "internal_hashed";
    };
    admins = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
    };
    muc = lib.mkOption {
      type = lib.types.listOf (
        lib.types.submodule {
          options = {
            domain = string null;
            name = string "Prosody Chatrooms";
            maxHistoryMessages = number 20;
            roomDefaultPublic = bool true;
            extraConfig = lines;
          }
          // rooms;
        }
      );
      default = [ ];
    };
    virtualHosts = lib.mkOption {
      type = lib.types.attrsOf (
        lib.types.submodule {
          options = {
            domain = string null;
            enabled = bool false;
            extraConfig = lines;
            ssl = lib.mkOption {
              type = lib.types.raw;
              default = null;
            };
          };
        }
      );
      default.localhost = {
        domain = "localhost";
        enabled = true;
      };
    };
  };

  compliance =
    hasUpload:
    map
      (assertion: {
        assertion = assertion || !cfg.xmppComplianceSuite;
        message = "services.prosody needs a MUC and an upload service, or xmppComplianceSuite = false.";
      })
      [
        (cfg.muc != [ ])
        hasUpload
      ];

  render =
    {
      hardCoded,
      components,
      ofRooms,
      # Community modules that the package enables for rooms and nowhere else.
      roomsOnly ? [ ],
    }:
    let
      chosen = builtins.attrNames (lib.filterAttrs (_: isOn: isOn) cfg.modules);
      ofPackage = cfg.package.communityModules;
      modules = hardCoded ++ chosen ++ lib.subtractLists roomsOnly ofPackage ++ cfg.extraModules;
      enabledOnRooms = lib.filter (name: lib.elem name ofPackage) roomsOnly;
      sections =
        map (muc: {
          inherit (muc) domain;
          module = "muc";
          text = "  modules_enabled = { ${
              lib.concatMapStringsSep ", " quote (ofRooms muc ++ enabledOnRooms)
            } }\n  name = ${quote muc.name}\n${muc.extraConfig}\n";
        }) cfg.muc
        ++ components;
      component =
        {
          domain,
          module,
          text ? "",
        }:
        "Component ${quote domain} ${quote module}\n${text}";
      host = host: ''
        VirtualHost ${quote host.domain}
          enabled = ${if host.enabled then "true" else "false"}
          ${host.extraConfig}
      '';
    in
    ''
      pidfile = "/run/prosody/prosody.pid"
      plugin_paths = { ${lib.concatMapStringsSep ", " (path: quote "${path}") cfg.extraPluginPaths} }
      admins = { ${lib.concatMapStringsSep ", " quote cfg.admins} }
      modules_enabled = {
      ${entries modules}}
      allow_registration = ${lib.boolToString cfg.allowRegistration}
      authentication = ${quote cfg.authentication}
      ${cfg.extraConfig}
      ${lib.concatMapStringsSep "\n" component sections}
      ${lib.concatMapStringsSep "\n" host (builtins.attrValues cfg.virtualHosts)}
    '';
}
