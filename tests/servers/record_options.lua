-- Run by Lua before Prosody (LUA_INIT): writes down each option that is asked for, into a file in the
-- current folder. A line is the option, the module that asks, and the file that asks.
local file = assert(io.open("options-read", "a"));
file:setvbuf("line");

local written = {};
local function record(option, module, source)
	local line = ("%s\t%s\t%s\n"):format(option, module, source);
	if type(option) == "string" and not option:find("[\t\n]") and not written[line] then
		written[line] = true;
		file:write(line);
	end
end

-- The first file on the stack that is not the module API itself.
local function caller()
	for level = 3, 20 do
		local info = debug.getinfo(level, "S");
		if not info then
			break;
		end
		local source = info.source:gsub("^@", "");
		if info.what ~= "C" and not source:find("core/moduleapi.lua", 1, true) then
			return source;
		end
	end
	return "?";
end

local patches = {
	["core.moduleapi"] = function (api)
		local get_option = api.get_option;
		function api:get_option(name, default)
			record(name, self.name or "?", caller());
			return get_option(self, name, default);
		end
	end;
	["core.configmanager"] = function (manager)
		local get = manager.get;
		function manager.get(host, name)
			local asking = debug.getinfo(2, "S");
			if not (asking and asking.source:find("core/moduleapi.lua", 1, true)) then
				record(name, "?", caller());
			end
			return get(host, name);
		end
	end;
};

local require_library = require;
function require(name)
	local library = require_library(name);
	local own = name:gsub("^prosody%.", "");
	local patch = patches[own];
	if patch and type(library) == "table" then
		patches[own] = nil;
		patch(library);
	end
	return library;
end
