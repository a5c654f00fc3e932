-- The shape of Debian's configuration: a list with comments, one host, and a directory to include.
admins = { }
modules_enabled = {
	-- Generally required
		"disco"; -- Service discovery
		"roster"; -- Contact lists
		"saslauth"; -- Log in
		"tls"; -- Encryption
	-- Not essential
		"blocklist";
		"bookmarks";
		"carbons";
		"dialback";
		"limits";
		"pep";
		"private";
		"smacks";
		"vcard4";
		"vcard_legacy";
	-- Nice to have
		"csi_simple";
		"invites";
		"invites_adhoc";
		"invites_register";
		"ping";
		"register";
		"time";
		"uptime";
		"version";
		--"mam";
		--"turn_external";
	-- Admin interfaces
		"admin_adhoc";
		"admin_shell";
	-- Other specific functionality
		--"announce";
		--"server_contact_info";
}
modules_disabled = {
	-- "offline";
	-- "c2s";
}
limits = { c2s = { rate = "10kb/s" }, s2sin = { rate = "30kb/s" } }
authentication = "internal_hashed"
archive_expires_after = "1w"
VirtualHost "localhost"
Component "conference.localhost" "muc"
	modules_enabled = { "muc_mam" }
