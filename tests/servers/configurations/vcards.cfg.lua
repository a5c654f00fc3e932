-- Of vcard and vcard_legacy the second one stays.
modules_enabled = { "admin_shell", "roster", "saslauth", "vcard" }
VirtualHost "one.localhost"
VirtualHost "two.localhost"
	modules_enabled = { "vcard_legacy" }
VirtualHost "three.localhost"
	modules_enabled = { "vcard_legacy" }
	modules_disabled = { "vcard_legacy" }
