local settings;
settings.colour = "blue";
