plugin_paths = { "/tmp/c/plugins", "/opt/no/such/directory" }
data_path = "/tmp/data"
modules_enabled = { "disco", "roster", "saslauth", "tls", "ping", "nowhere" }
VirtualHost "example.com"
