local file = assert(io.open(prosody.paths.data .. "/written", "w"));
file:write("written");
file:close();
module:set_status("info", "written");
