--% conflicts: mod_bookmarks
module:depends("uptime")
