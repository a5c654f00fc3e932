This is no Lua.
