-- Drivers for all stores, for some of them, and none.
modules_enabled = { "admin_shell", "roster", "saslauth", "mam", "private", "blocklist" }
default_storage = "memory"
VirtualHost "memory.localhost"
VirtualHost "internal.localhost"
	storage = "internal"
VirtualHost "some.localhost"
	storage = { archive = "none", accounts = "internal" }
VirtualHost "null.localhost"
	storage = "null"
VirtualHost "missing.localhost"
	storage = "nowhere"
Component "rooms.localhost" "muc"
	storage = { persistent = "internal" }
