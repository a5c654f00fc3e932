-- To an address of a test network, to a name, and to a socket of another service.
local socket = require "socket";
local tcp = socket.tcp();
tcp:settimeout(0.1);
local connected, problem = tcp:connect("203.0.113.77", 80);
module:log(connected and "error" or "info", "203.0.113.77: %s", problem or "connected");

local udp = socket.udp();
local sent, problem = udp:sendto("hello", "203.0.113.77", 9);
module:log("info", "203.0.113.77 by datagram: %s", problem or "sent");

local local_socket = require "socket.unix"();
local connected, problem = local_socket:connect("/tmp/listener");
module:log(connected and "error" or "info", "/tmp/listener: %s", problem or "connected");
