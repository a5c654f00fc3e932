--% conflicts: mam, carbons
--% requires: http
local ok, err = pcall(module.depends, module, "cache")
local http = module:depends "http"
local lib = module:require("util")
local mode = module:get_option_string("mode", "never") -- größe
if mode == "on" or module:get_option_boolean("x", true) and not false then
	module:depends("bosh", true)
elseif #mode > 2 then return end
for i = 1, 2 do module:depends(names[i]) end
function module.load() module:depends([[websocket]]) end
function module.add_host(host) host:depends("muc"):context("*") end
local s = [==[ module:depends("x") ]==] .. 'y' .. 0x1p4
repeat goto done; ::done:: until true
while x do local y <const> = ~1 // 2 & 3 | 4 << 1 end
return { ["a"] = 1, b = function(...) end; module:hourly("t", f) }
