plugin_paths = { "/tmp/c/plugins" }
data_path = "/tmp/data"
s2s_ports = { 5280 }
s2s_direct_tls_ports = { 5280 }
modules_enabled = { "disco", "roster", "saslauth", "tls", "ping" }
VirtualHost "example.com"
