--% conflicts: permissions
module:depends("time")
