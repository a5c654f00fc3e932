-- In the shape of Debian's file.
admins = { "admin@example.org" }

modules_enabled = {
	-- Generally required
		"disco"; "roster"; "saslauth"; "tls";
	-- Not essential, but recommended
		"blocklist"; "bookmarks"; "carbons"; "dialback"; "limits"; "pep"; "private"; "smacks"; "vcard4"; "vcard_legacy";
	-- Nice to have
		"csi_simple"; "mam"; "ping"; "time"; "uptime"; "version";
		"cloud_notify"; -- from prosody-modules
		"http_upload"; -- from prosody-modules
	-- Admin interfaces
		"admin_shell";
}

limits = { c2s = { rate = "10kb/s" }, s2sin = { rate = "30kb/s" } }
authentication = "internal_hashed"

VirtualHost "example.org"

Component "rooms.example.org" "muc"
	modules_enabled = { "muc_mam" }
