# A stand-in for services.prosody as it was in 2024, with Prosody 0.12.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.prosody;
  common = import ./common.nix { inherit cfg lib pkgs; };
in
{
  options.services.prosody = common.options { vcard_muc = common.bool true; } // {
    modules = common.booleans { http_files = true; };
    httpFileShare = lib.mkOption {
      type = lib.types.nullOr (lib.types.submodule { options.domain = common.string null; });
      default = null;
    };
    uploadHttp = lib.mkOption {
      type = lib.types.nullOr (lib.types.submodule { options.domain = common.string null; });
      default = null;
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = common.compliance (cfg.httpFileShare != null || cfg.uploadHttp != null);
    environment.etc."prosody/prosody.cfg.lua".text = common.render {
      hardCoded = [ ];
      ofRooms = muc: [ "muc_mam" ] ++ lib.optional muc.vcard_muc "vcard_muc";
      components =
        lib.optional (cfg.uploadHttp != null) {
          inherit (cfg.uploadHttp) domain;
          module = "http_upload";
        }
        ++ lib.optional (cfg.httpFileShare != null) {
          inherit (cfg.httpFileShare) domain;
          module = "http_file_share";
        };
    };
  };
}
