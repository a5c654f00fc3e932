admins = { "me@example.org" }
modules_enabled = {
	"roster"; "saslauth"; "tls"; "dialback"; "disco"; "private"; "vcard"; "version"; "uptime"; "time"; "ping";
	"carbons"; "mam"; "smacks"; "csi_simple"; "bookmarks"; "invites"; "invites_adhoc"; "lastactivity";
	"json_logs"; "turn_external";
}
statistics_modules = modules_enabled

VirtualHost "example.org"
VirtualHost "example.net"
	modules_enabled = { "bosh" }
Component "rooms.example.org" "muc"
