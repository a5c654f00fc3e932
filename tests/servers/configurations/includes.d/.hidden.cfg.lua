VirtualHost "hidden.localhost"
