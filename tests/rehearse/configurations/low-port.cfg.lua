plugin_paths = { "/tmp/c/plugins" }
data_path = "/tmp/data"
c2s_ports = { 22 }
modules_enabled = { "disco", "roster", "saslauth", "tls", "ping" }
VirtualHost "example.com"
