plugin_paths = { "/tmp/c/plugins" }
data_path = "/tmp/data"
admins = { FileLine "/tmp/c/secrets/admin" }
modules_enabled = { "disco", "roster", "saslauth", "tls", "ping" }
VirtualHost "example.com"
