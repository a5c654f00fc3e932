plugin_paths = { "/tmp/c/plugins" }
data_path = "/tmp/data"
c2s_interfaces = { "203.0.113.5" }
modules_enabled = { "disco", "roster", "saslauth", "tls", "ping" }
VirtualHost "example.com"
