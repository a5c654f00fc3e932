plugin_paths = { "/tmp/c/plugins" }
data_path = "/tmp/data"
modules_enabled = { "disco", "roster", "saslauth", "tls", "ping" }
VirtualHost "example.com"
Component "upload.example.com" "http_upload"
Component "rooms.example.com" "muc"
	modules_enabled = { "vcard_muc" }
