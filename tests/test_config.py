"""What the environment says, what is made when it says nothing, and what is refused."""

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from healthbook.config import Config, Misconfigured, address, kept_key


@pytest.fixture
def read(tmp_path):
    """The settings of an environment, with all files in a folder of the test's own."""
    return lambda **given: Config.from_env({"HEALTHBOOK_DATA": str(tmp_path / "data")} | given)


def test_nothing_need_be_said(read, tmp_path):
    config = read()
    assert (config.folder, config.database_url, config.demo) == (tmp_path / "data", None, False)
    assert (config.public_url, config.https) == ("http://127.0.0.1:8000", False)
    assert config.mail_url == "console:"


def test_the_address_follows_the_port(read):
    assert read(PORT="8123").public_url == "http://127.0.0.1:8123"


def test_the_demos_mail_stays_in_its_folder(read, tmp_path):
    assert read(HEALTHBOOK_DEMO="1").mail_url == f"file:{tmp_path}/data/mail"


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_a_database_address_is_understood_as_hosters_write_it(read, scheme):
    assert read(DATABASE_URL=f"{scheme}://me:pw@db:5433/clinic").database_url == (
        "postgresql+psycopg://me:pw@db:5433/clinic"
    )


@pytest.mark.parametrize("url", ["mysql://db/clinic", "sqlite:///clinic.db", "postgresql:clinic", "clinic", "//db"])
def test_another_kind_of_database_is_refused_by_name(read, url):
    with pytest.raises(Misconfigured, match="DATABASE_URL"):
        read(DATABASE_URL=url)


def test_a_refused_database_address_does_not_repeat_its_password(read):
    with pytest.raises(Misconfigured) as refusal:
        read(DATABASE_URL="mysql://me:sesame@db/clinic")
    assert "sesame" not in str(refusal.value)


@pytest.mark.parametrize(
    "url",
    [
        *("clinic.example", "ftp://clinic.example", "https://", "/clinic", "https:clinic.example", "http://[::1"),
        *("https://clinic.example/path", "https://me@clinic.example", "https://clinic.example ", "https://a/?b"),
    ],
)
def test_half_a_public_address_is_refused_by_name(read, url):
    with pytest.raises(Misconfigured, match="PUBLIC_URL"):
        read(PUBLIC_URL=url)


@pytest.mark.parametrize("url", ["https://clinic.example", "https://clinic.example:8443", "https://[::1]:8000"])
def test_the_public_address_ends_without_a_slash(read, url):
    for given in (url, f"{url}/"):
        config = read(PUBLIC_URL=given)
        assert (config.public_url, config.https) == (url, True)


@pytest.mark.parametrize("port", ["eight", "0", "65536", "-1", "80.5", "８０ｘ"])
def test_a_port_that_is_none_is_refused_by_name(port):
    with pytest.raises(Misconfigured, match="PORT"):
        address({"PORT": port})


def test_the_host_is_this_machine_alone_unless_said():
    assert address({}) == ("127.0.0.1", 8000)
    assert address({"HOST": "::", "PORT": "80"}) == ("::", 80)


def test_keys_are_made_once_for_their_owner_only_and_kept(read, tmp_path):
    first, second = read(), read()
    assert (first.secret_key, first.seal_key) == (second.secret_key, second.seal_key)
    assert first.secret_key != first.seal_key
    assert len(bytes.fromhex(first.seal_key)) == 32
    made = sorted((tmp_path / "data").iterdir())
    assert [path.name for path in made] == ["seal.key", "secret.key"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o600}
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


def test_given_keys_leave_no_file(read, tmp_path):
    config = read(SECRET_KEY="s", HEALTHBOOK_SEAL_KEY="ab" * 32)
    assert (config.secret_key, config.seal_key) == ("s", "ab" * 32)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("left", ["", "ab" * 16, "\n"])
@pytest.mark.parametrize("name", ["seal.key", "secret.key"])
def test_a_cut_key_is_refused_and_left_as_it_is(read, tmp_path, name, left):
    read()
    path = tmp_path / "data" / name
    path.write_text(left)
    with pytest.raises(Misconfigured, match=name):
        read()
    assert path.read_text() == left


@pytest.mark.parametrize("key", ["ab" * 16, "ab" * 33, "zz" * 32, "ab" * 32 + ",", "ab" * 32 + ", " + "cd" * 32])
def test_a_seal_key_that_could_not_seal_is_refused_without_repeating_it(read, key):
    with pytest.raises(Misconfigured, match="HEALTHBOOK_SEAL_KEY") as refusal:
        read(HEALTHBOOK_SEAL_KEY=key)
    assert key not in str(refusal.value)


def test_older_seal_keys_may_follow(read):
    both = f"{'ab' * 32},{'cd' * 32}"
    assert read(HEALTHBOOK_SEAL_KEY=both).seal_key == both


def test_who_starts_at_the_same_moment_gets_the_same_key(tmp_path):
    with ThreadPoolExecutor(8) as starting:
        keys = list(starting.map(kept_key, [tmp_path / f"{n // 8}.key" for n in range(160)]))
    assert [len(set(keys[n : n + 8])) for n in range(0, 160, 8)] == [1] * 20


def test_a_virus_scanner_is_asked_only_where_there_is_one(read):
    assert read().scan_command == ""
    assert read(HEALTHBOOK_SCAN_COMMAND="clamdscan --no-summary -").scan_command == "clamdscan --no-summary -"
