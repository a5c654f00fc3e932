modules_disabled = { "offline" }

VirtualHost "example.net"
    modules_enabled = {
        "lastactivity";
    }
