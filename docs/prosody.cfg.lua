modules_enabled = { "roster", "saslauth", "tls", "disco", "carbons", "mam", "cloud_notify" }

VirtualHost "example.org"

Component "upload.example.org" "http_upload"

Component "rooms.example.org" "muc"
  modules_enabled = { "muc_mam", "vcard_muc" }
