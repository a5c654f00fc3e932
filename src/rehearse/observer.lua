-- Runs inside a Prosody that is rehearsed: before the admin's configuration is read, with Prosody's own globals.
--
-- It replaces what a rehearsal cannot have, watches what the server reads, loads and logs, and writes one JSON
-- object a line into settings.events. It loads no module, and changes nothing that is not written down as `replaced`.
-- Works with Prosody 0.12 and 13.0; src/rehearse/event.rs has the other end.

local settings = REHEARSAL
REHEARSAL = nil

local function library(name)
	local found, result = pcall(require, "prosody." .. name)
	if found then return result end
	return require(name) -- the names that 0.12 has
end

local getenv, open, exit = os.getenv, io.open, os.exit
local events = assert(open(settings.events, "w"))
events:setvbuf("line")

-- JSON. Lists are marked, because an empty Lua table may be either.
local list_mt = {}
local function list(items) return setmetatable(items or {}, list_mt) end

local function json(value)
	local kind = type(value)
	if kind == "boolean" then return tostring(value) end
	if kind == "number" then return ("%d"):format(math.floor(value)) end
	if kind == "table" then
		local parts = {}
		if getmetatable(value) == list_mt then
			for index, item in ipairs(value) do parts[index] = json(item) end
			return "[" .. table.concat(parts, ",") .. "]"
		end
		for key, item in pairs(value) do parts[#parts + 1] = json(tostring(key)) .. ":" .. json(item) end
		table.sort(parts)
		return "{" .. table.concat(parts, ",") .. "}"
	end
	local text = tostring(value)
	if not text:find('[%c"\\\128-\255]') then return '"' .. text .. '"' end
	-- Anything that is not UTF-8 is written byte by byte.
	local special = utf8 and utf8.len(text) and '[%c"\\]' or '[%c"\\\128-\255]'
	return '"' .. text:gsub(special, function (character)
		return ("\\u%04x"):format(character:byte())
	end) .. '"'
end

-- What must not be written: the values of options whose names say that they are secret.
local secrets = {}
local secret_words = { "secret", "password", "passwd", "passphrase", "token", "credential", "api_key", "apikey" }

local function is_secret(name)
	name = tostring(name):lower()
	for _, word in ipairs(secret_words) do
		if name:find(word, 1, true) then return true end
	end
	return false
end

-- A table may hold itself, as the handle of a list does that was kept by mistake.
local function keep_secret(value, all, seen)
	seen = seen or {}
	if type(value) == "string" and all and #value >= 4 then
		secrets[value] = true
	elseif type(value) == "table" and not seen[value] then
		seen[value] = true
		for key, item in pairs(value) do keep_secret(item, all or is_secret(key), seen) end
	end
end

local function without_secrets(text)
	for secret in pairs(secrets) do
		local start = text:find(secret, 1, true)
		while start do
			text = text:sub(1, start - 1) .. "[secret]" .. text:sub(start + #secret)
			start = text:find(secret, start + 8, true)
		end
	end
	return text
end

local function send(kind, event)
	event = event or {}
	event.event = kind
	events:write(json(event), "\n")
end

local function sorted(set)
	local names = list()
	for name in pairs(set) do names[#names + 1] = tostring(name) end
	table.sort(names)
	return names
end

local function version()
	local file = open((CFG_SOURCEDIR or ".") .. "/prosody.version")
	local line = file and file:read("*l")
	if file then file:close() end
	return line
end

send("begin", { lua = _VERSION, version = version() })

-- What the configuration asks of its surroundings.
local reading = true

-- Where an endless loop in the configuration is; only there, because it makes everything slower.
local last_report = os.clock()
debug.sethook(function ()
	if not reading then return debug.sethook() end
	if os.clock() - last_report < 0.2 then return end
	last_report = os.clock()
	local info = debug.getinfo(2, "Sl")
	if info.what ~= "C" then send("reading", { file = info.source:gsub("^@", ""), line = info.currentline }) end
end, "", 1000000)
local asked = {}

os.getenv = function (name)
	local value = getenv(name)
	if reading and type(name) == "string" and not asked[name] then
		asked[name] = true
		if is_secret(name) then keep_secret(value, true) end
		if value == nil then send("unset_variable", { name = name }) end
	end
	return value
end

os.exit = function (code, ...)
	if type(code) ~= "number" then code = code == false and 1 or 0 end
	send("exit", { code = code })
	events:close()
	return exit(code, ...)
end

-- The caller that asks for a file is recognised by what it is a closure over.
local function asked_by_closure_over(variable)
	local info = debug.getinfo(3, "f")
	for index = 1, 20 do
		local name = info and debug.getupvalue(info.func, index)
		if name == variable then return true end
		if not name then return false end
	end
end

-- The whole text is a secret, and so is each line: what is kept in a file of its own mostly is one.
local function keep_text_secret(path)
	local file = open(path, "r")
	local text = file and file:read("*a")
	if file then file:close() end
	for line in (text or ""):gmatch("[^\r\n]+") do
		if #line >= 8 then secrets[line] = true end
	end
end

io.open = function (path, mode)
	local file, problem, number = open(path, mode)
	if file and reading and asked_by_closure_over("basepath") then keep_text_secret(path) end
	if not file and reading and type(path) == "string" and path ~= settings.wrapper then
		-- FileContents, FileLine and FileLines know the directory where relative paths start.
		if settings.placeholder and asked_by_closure_over("basepath") then
			send("replaced", { host = "*", kind = "file", name = path, reason = tostring(problem) })
			return open(settings.placeholder, "r")
		end
		-- Include knows the parser that it hands the file to.
		if settings.for_other_machine and asked_by_closure_over("parser") then
			send("replaced", { host = "*", kind = "include", name = path, reason = tostring(problem) })
			return open("/dev/null", "r")
		end
		send("missing_file", { path = path, problem = tostring(problem) })
	end
	return file, problem, number
end

-- A pattern of Include: the directory that it looks in.
if settings.for_other_machine then
	local found, lfs = pcall(require, "lfs")
	local dir = found and lfs.dir
	if dir then
		lfs.dir = function (path, ...)
			if reading and lfs.attributes(path, "mode") ~= "directory" then
				send("replaced", { host = "*", kind = "include", name = path, reason = "no such directory" })
				return function () end
			end
			return dir(path, ...)
		end
	end
end

-- The log, before it becomes text: the format tells what happened.
local logger = library "util.logger"
local current_host = "*"

local function format(text, ...)
	local formatted, result = pcall(library("util.format").format, text, ...)
	return formatted and result or text
end

local function sink(source, level, text, ...)
	local arguments = list()
	for index = 1, select("#", ...) do
		arguments[index] = without_secrets(tostring((select(index, ...)))):sub(1, 4000)
	end
	send("log", {
		source = source, level = level, host = current_host,
		format = text, arguments = arguments, text = without_secrets(format(text, ...)):sub(1, 4000),
	})
end

-- Each module begins with a logger of its own, and what it is called tells for which host.
local init, started = logger.init, false
logger.init = function (name, ...)
	local host, module = tostring(name):match("^([^:]+):([%w_]+)$")
	if host and not started then send("loading", { host = host, module = module }) end
	return init(name, ...)
end

local reset = logger.reset
logger.reset = function (...)
	local result = reset(...)
	for _, level in ipairs { "info", "warn", "error" } do logger.add_level_sink(level, sink) end
	return result
end

-- The configuration.
local configmanager = library "core.configmanager"
local before = configmanager.getconfig()

if configmanager.set_credential_fallback_mode and not getenv "CREDENTIALS_DIRECTORY" then
	-- Reads as an error object then, which counts as not set.
	configmanager.set_credential_fallback_mode("warn")
	settings.no_credentials = true
end

-- Relative paths of the admin's file start at its own directory, not at that of the wrapper.
prosody.paths.config = settings.directory
CFG_CONFIGDIR = settings.directory -- luacheck: ignore 111

local get, rawget_option, set = configmanager.get, configmanager.rawget, configmanager.set

local function replaced(host, name, kind, reason)
	send("replaced", { host = host, kind = kind, name = name, reason = without_secrets(tostring(reason)) })
end

local function is_readable(path)
	local file, problem = open(configmanager.resolve_relative_path(settings.directory, path), "r")
	if file then
		file:close()
		return true
	end
	-- The service's own user really has no right to it, which its log must say.
	if settings.service_user and not tostring(problem):find("No such file", 1, true) then return true end
	return false, problem
end

local certificate_options = {
	"ssl", "https_ssl", "c2s_ssl", "s2s_ssl", "c2s_direct_tls_ssl", "s2s_direct_tls_ssl", "legacy_ssl_ssl",
}
local stand_ins = { certificate = settings.certificate, key = settings.key }

local function replace_files_of(host, name, value)
	local missing
	for _, part in ipairs { "certificate", "key", "dhparam", "cafile" } do
		local path = value[part]
		if type(path) == "string" then
			local readable, problem = is_readable(path)
			if not readable then missing = missing or problem end
		end
	end
	if not missing then return end
	replaced(host, name, "certificate", missing)
	for _, part in ipairs { "certificate", "key", "dhparam", "cafile" } do
		if value[part] ~= nil and (stand_ins[part] or not is_readable(value[part])) then value[part] = stand_ins[part] end
	end
end

local function has_certificate(host)
	local ssl = get(host, "ssl")
	if type(ssl) == "table" and ssl.certificate then return true end
	local asked_for, certmanager = pcall(library, "core.certmanager")
	if not asked_for then return false end
	local searched, found = pcall(certmanager.find_host_cert, host)
	return searched and found ~= nil
end

-- Drivers of databases, by the name in the option `sql`. Without its library a driver really fails.
local drivers = { MySQL = "dbd.mysql", PostgreSQL = "dbd.postgresql", SQLite3 = "dbd.sqlite3" }

local function has_driver(host)
	local sql = get(host, "sql")
	local driver = type(sql) == "table" and sql.driver or "SQLite3"
	if driver == "SQLite3" and pcall(require, "lsqlite3") then return true end
	local library_name = drivers[driver]
	return library_name ~= nil and pcall(require, "DBI") and pcall(require, library_name)
end

local function without_sql(value)
	if value == "sql" then return "internal", true end
	if type(value) ~= "table" then return value, false end
	local copy, changed = {}, false
	for key, item in pairs(value) do
		local item_changed
		copy[key], item_changed = without_sql(item)
		changed = changed or item_changed
	end
	return copy, changed
end

local function prepare_host(host)
	for name, value in pairs(configmanager.getconfig()[host]) do
		keep_secret(value, is_secret(name))
	end
	for _, name in ipairs(certificate_options) do
		local value = rawget_option(host, name)
		if type(value) == "table" then replace_files_of(host, name, value) end
	end
	for _, name in ipairs(settings.storage_options) do
		local value, changed = without_sql(rawget_option(host, name))
		if changed and has_driver(host) then
			set(host, name, value)
			replaced(host, name, "database", "no database is opened")
		end
	end
end

local function prepare()
	local names = {}
	for host in pairs(configmanager.getconfig()) do names[#names + 1] = host end
	table.sort(names) -- "*" is first
	for _, host in ipairs(names) do prepare_host(host) end
	for _, host in ipairs(names) do
		if host ~= "*" and not has_certificate(host) then
			local ssl = {}
			for key, value in pairs(get(host, "ssl") or {}) do ssl[key] = value end
			ssl.certificate, ssl.key = settings.certificate, settings.key
			set(host, "ssl", ssl)
			replaced(host, "ssl", "certificate", "no certificate for " .. host)
		end
	end
end

-- Who reads which option. All readers of the core and of modules ask these two.
local reads, readers = {}, {}

local function note(host, name)
	if type(name) ~= "string" then return end
	local own = rawget_option(host, name) ~= nil and host or "*"
	reads[own] = reads[own] or {}
	reads[own][name] = true
end

local prepared = false
configmanager.get = function (host, name, ...)
	if not prepared and configmanager.getconfig() ~= before then
		prepared = true
		reading = false
		prepare()
	end
	if prepared then note(host, name) end
	return get(host, name, ...)
end
configmanager.rawget = function (host, name, ...)
	if prepared then note(host, name) end
	return rawget_option(host, name, ...)
end

prosody.events.add_handler("server-starting", function ()
	reading = false
	send("configuration_read", {})
	local api = library "core.moduleapi"
	local get_option = api.get_option
	api.get_option = function (self, name, ...)
		if type(name) == "string" then
			local who = tostring(self.name)
			readers[who] = readers[who] or {}
			readers[who][name] = true
		end
		return get_option(self, name, ...)
	end
end, 1000000)

prosody.events.add_handler("host-activated", function (host) current_host = host end, 1000000)
prosody.events.add_handler("host-activated", function () current_host = "*" end, -1000000)

-- What runs.
local function report_hosts()
	local modulemanager = library "core.modulemanager"
	local names = { "*" }
	for host in pairs(prosody.hosts) do names[#names + 1] = host end
	table.sort(names)
	for _, host in ipairs(names) do
		local modules, requested, component = {}, {}, nil
		for name, environment in pairs(modulemanager.get_modules(host) or {}) do
			local module = environment.module
			local path = module.path or (modulemanager.get_module("*", name) or { module = {} }).module.path
			modules[name] = {
				path = path, status = module.status_type,
				message = module.status_message and without_secrets(tostring(module.status_message)) or nil,
				dependencies = sorted(module.dependencies or {}),
			}
		end
		if host ~= "*" then
			local set_of_names, component_module = modulemanager.get_modules_for_host(host)
			for name in set_of_names do requested[name] = true end
			component = component_module
		end
		send("host", {
			host = host, type = host == "*" and "global" or prosody.hosts[host].type,
			modules = modules, requested = sorted(requested), component = component,
		})
	end
end

local function report_services()
	local services = list()
	local ok, problem = pcall(function ()
		local active = library("core.portmanager").get_active_services():get()
		for service, interfaces in pairs(active or {}) do
			for interface, ports in pairs(interfaces) do
				for port, entry in pairs(ports) do
					local info = entry.service or (entry[1] or {}).service or {}
					services[#services + 1] = {
						service = service, interface = interface, port = port, tls = info.encryption == "ssl",
					}
				end
			end
		end
	end)
	send("services", { services = services, problem = not ok and tostring(problem) or nil })
end

local function report_options()
	local all = configmanager.getconfig()
	for host, options in pairs(all) do
		local unread, count = {}, 0
		for name in pairs(options) do
			count = count + 1
			if not (reads[host] and reads[host][name]) then unread[name] = true end
		end
		for _, name in ipairs(settings.own_options) do unread[name] = nil end
		send("options", { host = host, set = count, unread = sorted(unread) })
	end
	for name, options in pairs(readers) do
		send("reads", { module = name, options = sorted(options) })
	end
end

-- Where modules are looked for, and what of that does not exist here.
local function report_plugin_directories()
	local lfs = require "lfs"
	local missing = {}
	local paths = get("*", "plugin_paths") or {}
	if type(paths) ~= "table" then paths = { paths } end
	for _, path in ipairs(paths) do
		if type(path) == "string" then
			local full = configmanager.resolve_relative_path(settings.directory, path)
			if lfs.attributes(full, "mode") ~= "directory" then missing[path] = true end
		end
	end
	send("plugin_directories", { missing = sorted(missing) })
end

-- Accounts for the client, on so many of the hosts that can make one.
local function make_accounts()
	local usermanager = library "core.usermanager"
	local hosts = {}
	for host, session in pairs(prosody.hosts) do
		if session.type == "local" then hosts[#hosts + 1] = host end
	end
	table.sort(hosts)
	for index = 1, math.min(#hosts, settings.accounts) do
		local host = hosts[index]
		local called, made, problem = pcall(usermanager.create_user, settings.user, settings.password, host)
		send("account", {
			host = host, made = called and made and true or false,
			problem = not (called and made) and without_secrets(tostring(called and problem or made)) or nil,
		})
	end
end

prosody.events.add_handler("server-started", function ()
	started = true
	send("started", {})
	library("util.timer").add_task(settings.settle, function ()
		-- Outside of the timer's call, where creating accounts may wait for a result.
		prosody.main_thread:run(function ()
			report_hosts()
			report_plugin_directories()
			report_services()
			report_options()
			make_accounts()
			send("finished", { version = tostring(prosody.version) })
		end)
	end)
end, -1000000)
