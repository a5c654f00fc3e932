plugin_paths = { "/tmp/c/plugins" }
data_path = "/tmp/data"
while true do end
VirtualHost "example.com"
