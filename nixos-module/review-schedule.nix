# Regularly compares the running Prosody with the flags: `status`, to the journal.
{
  cfg,
  computed,
  lib,
  prosody,
  systemFiles,
  ...
}:
let
  inherit (computed)
    enabled
    release
    ;
  name = "prosody-stability-status";

  # It reads Prosody's configuration, asks through the socket that admin_shell opens as a file, and prints.
  # prosodyctl opens Prosody's log, and gives up where it cannot write there.
  sandbox = {
    CapabilityBoundingSet = "";
    DevicePolicy = "closed";
    IPAddressDeny = "any";
    KeyringMode = "private";
    LockPersonality = true;
    MemoryDenyWriteExecute = true;
    MemoryMax = "512M";
    NoNewPrivileges = true;
    PrivateDevices = true;
    PrivateMounts = true;
    PrivateNetwork = true;
    PrivateTmp = true;
    PrivateUsers = true;
    ProcSubset = "pid";
    ProtectClock = true;
    ProtectControlGroups = true;
    ProtectHome = true;
    ProtectHostname = true;
    ProtectKernelLogs = true;
    ProtectKernelModules = true;
    ProtectKernelTunables = true;
    ProtectProc = "invisible";
    ProtectSystem = "strict";
    ReadWritePaths = [
      "-${prosody.dataDir}"
      "-/var/log/prosody"
    ];
    RemoveIPC = true;
    RestrictAddressFamilies = "AF_UNIX";
    RestrictNamespaces = true;
    RestrictRealtime = true;
    RestrictSUIDSGID = true;
    SystemCallArchitectures = "native";
    SystemCallErrorNumber = "EPERM";
    SystemCallFilter = [
      "@system-service"
      "~@privileged @resources"
    ];
    TasksMax = 32;
    TimeoutStartSec = "2min";
    UMask = "0077";
  };
  # What systemd takes for a calendar event: a word, or days, a date, a time and a zone, each of which may be missing.
  words = "minutely|hourly|daily|weekly|monthly|quarterly|semiannually|annually|yearly";
  day = "([Mm]on|[Tt]ue|[Ww]ed|[Tt]hu|[Ff]ri|[Ss]at|[Ss]un)[a-z]*";
  days = "${day}((,|-|[.][.])${day})*";
  number = "[0-9*][0-9*/,.]*";
  date = "(${number}-)?${number}[-~]${number}";
  time = "${number}:${number}(:${number})?";
  zone = "([A-Z]{3}[A-Z0-9]*|[A-Z][A-Za-z_]+/[A-Za-z0-9_/+-]+)";
  isEvent = builtins.match "@[0-9]+|(${words})( ${zone})?|${days}( ${date})?( ${time})?( ${zone})?|${date}( ${time})?( ${zone})?|${time}( ${zone})?";
in
{
  isCalendarEvent = event: isEvent event != null;

  warnings =
    lib.optional (!(lib.elem "admin_shell" enabled))
      "services.prosody-stability.reviewSchedule queries Prosody through admin_shell, which does not load. Set services.prosody-stability.modules.admin_shell = true.";

  units = {
    services.${name} = {
      description = "Compare the running Prosody with its stability flags";
      after = [ "prosody.service" ];
      serviceConfig = {
        Type = "oneshot";
        User = prosody.user;
        Group = prosody.group;
      }
      // sandbox;
      script = ''
        exec ${cfg.package}/bin/prosody-stability status --prosodyctl ${prosody.package}/bin/prosodyctl \
          --release ${release.version} --config ${systemFiles}/selection.nix
      '';
    };

    timers.${name} = {
      description = "Regularly compare the running Prosody with its stability flags";
      wantedBy = [ "timers.target" ];
      timerConfig = {
        OnCalendar = cfg.reviewSchedule;
        Persistent = true;
      };
    };
  };
}
