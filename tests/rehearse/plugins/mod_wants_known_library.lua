local library = require "zlib";
