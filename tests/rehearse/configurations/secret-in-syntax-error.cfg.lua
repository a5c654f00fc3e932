component_secret = "hunter2hunter2
VirtualHost "example.com"
