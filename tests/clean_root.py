"""A clean Debian root, to try what we promise to people whose machine has none of it installed.

`CleanRoot(folder)` is made with debootstrap (about 50 s) and entered with chroot, in mount and process namespaces of
its own, so that nothing stays mounted or running behind it. Needs root.

Rules
- Nothing is in it but a minimal Debian, Python with venv, make and git, as the README asks for.
- How pip and apt reach their packages is taken from the machine (pip's own settings, proxies, certificates): that is
  the machine's affair, not part of what is tried.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

SUITE = "bookworm"
INCLUDED = ("python3", "python3-venv", "make", "git", "ca-certificates")

# what the machine says about package sources, as files
SOURCES = ("etc/pip.conf", "etc/xdg/pip", "root/.config/pip", "etc/ssl/certs/ca-certificates.crt", "etc/resolv.conf")

ENTER = """
set -e
root=$1; shift
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
for shared in $SHARED; do mkdir -p "$root$shared"; mount --bind "$shared" "$root$shared"; done
exec chroot "$root" "$@"
"""


class CleanRoot:
    """One root in `folder`; `run` does something in it."""

    def __init__(self, folder: Path, packages: Sequence[str] = INCLUDED) -> None:
        """Makes it: minutes on a slow line."""
        self.folder = folder
        if not folder.exists():
            subprocess.run(
                ["debootstrap", "--variant=minbase", f"--include={','.join(packages)}", SUITE, str(folder)],
                check=True,
                capture_output=True,
            )
        for source in SOURCES:
            theirs, ours = folder / source, Path("/") / source
            if ours.is_dir():
                shutil.copytree(ours, theirs, dirs_exist_ok=True)
            elif ours.is_file():
                theirs.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ours, theirs)

    def copy(self, folder: Path) -> "CleanRoot":
        """Another root with the same contents."""
        subprocess.run(["cp", "-a", "--reflink=auto", str(self.folder), str(folder)], check=True)
        return CleanRoot(folder)

    def run(
        self,
        command: str,
        *,
        user: str = "root",
        cwd: str = "/",
        env: Mapping[str, str] | None = None,
        seconds: float = 900,
        check: bool = True,
    ) -> subprocess.CompletedProcess[str]:
        """Runs a shell command in the root as `user`; what it printed, both streams as one."""
        home = "/root" if user == "root" else f"/home/{user}"
        inside = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": home,
            "LANG": "C.UTF-8",
            **{name: value for name, value in os.environ.items() if re.match(r"(?i)PIP_|https?_proxy|no_proxy", name)},
            **(env or {}),
        }
        done = subprocess.run(
            [
                *(
                    "unshare",
                    "--mount",
                    "--pid",
                    "--fork",
                    "--kill-child",
                    "sh",
                    "-c",
                    ENTER,
                    "enter",
                    str(self.folder),
                ),
                *("/usr/bin/env", "-i", *(f"{name}={value}" for name, value in inside.items())),
                *("setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"),
                *("sh", "-c", f"cd {cwd} || exit 1\n{command}"),
            ],
            env={**os.environ, "SHARED": " ".join(package_folders())},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
            check=False,
        )
        assert not check or done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout[-6000:]}"
        return done


def package_folders() -> list[str]:
    """Folders of this machine from which pip takes packages (`file://` and plain paths in its settings)."""
    said = subprocess.run(
        ["python3", "-m", "pip", "config", "list"], capture_output=True, text=True, check=False, cwd="/"
    ).stdout
    named = re.findall(r"(?:file://)?(/[\w./-]+)", said)
    # an index folder `simple` links to files that lie beside it
    return [path for path in dict.fromkeys(name.removesuffix("/simple") for name in named) if Path(path).is_dir()]
