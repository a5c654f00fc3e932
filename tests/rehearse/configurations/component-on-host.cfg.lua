plugin_paths = { "/tmp/c/plugins" }
data_path = "/tmp/data"
modules_enabled = { "disco", "roster", "saslauth", "tls", "ping", "muc" }
VirtualHost "example.com"
