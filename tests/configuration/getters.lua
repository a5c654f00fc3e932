-- Reads values with the functions of a real Prosody's module API, and prints what comes of it as lines of JSON.
--
--   lua5.4 getters.lua FOLDER-OF-PROSODY FOLDER-OF-ITS-LIBRARIES < CASES
--
-- Each case is a line of Lua that returns the name of the function, the value, and a table of its further arguments
-- with their number as `n`. Each answer is an array: what is returned, or ["error"] where the function fails; then what is
-- logged, as texts with the level in front.

local folder, libraries = ...

local stand_in = dofile((arg[0]:gsub("[^/]*$", "loader.lua")))(folder, libraries)

-- What the module API needs for other purposes.
for _, name in ipairs { "util.logger"; "util.timer"; "util.stanza"; "util.cache"; "util.error"; "util.promise";
		"util.time"; "util.jid"; "util.format"; "util.pposix"; "util.encodings" } do
	stand_in(name, setmetatable({}, { __index = function() return function() end end }))
end

local value
stand_in("core.configmanager", { get = function() return value end })

prosody = { hosts = {}, core_post_stanza = function() end, paths = {} }

local api = require "core.moduleapi"

local function text(value)
	return '"' .. value:gsub('[%c"\\]', function(c) return ("\\u%04x"):format(c:byte()) end) .. '"'
end

local function json(value)
	local kind = math.type(value) or type(value)
	if kind == "string" then
		return text(value)
	elseif kind == "float" then
		return ('{"float":"%.17g"}'):format(value)
	elseif kind == "function" then
		return '{"function":true}'
	elseif kind == "nil" then
		return "null"
	elseif kind ~= "table" then
		return tostring(value)
	end
	-- A set has no order.
	local set = value._items
	local items, fields = {}, {}
	for key, item in pairs(set or value) do
		if set then
			items[#items + 1] = json(key)
		elseif math.type(key) ~= "integer" then
			fields[#fields + 1] = text(tostring(key)) .. ":" .. json(item)
		end
	end
	for _, item in ipairs(set and {} or value) do
		items[#items + 1] = json(item)
	end
	if set then table.sort(items) end
	table.sort(fields)
	return '{"items":[' .. table.concat(items, ",") .. '],"fields":{' .. table.concat(fields, ",") .. "}}"
end

for line in io.lines() do
	local getter, given, arguments = assert(load(line))()
	value = given
	local logs = {}
	local module = setmetatable({ host = "h", name = "x" }, { __index = api })
	function module:log(level, message, ...)
		if level ~= "debug" then
			-- Prosody's format shows a set by its text.
			local shown = table.pack(...)
			for i = 1, shown.n do
				if type(shown[i]) == "table" then shown[i] = tostring(shown[i]) end
			end
			logs[#logs + 1] = text(level .. ": " .. message:format(table.unpack(shown, 1, shown.n)))
		end
	end
	function module:get_directory() return "/" end
	local returned = table.pack(pcall(module["get_option_" .. getter] or module.get_option, module, "name",
		table.unpack(arguments, 1, arguments.n)))
	local answer = returned[1] and json(returned[2]) or '["error"]'
	print("[" .. answer .. ",[" .. table.concat(logs, ",") .. "]]")
end
