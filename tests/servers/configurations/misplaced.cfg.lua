-- Modules of rooms and components on a virtual host.
modules_enabled = { "admin_shell", "roster", "saslauth", "disco" }
component_secret = "secret"
VirtualHost "localhost"
	modules_enabled = { "muc", "muc_mam", "component", "vcard_muc" }
VirtualHost "two.localhost"
	modules_enabled = { "http_file_share", "pubsub", "proxy65", "register_redirect" }
