# Boots Prosody with `beta = false` and looks at it from both sides: the modules that it has loaded, as its own
# shell lists them, and what a client gets that logs in over the network.
{ pkgs, ... }:
let
  domain = "example.org";

  certificate =
    pkgs.runCommand "certificate"
      {
        nativeBuildInputs = [ pkgs.openssl ];
      }
      ''
        mkdir $out
        openssl req -x509 -newkey rsa:2048 -noenc -days 36500 -subj /CN=${domain} \
          -addext subjectAltName=DNS:${domain} -addext keyUsage=digitalSignature,keyCertSign \
          -keyout $out/key.pem -out $out/cert.pem
      '';
in
{
  name = "prosody-stability";

  nodes = {
    server = {
      imports = [ ../nixos-module ];
      networking.firewall.allowedTCPPorts = [ 5222 ];
      services.prosody = {
        enable = true;
        # Asks for file sharing over HTTP, which `beta = false` leaves out.
        xmppComplianceSuite = false;
        ssl = {
          cert = "${certificate}/cert.pem";
          key = "${certificate}/key.pem";
        };
        virtualHosts.${domain} = {
          enabled = true;
          inherit domain;
        };
      };
      services.prosody-stability = {
        enable = true;
        beta = false;
      };
    };

    client =
      { pkgs, ... }:
      {
        environment.systemPackages = [ pkgs.python3 ];
      };
  };

  testScript =
    { nodes, ... }:
    let
      modules = builtins.attrValues nodes.server.services.prosody-stability.resolution;
      namesOf = choose: builtins.toJSON (map (module: module.name) (builtins.filter choose modules));
    in
    ''
      import json

      expected = set(json.loads('${namesOf (module: module.state == "load")}'))
      beta = set(json.loads('${namesOf (module: module.stability == "beta")}'))

      start_all()
      server.wait_for_unit("prosody.service")
      server.wait_for_open_port(5222)
      server.succeed("prosodyctl register alice ${domain} secret")

      with subtest("what the flags allow is loaded, and no beta module is"):
          listed = server.succeed("prosodyctl shell module list")
          lines = [line.split() for line in listed.splitlines() if line.startswith("    ")]
          failed = [line for line in lines if len(line) > 1]
          assert not failed, f"loaded with errors: {failed}"
          loaded = {line[0] for line in lines}
          assert expected <= loaded, f"missing: {expected - loaded}"
          assert not beta & loaded, f"beta: {beta & loaded}"

      with subtest("a client logs in and finds the stable features alone"):
          client.wait_for_unit("multi-user.target")
          offered = client.succeed(
              "python3 ${./vm-test/login.py} server 5222 alice@${domain} secret ${certificate}/cert.pem"
          ).splitlines()
          assert "account urn:xmpp:mam:2" in offered, offered
          assert "stream urn:xmpp:sm:3" in offered, offered
          assert "account urn:xmpp:push:0" not in offered, offered
    '';
}
