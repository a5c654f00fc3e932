plugin_paths = { "/tmp/c/plugins" }
data_path = "/tmp/data"
modules_enabled = { "disco", "roster", "saslauth", "tls", "ping", "no_login_on_13" }
VirtualHost "example.com"
