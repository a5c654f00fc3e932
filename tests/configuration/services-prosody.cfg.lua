pidfile = "/run/prosody/prosody.pid"

log = {
  { levels = { min = "info" }, to = "console" },
}

data_path = "/var/lib/prosody"
plugin_paths = {
  "/nix/store/00000000000000000000000000000000-prosody-modules/lib",
}

ssl = {
  cafile = "/etc/ssl/certs/ca-bundle.crt",
  key = "/var/lib/acme/example.com/key.pem",
  certificate = "/var/lib/acme/example.com/fullchain.pem",
  options = {  };
}


admins = { "admin@example.com" }

modules_enabled = {
  "admin_shell";  -- for HTTP administrative API
  "roster";
  "saslauth";
  "tls";
  "dialback";
  "disco";
  "private";
  "vcard_legacy";
  "pep";
  "mam";
  "cloud_notify",
  "smacks",
};

disco_items = {
  { "conference.example.com", "multi user chat" };
  { "upload.example.com", "http file upload" };
};

allow_registration = false
c2s_require_encryption = true
s2s_require_encryption = true
s2s_secure_auth = false
s2s_insecure_domains = {  }
s2s_secure_domains = {  }
authentication = "internal_hashed"

http_ports = { 5280 }
https_ports = { 5281 }
http_interfaces = { "*", "::" }

Component "conference.example.com" "muc"
    modules_enabled = { "muc_mam"; "vcard_muc"; }
    name = "Räume von example.com"
    restrict_room_creation = "local"
    max_history_messages = 20
    muc_room_locking = true
    muc_room_default_public = true

Component "upload.example.com" "http_file_share"
    http_file_share_size_limit = 10 * 1024 * 1024
    http_file_share_expires_after = 60 * 60 * 24 * 7

VirtualHost "example.com"
  enabled = true
  ssl = {
    key = "/var/lib/acme/example.com/key.pem",
    certificate = "/var/lib/acme/example.com/fullchain.pem",
    options = { "no_sslv2", "no_sslv3" };
  }
  http_host = "example.com"

VirtualHost "localhost"
  enabled = false
