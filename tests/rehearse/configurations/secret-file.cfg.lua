plugin_paths = { "/tmp/c/plugins" }
data_path = "/tmp/data"
what_was_read = FileLine "/tmp/c/a-secret"
modules_enabled = { "disco", "roster", "saslauth", "tls", "ping", "tells_admins" }
VirtualHost "example.com"
