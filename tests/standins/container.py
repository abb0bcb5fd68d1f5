"""The Dockerfile's steps where there is no docker: in a root of this machine's /usr, in namespaces of their own.

    python tests/standins/container.py [FOLDER]

Needs root and pip's registry; not the base image, whose place this machine's Python takes. COPY, RUN, ENV, WORKDIR,
USER and HEALTHCHECK are done as they stand, with a root that can't be written but for the volume, 64 MB of /dev/shm
and no name for the user, and the page's answer is printed.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(__file__).parents[2]
SYSTEM = ("bin", "sbin", "lib", "lib64", "usr", "opt", "etc/ssl", "etc/pip.conf", "etc/resolv.conf", "etc/hosts")


def steps():
    """The Dockerfile as (instruction, rest) pairs."""
    text = re.sub(r"\\\n\s*", "", (SOURCE / "Dockerfile").read_text())
    return [line.split(None, 1) for line in text.splitlines() if line and not line.startswith("#")]


def context():
    """What .dockerignore leaves: here it names what is taken."""
    lines = (SOURCE / ".dockerignore").read_text().splitlines()
    return [line[1:] for line in lines if line.startswith("!")]


class Root:
    """A root folder with the system below it. In /usr/local is the Python that runs this, without its packages."""

    def __init__(self, folder):
        self.root, self.folder, self.user, self.workdir = folder / "root", folder, 0, "/"
        self.environment = {"PATH": "/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin", "LD_LIBRARY_PATH": "/usr/local/lib"}
        for name in ("upper", "work", "volume", "root/tmp", "root/proc", "root/dev", "root/etc"):
            (folder / name).mkdir(parents=True)
        for name in SYSTEM:
            place, here = Path("/", name), self.root / name
            if place.is_symlink():
                here.symlink_to(place.readlink())
            elif place.is_dir():
                here.mkdir()
            elif place.exists():
                here.touch()
        # As in an image: no packages but pip, which is run by this Python wherever it was before.
        empty = "ls | grep -v -E '^(pip|setuptools|wheel)' | xargs rm -r"
        pip = "sed -i '1s|.*|#!/usr/local/bin/python3|' /usr/local/bin/pip"
        assert self.run(f"cd usr/local/lib/python3*/site-packages && {empty} && {pip}").wait() == 0

    def run(self, command, *, read_only=False, **options):
        """Run a command of /bin/sh in it; `read_only` but for the volume, as the user."""
        below = [name for name in SYSTEM if (self.root / name).exists() and not (self.root / name).is_symlink()]
        if read_only:
            layers = f"ro,lowerdir={self.folder}/upper:{sys.base_prefix}"
        else:
            layers = f"lowerdir={sys.base_prefix},upperdir={self.folder}/upper,workdir={self.folder}/work"
        mounts = [
            "set -e",
            "mount --make-rprivate /",
            f"mount --bind {self.root} {self.root}",
            f"cd {self.root}",
            *(f"mount --rbind /{name} {name}" for name in below),
            f"mount -t overlay -o {layers} overlay usr/local",
            "mount -t proc proc proc",
            "mount -t tmpfs -o size=64k,mode=755 dev dev",
            "mkdir dev/shm",
            "mount -t tmpfs -o size=64m,mode=1777 shm dev/shm",
            *(f"touch dev/{name}; mount --bind /dev/{name} dev/{name}" for name in ("null", "urandom", "zero")),
        ]
        enter, become = f"cd {self.workdir} && {command}", ""
        if read_only:
            become = f"setpriv --reuid {self.user} --regid {self.user} --clear-groups --no-new-privs"
            mounts += [f"mount --bind {self.folder}/volume work", f"mount -o remount,bind,ro {self.root}"]
        mounts.append(f"exec chroot . {become} /bin/sh -c {shlex.quote(enter)}")
        environment = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_"))}
        script = ["unshare", "--mount", "/bin/sh", "-c", "\n".join(mounts)]
        return subprocess.Popen(script, env=environment | self.environment, **options)


def build(root):
    """Do what the Dockerfile says; returns its command and its health check."""
    command = health = None
    for instruction, rest in steps():
        if instruction == "COPY":
            target = root.root / rest.split()[1].lstrip("/")
            target.mkdir(parents=True)
            for name in context():
                place = SOURCE / name
                copy = shutil.copytree if place.is_dir() else shutil.copy
                copy(place, target / name)
        elif instruction == "RUN":
            assert root.run(rest).wait() == 0
            (root.folder / "volume").chmod((root.root / "work").stat().st_mode)
        elif instruction == "ENV":
            root.environment |= dict(word.split("=", 1) for word in shlex.split(rest))
        elif instruction == "WORKDIR":
            root.workdir = rest
        elif instruction == "USER":
            root.user = int(rest)
        elif instruction == "HEALTHCHECK":
            health = rest.split("CMD ", 1)[1]
        elif instruction == "CMD":
            command = shlex.join(json.loads(rest))
    return command, health


def try_out(root, command, health):
    """Run the page as the image's user and as another, ask whether it is healthy, and train beside it."""
    for user in (root.user, 12345):
        root.user = user
        serving = f"exec {command} --port 0 --run-dir /work/none"
        page = root.run(serving, read_only=True, stdout=subprocess.PIPE, text=True)
        line = page.stdout.readline()
        print(f"user {user}: {line.strip()}", flush=True)
        asking = health.replace("8000", re.search(r":(\d+)/", line)[1])
        print(f"user {user}: the health check ends with {root.run(asking, read_only=True).wait()}", flush=True)
        training = f"exec python -m lenet_tf1.train --steps 20 --run-dir /work/run{user}"
        print(f"user {user}: train ends with {root.run(training, read_only=True).wait()}", flush=True)
        page.terminate()
        page.wait(30)


def main():
    """Build, try out, and clean up."""
    folder = Path(tempfile.mkdtemp(dir=sys.argv[1] if len(sys.argv) > 1 else None))
    folder.chmod(0o755)
    try:
        root = Root(folder)
        try_out(root, *build(root))
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
