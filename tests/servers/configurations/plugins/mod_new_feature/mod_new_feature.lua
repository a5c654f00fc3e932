--% requires: keyval+
module:depends("time")
