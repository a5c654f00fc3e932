module:depends("two")
