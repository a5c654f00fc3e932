plugin_paths = { "/tmp/c/plugins" }
data_path = "/tmp/data"
admins = { "admin@" .. (os.getenv("DOMAIN") or "example.com") }
modules_enabled = { "disco", "roster", "saslauth", "tls", "ping" }
VirtualHost "example.com"
