-- The functions that a configuration finds, made of those that Lua brings.
--
-- Everything here is safe to call with an unknown value, which is the only kind of userdata there
-- is: a function that would fail on it returns it instead.

local given = ...
local decides, is_stopped, is_at, text_of = given.decides, given.is_stopped, given.is_at, given.text_of
local assert, error, getmetatable, ipairs, next, pairs, pcall, rawequal, rawget, rawlen, rawset =
	assert, error, getmetatable, ipairs, next, pairs, pcall, rawequal, rawget, rawlen, rawset
local select, setmetatable, tonumber, tostring, type, xpcall =
	select, setmetatable, tonumber, tostring, type, xpcall

local function is_unknown(value)
	return type(value) == "userdata"
end

-- Checks every argument.
local function guard(call)
	return function(...)
		for i = 1, select("#", ...) do
			local argument = select(i, ...)
			if is_unknown(argument) then
				return argument
			end
		end
		return call(...)
	end
end

-- Checks the first argument; the others may be anything.
local function guard_first(call)
	return function(first, ...)
		if is_unknown(first) then
			return first
		end
		return call(first, ...)
	end
end

-- Says where it is before it starts: it can take long, and nothing can interrupt it.
local function guard_slow(call)
	local guarded = guard(call)
	return function(...)
		is_at()
		return guarded(...)
	end
end

local function nothing() end

local globals = {
	_VERSION = _VERSION;
	assert = function(value, ...)
		decides(value)
		return assert(value, ...)
	end;
	error = error;
	getmetatable = guard(getmetatable);
	ipairs = function(list)
		if is_unknown(list) then
			decides(list)
			return nothing
		end
		return ipairs(list)
	end;
	next = guard(next);
	pairs = function(list)
		if is_unknown(list) then
			decides(list)
			return nothing
		end
		return pairs(list)
	end;
	print = nothing;
	rawequal = function(a, b)
		decides(a)
		decides(b)
		return rawequal(a, b)
	end;
	rawget = guard_first(rawget);
	rawlen = guard(rawlen);
	rawset = guard_first(rawset);
	select = guard_first(select);
	-- A finaliser would run where nothing can interrupt it.
	setmetatable = guard_first(function(object, metatable)
		if type(metatable) == "table" and rawget(metatable, "__gc") ~= nil then
			error("finalisers are not available", 2)
		end
		return setmetatable(object, metatable)
	end);
	tonumber = guard(tonumber);
	tostring = guard_first(tostring);
	type = guard_first(type);
}
globals._G = globals

-- An error that ends the run must not be caught, and no error is more than a text.
local function caught(ok, ...)
	if is_stopped(ok, ...) then
		error("a limit is passed", 0)
	end
	if not ok and is_unknown((...)) then
		return false, text_of((...))
	end
	return ok, ...
end

function globals.pcall(call, ...)
	if is_unknown(call) then
		local returned = call(...)
		return returned, returned
	end
	return caught(pcall(call, ...))
end

function globals.xpcall(call, handler, ...)
	if is_unknown(call) then
		local returned = call(...)
		return returned, returned
	end
	return caught(xpcall(call, handler, ...))
end

local function copy(library, names, wrap)
	local copied = {}
	for name in names:gmatch("%w+") do
		copied[name] = wrap(library[name])
	end
	return copied
end

local text = string
globals.string = copy(text, "byte char format len lower pack packsize rep reverse sub unpack upper", guard)
for name, call in pairs(copy(text, "find match gmatch", guard_slow)) do
	globals.string[name] = call
end
local gsub = guard_slow(text.gsub)
function globals.string.gsub(subject, pattern, replacement, ...)
	local kind = type(replacement)
	if kind == "function" or kind == "table" then
		local inner = replacement
		replacement = function(...)
			local value
			if kind == "function" then
				value = inner(...)
			else
				value = inner[(...)]
			end
			if is_unknown(value) then
				decides(value)
				return false
			end
			return value
		end
	end
	return gsub(subject, pattern, replacement, ...)
end
getmetatable("").__index = globals.string

globals.table = copy(table, "insert move pack remove sort unpack", guard_first)
local concat = guard(table.concat)
function globals.table.concat(list, ...)
	if type(list) == "table" then
		for _, item in ipairs(list) do
			if is_unknown(item) then
				return item
			end
		end
	end
	return concat(list, ...)
end

globals.math, globals.utf8 = {}, {}
for into, library in pairs({ [globals.math] = math, [globals.utf8] = utf8 }) do
	for name, value in pairs(library) do
		into[name] = type(value) == "function" and guard(value) or value
	end
end
globals.os = copy(os, "clock date difftime time", guard)

-- What a marked text calls around what it tests.
local marks = {
	function(value)
		if is_unknown(value) then
			decides(value)
		end
		return value
	end;
	function(value)
		if is_unknown(value) then
			decides(value)
			return false
		end
		return value
	end;
	function(value)
		if is_unknown(value) then
			decides(value)
			return true
		end
		return value
	end;
	function(first, ...)
		if is_unknown(first) then
			decides(first)
			return nothing
		end
		return first, ...
	end;
	function(value)
		if is_unknown(value) then
			decides(value)
			return 1
		end
		return value
	end;
}

return {
	globals = globals;
	marks = marks;
	-- `Include`: `prepare` returns an iterator over what is to run.
	includer = function(prepare)
		return function(path)
			local all = prepare(path)
			local run = all()
			while run do
				run()
				run = all()
			end
			return true
		end
	end;
	run = function(chunk, failed)
		return xpcall(chunk, failed)
	end;
}
