local adns = require (pcall(require, "prosody.net.adns") and "prosody.net.adns" or "net.adns");
adns.lookup(function () end, "example.net", "A");
