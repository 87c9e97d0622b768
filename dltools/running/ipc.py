"""A notebook's kernel on sockets of its own folder instead of TCP ports."""

import os
from pathlib import Path

from nbclient import NotebookClient


def use_ipc(client: NotebookClient, folder: str) -> None:
    """Let the kernel listen on sockets in `folder` instead of TCP ports, where the platform has such sockets."""
    manager = client.create_kernel_manager()
    if os.name == "posix":
        manager.transport, manager.ip = "ipc", str(Path(folder) / "kernel")
