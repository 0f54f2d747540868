"""A mount namespace of our own, so that a test can fill or freeze a file system without anybody else noticing."""

import ctypes
import os
import subprocess

CLONE_NEWNS = 0x00020000


def enter_private_mounts():
    """From here on mounts of this process and its children are seen by nobody else. Needs root."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"unshare: {os.strerror(error)}")
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)


def mount_small(directory, size):
    os.makedirs(directory, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "small", directory], check=True)


def set_writable(directory, writable):
    subprocess.run(["mount", "-o", f"remount,{'rw' if writable else 'ro'}", directory], check=True)


def unmount(directory):
    subprocess.run(["umount", "-l", directory], check=False)


def fill(path):
    """Writes a file until the file system has not one byte left."""
    with open(path, "wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                pass
