-- What requires a disabled module does not load, whoever disables it, also where a host enables that itself.
modules_enabled = { "admin_shell", "roster", "saslauth", "disco", "websocket", "announce", "mam" }
modules_disabled = { "adhoc" }
VirtualHost "one.localhost"
	modules_disabled = { "http" }
VirtualHost "two.localhost"
	modules_enabled = { "adhoc", "bosh", "uptime" }
Component "upload.localhost" "http_file_share"
	modules_disabled = { "http" }
Component "share.localhost" "http_file_share"
