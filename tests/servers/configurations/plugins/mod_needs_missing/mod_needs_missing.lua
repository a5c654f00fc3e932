module:depends("disco")
module:depends("nor_this_one")
