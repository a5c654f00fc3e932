modules_enabled = {
	"roster", "saslauth", "tls", "disco",
	"block_registrations", -- Debian does not package it
	"firewall",
}
VirtualHost "example.org"
Component "rooms.example.org" "muc"
	modules_enabled = { "muc_mam", "muc_limits" }
