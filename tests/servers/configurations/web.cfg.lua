-- Modules that serve all hosts, enabled on one.
modules_enabled = { "admin_shell", "roster", "saslauth" }
http_external_url = "https://localhost/"
VirtualHost "localhost"
	modules_enabled = { "bosh", "websocket", "http_files", "http_host_status_check" }
	http_files_dir = "."
VirtualHost "quiet.localhost"
Component "upload.localhost" "http_file_share"
	http_file_share_size_limit = 1024
