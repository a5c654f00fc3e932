# A script that starts the package with the configuration of the system, in the build sandbox, and fails when a module
# that is expected does not load. `$result` is then 0, or something else if the start leaves something undetermined.
{
  cfg,
  config,
  lib,
}:
let
  inherit (config.services.prosody) package;
  own =
    name:
    lib.showOption [
      "services"
      "prosody-stability"
      "rehearse"
      name
    ];
  mayFail = map (name: "--may-fail=${name}") cfg.rehearse.mayFail;
in
# The copy has a short path, as the file has on the machine: Prosody stumbles over one of 60 characters. The directory
# of credentials is where systemd has it; what is read from there is replaced.
''
  cp ${config.environment.etc."prosody/prosody.cfg.lua".source} prosody.cfg.lua
  mkdir certs
  cat >&2 <<'END'
  prosody-stability: starting ${package} with the configuration of this system, in the build sandbox.
  It has no access to the machine: no /var, no /etc, no secrets, no certificates, no users and no network.
  END
  result=0
  prosody-stability rehearse --isolation sandbox --config prosody.cfg.lua \
    --prosody ${lib.escapeShellArg "${package}"} --env CREDENTIALS_DIRECTORY=/run/credentials/prosody.service \
    --deadline 120 --color never --fail-on-code module-fails,does-not-start ${lib.escapeShellArgs mayFail} \
    > report || result=$?
  cat report >&2
  if [ $result = 1 ]; then
    cat >&2 <<'END'
  prosody-stability: with this system, Prosody would run without the modules that do not load, or not start at all.
  Change services.prosody.package, the modules, or their options. If a module only fails because it needs
  something of the machine, add its name to ${own "mayFail"}.
  To build without this check, set ${own "enable"} = false.
  END
    exit 1
  fi
''
