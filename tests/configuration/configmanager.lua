-- Loads configurations with the configmanager of a real Prosody, and prints what they hold as lines of JSON.
--
--   lua5.4 configmanager.lua FOLDER-OF-PROSODY FOLDER-OF-ITS-LIBRARIES FILE…
--
-- Each line is an array: ["file", path], ["set", host, option, value], ["warning", text], ["error", text].
-- The folder of a file is that of its credentials as well.

local folder, libraries = ...

local stand_in = dofile((arg[0]:gsub("[^/]*$", "loader.lua")))(folder, libraries)

stand_in("util.dependencies", {
	softreq = function(name)
		local ok, module = pcall(require, name)
		return ok and module or nil
	end;
})
stand_in("util.logger", { init = function() return function() end end })
stand_in("util.error", { is_error = function() return false end; new = error })
-- The frames of the stack; Prosody's own has also their variables.
stand_in("util.debug", {
	get_traceback_table = function(_, start)
		local frames = {}
		local level = start or 2
		local info = debug.getinfo(level)
		while info do
			frames[#frames + 1] = { info = info }
			level = level + 1
			info = debug.getinfo(level)
		end
		return frames
	end;
})

local function text(value)
	return '"' .. value:gsub('[%c"\\]', function(c) return ("\\u%04x"):format(c:byte()) end) .. '"'
end

local function json(value, depth)
	local kind = math.type(value) or type(value)
	if kind == "string" then
		return text(value)
	elseif kind == "float" then
		return ('{"float":"%.17g"}'):format(value)
	elseif kind == "function" then
		return '{"function":true}'
	elseif kind ~= "table" then
		return tostring(value)
	elseif depth > 50 then
		return '{"deep":true}'
	end
	if type(rawget(value, "config_table")) == "table" then
		return '{"handle":' .. text(rawget(value, "option_name")) .. "}"
	end
	local items, fields = {}, {}
	while rawget(value, #items + 1) ~= nil do
		items[#items + 1] = json(rawget(value, #items + 1), depth + 1)
	end
	for key, item in next, value do
		if not (math.type(key) == "integer" and items[key]) then
			fields[#fields + 1] = text(tostring(key)) .. ":" .. json(item, depth + 1)
		end
	end
	table.sort(fields)
	return '{"items":[' .. table.concat(items, ",") .. '],"fields":{' .. table.concat(fields, ",") .. "}}"
end

assert(require "prosody.util.encodings", "no library that prepares names")
local config = require "core.configmanager"
-- Run by a configuration, which must not print among our lines.
function print() end

for _, file in ipairs { select(3, ...) } do
	if config.set_credentials_directory then
		config.set_credentials_directory(file:match("^(.*)/"))
	end
	local lines = { '["file",' .. text(file) .. "]" }
	local ok, _, message = config.load(file)
	if not ok then
		lines[2] = '["error",' .. text(tostring(message)) .. "]"
	else
		for host, options in pairs(config.getconfig()) do
			for option, value in pairs(options) do
				lines[#lines + 1] = ('["set",%s,%s,%s]'):format(text(host), text(tostring(option)), json(value, 0))
			end
		end
		for _, warning in ipairs(type(message) == "table" and message or {}) do
			lines[#lines + 1] = '["warning",' .. text(warning) .. "]"
		end
	end
	io.write(table.concat(lines, "\n"), "\n")
end
