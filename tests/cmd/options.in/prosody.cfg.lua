admins = { "admin@example.org" }
http_file_share_expire_after = 604800
default_archive_policy = "sometimes"
modules_enabled = { "mam" }

VirtualHost "example.org"
  log = "*syslog"

Component "upload.example.org" "http_file_share"
  http_file_share_size_limit = "10 MB"
  http_file_share_expires_after = "7d"
