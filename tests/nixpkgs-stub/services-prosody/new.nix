# A stand-in for services.prosody as it is in 2026, with Prosody 13.0.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.prosody;
  common = import ./common.nix { inherit cfg lib pkgs; };
  text = common.render {
    hardCoded = [ "admin_shell" ];
    ofRooms =
      muc:
      lib.optional cfg.modules.mam "muc_mam"
      ++ lib.optional muc.allowners_muc "muc_allowners"
      ++ lib.optional muc.moderation "muc_moderation";
    roomsOnly = [ "muc_notifications" ];
    components = lib.optional (cfg.httpFileShare != null) {
      inherit (cfg.httpFileShare) domain;
      module = "http_file_share";
      text = "  modules_disabled = { \"s2s\" }\n";
    };
  };
  file = pkgs.writeText "prosody.cfg.lua" text;
in
{
  imports = [
    (lib.mkRemovedOptionModule [ "services" "prosody" "uploadHttp" ] "use httpFileShare")
  ];

  options.services.prosody =
    common.options {
      allowners_muc = common.bool false;
      moderation = common.bool false;
    }
    // {
      modules = common.booleans { http_files = false; };
      checkConfig = lib.mkOption {
        type = lib.types.bool;
        default = true;
      };
      httpFileShare = lib.mkOption {
        type = lib.types.nullOr (
          lib.types.submodule {
            options = {
              domain = common.string null;
              http_host = common.string "";
              size_limit = common.number 10485760;
            };
          }
        );
        default = null;
      };
    };

  config = lib.mkIf cfg.enable {
    assertions = common.compliance (cfg.httpFileShare != null);
    # Checked, it is known after a build only.
    environment.etc."prosody/prosody.cfg.lua".source =
      if cfg.checkConfig then
        pkgs.runCommand "prosody.cfg.lua" { } ''
          cp ${file} $out
        ''
      else
        file;
  };
}
