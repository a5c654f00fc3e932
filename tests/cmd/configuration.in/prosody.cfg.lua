-- A server on Prosody 0.12, about to be upgraded.
plugin_paths = { "/usr/local/lib/prosody/modules" }

modules_enabled = {
	"roster"; "saslauth"; "tls"; "dialback"; "disco"; "ping";
	"carbons"; "mam"; "smacks";
	"cloud_notify"; -- from prosody-modules
	"http_upload"; -- from prosody-modules
	"turn_external";
	"admin_shell";
}

trusted = { "198.51.100.1" }
trusted_proxies = trusted

VirtualHost "example.org"

VirtualHost "guests.example.org"
	authentication = "anonymous"
	modules_enabled = { "limits" }

Component "rooms.example.org" "muc"
	modules_enabled = { "muc_mam", "vcard_muc" }
