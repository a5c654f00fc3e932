# Priorities of what is set in services.prosody. A user's definition has 100, mkDefault 1000, an option's default
# 1500; the lower one prevails.
{
  # Over upstream's defaults, under everybody else.
  ours = 1100;
  # Over other modules' mkDefault too, under the user.
  firm = 900;
  # What an option's default has.
  default = 1500;
}
