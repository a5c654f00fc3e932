"""Logs in to an XMPP server as a client does, and prints what it then offers, a line each.

    login.py HOST PORT ACCOUNT PASSWORD [CERTIFICATE]

    server FEATURE     from service discovery of the server
    account FEATURE    from service discovery of the account
    stream FEATURE     from the stream, after login

Standard library only. Exits with 1 and says why when a step is refused.
"""

import base64
import socket
import ssl
import sys
import xml.etree.ElementTree as ElementTree

STREAMS = "{http://etherx.jabber.org/streams}"
SASL = "{urn:ietf:params:xml:ns:xmpp-sasl}"
CLIENT = "{jabber:client}"
DISCO = "{http://jabber.org/protocol/disco#info}"


class Stream:
    """An XML stream to the server: text out, elements in."""

    def __init__(self, connection, domain):
        self.connection = connection
        self.domain = domain
        self.open()

    def open(self):
        """Starts a stream anew, as after encryption and after authentication."""
        self.parser = ElementTree.XMLPullParser(["start", "end"])
        self.depth = 0
        self.send(
            "<?xml version='1.0'?><stream:stream version='1.0' xmlns='jabber:client'"
            f" xmlns:stream='http://etherx.jabber.org/streams' to='{self.domain}'>"
        )

    def send(self, text):
        self.connection.sendall(text.encode())

    def receive(self):
        """The next whole element below the stream's root."""
        while True:
            for event, element in self.parser.read_events():
                self.depth += 1 if event == "start" else -1
                if event == "end" and self.depth == 1:
                    if element.tag == STREAMS + "error":
                        sys.exit("stream error: " + ElementTree.tostring(element, "unicode"))
                    return element
            data = self.connection.recv(4096)
            if not data:
                sys.exit("the server closed the connection")
            self.parser.feed(data)

    def expect(self, tag):
        element = self.receive()
        if element.tag != tag:
            sys.exit(f"expected {tag}, got " + ElementTree.tostring(element, "unicode"))
        return element

    def ask(self, identifier, kind, content, to=None):
        """Sends a query and returns its result, passing over what else arrives."""
        target = f" to='{to}'" if to else ""
        self.send(f"<iq id='{identifier}' type='{kind}'{target}>{content}</iq>")
        while True:
            element = self.receive()
            if element.tag == CLIENT + "iq" and element.get("id") == identifier:
                if element.get("type") != "result":
                    sys.exit(f"{identifier}: " + ElementTree.tostring(element, "unicode"))
                return element


def log_in(host, port, account, password, certificate):
    """A stream that is encrypted, authenticated and bound to a resource, and its features."""
    user, domain = account.split("@")
    connection = socket.create_connection((host, port), timeout=30)
    stream = Stream(connection, domain)
    stream.expect(STREAMS + "features")
    stream.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
    stream.expect("{urn:ietf:params:xml:ns:xmpp-tls}proceed")
    context = ssl.create_default_context(cafile=certificate)
    stream.connection = context.wrap_socket(connection, server_hostname=domain)
    stream.open()
    stream.expect(STREAMS + "features")
    secret = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
    stream.send(f"<auth xmlns='{SASL[1:-1]}' mechanism='PLAIN'>{secret}</auth>")
    stream.expect(SASL + "success")
    stream.open()
    features = stream.expect(STREAMS + "features")
    stream.ask("bind", "set", "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>")
    return stream, features


def main():
    host, port, account, password, *certificate = sys.argv[1:]
    stream, features = log_in(host, int(port), account, password, *certificate or [None])
    for feature in features:
        print("stream", feature.tag[1:].split("}")[0])
    query = f"<query xmlns='{DISCO[1:-1]}'/>"
    for name, target in ("server", stream.domain), ("account", account):
        answer = stream.ask(f"disco-{name}", "get", query, target)
        for feature in answer.iter(DISCO + "feature"):
            print(name, feature.get("var"))
    stream.send("</stream:stream>")


main()
