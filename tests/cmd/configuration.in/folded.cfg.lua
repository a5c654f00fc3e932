list = { "mam" }
modules_enabled = list or os.remove("x")
list = os.remove("y")
copy = list
VirtualHost "example.org"
