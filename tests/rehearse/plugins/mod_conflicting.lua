--% conflicts: mod_bookmarks
module:log("info", "loaded");
