module:depends("one", true)
