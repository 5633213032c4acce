"""The three ways out: a folder, the console, and a mail server that is sometimes not what it should be."""

import smtplib
import socketserver
import ssl
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from healthbook.config import Misconfigured
from healthbook.messages import senders
from healthbook.messages.letters import Unwritable, Writer, letter

AT = datetime(2026, 11, 24, 9, 41, tzinfo=UTC)
CLINIC = Writer("Clinic", "clinic@test.example", "desk@test.example")
LETTER = letter(CLINIC, "ada@test.example", "Hello", "Hi\n", "7.1", AT)
IN_CYRILLIC = letter(CLINIC, "ада@test.example", "Hello", "Hi\n", "7.1", AT)


class MailServer(socketserver.StreamRequestHandler):
    """Speaks just enough SMTP; what it was told lies in `server.heard`."""

    more = ()

    def handle(self):
        heard, context = self.server.heard, self.server.context
        self.say("220 test")
        while line := self.rfile.readline().decode().strip():
            heard.append(line)
            verb = line.split()[0].upper()
            if verb == "EHLO":
                offers = ["250-test", *(["250-STARTTLS"] if context else []), *self.more, "250 AUTH PLAIN"]
                self.say("\r\n".join(offers))
            elif verb == "STARTTLS":
                self.say("220 go ahead")
                self.encrypt(context)
            elif verb == "DATA":
                self.say("354 go ahead")
                while (line := self.rfile.readline()) != b".\r\n":
                    heard.append(line.decode().rstrip())
                self.say("250 done")
            elif verb == "AUTH":
                self.say("235 welcome")
            elif verb == "QUIT":
                return self.say("221 bye")
            else:
                self.say("250 ok")
        return None

    def finish(self):
        super().finish()
        self.request.close()

    def say(self, line):
        self.wfile.write(f"{line}\r\n".encode())

    def encrypt(self, context):
        self.request = context.wrap_socket(self.request, server_side=True)
        self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", 0)


class Quiet(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that hangs up is part of these tests."""


@contextmanager
def mail_server(context=None, handler=MailServer):
    with Quiet(("127.0.0.1", 0), handler) as server:
        server.heard, server.context = [], context
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server, f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def certified(tmp_path, monkeypatch):
    """A server's TLS context, with a certificate that the sender trusts."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    (tmp_path / "cert.pem").write_bytes(certificate.public_bytes(pem))
    (tmp_path / "key.pem").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    trusting = ssl.create_default_context(cafile=tmp_path / "cert.pem")
    monkeypatch.setattr(senders.ssl, "create_default_context", lambda: trusting)
    return server


def test_the_folder_gets_one_file_for_a_letter_however_often_it_is_sent(tmp_path):
    send = senders.sender(f"file:{tmp_path / 'with space' / 'mail'}")
    send(LETTER)
    send(LETTER)
    (file,) = (tmp_path / "with space" / "mail").iterdir()
    assert file.name == "7.1.eml"
    assert file.read_bytes() == LETTER.as_bytes()
    assert file.stat().st_mode & 0o077 == 0


def test_the_console_shows_the_letter(capsys):
    senders.sender("console:")(LETTER)
    assert "To: ada@test.example\n" in capsys.readouterr().out


@pytest.mark.parametrize("url", ["", "file:", "smtp:", "smtp://", "pigeon://roof"])
def test_a_way_that_does_not_exist_is_refused_by_name(url):
    with pytest.raises(Misconfigured, match="MAIL_URL"):
        senders.sender(url)


def test_a_letter_travels_encrypted_with_the_password_unquoted(certified):
    with mail_server(certified) as (server, place):
        senders.sender(f"smtp://us%40er:p%2Fw@{place}")(LETTER)
    assert server.heard.index("STARTTLS") < next(n for n, line in enumerate(server.heard) if line.startswith("AUTH"))
    assert "AUTH PLAIN AHVzQGVyAHAvdw==" in server.heard
    assert "rcpt TO:<ada@test.example>" in server.heard
    assert "Message-ID: <7.1@test.example>" in server.heard


def test_smtps_is_encrypted_from_the_first_byte(certified):
    class Encrypted(MailServer):
        def setup(self):
            self.request = self.server.context.wrap_socket(self.request, server_side=True)
            super().setup()

    with mail_server(certified, Encrypted) as (server, place):
        senders.sender(f"smtps://{place}")(LETTER)
    assert "Subject: Hello" in server.heard


def test_a_server_without_encryption_gets_nothing():
    with mail_server() as (server, place), pytest.raises(smtplib.SMTPNotSupportedError):
        senders.sender(f"smtp://{place}")(LETTER)
    assert [line.split()[0] for line in server.heard] == ["ehlo", "QUIT"]


def test_a_certificate_that_nobody_vouches_for_gets_nothing(certified, monkeypatch):
    monkeypatch.undo()
    with mail_server(certified) as (server, place), pytest.raises(ssl.SSLCertVerificationError):
        senders.sender(f"smtp://{place}")(LETTER)
    assert "ada" not in " ".join(server.heard)


def test_encryption_can_be_left_out_on_purpose_but_not_with_a_password():
    with mail_server() as (server, place):
        senders.sender(f"smtp://{place}?starttls=no")(LETTER)
        assert "Subject: Hello" in server.heard
        with pytest.raises(Misconfigured, match="password"):
            senders.sender(f"smtp://me:secret@{place}?starttls=no")(LETTER)
    assert "AUTH" not in " ".join(server.heard)


def test_a_server_that_knows_more_than_ascii_is_given_the_address_as_it_is():
    class Modern(MailServer):
        more = ("250-8BITMIME", "250-SMTPUTF8")

    with mail_server(handler=Modern) as (server, place):
        senders.sender(f"smtp://{place}?starttls=no")(IN_CYRILLIC)
    assert "rcpt TO:<ада@test.example>" in server.heard
    assert "To: ада@test.example" in server.heard


def test_a_server_that_knows_only_ascii_gets_nothing_and_the_failure_says_so():
    with mail_server() as (server, place), pytest.raises(Unwritable):
        senders.sender(f"smtp://{place}?starttls=no")(IN_CYRILLIC)
    assert not [line for line in server.heard if line.startswith(("mail", "rcpt"))]


def test_a_server_that_says_nothing_is_not_waited_for(monkeypatch):
    class Silent(socketserver.BaseRequestHandler):
        def handle(self):
            self.request.recv(1)

    monkeypatch.setattr(senders, "SECONDS", 0.2)
    with mail_server(handler=Silent) as (_, place), pytest.raises(smtplib.SMTPServerDisconnected):
        senders.sender(f"smtp://{place}")(LETTER)
