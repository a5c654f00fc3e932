plugin_paths = { "/tmp/c/plugins" }
data_path = "/tmp/data"
VirtualHost "example.com
