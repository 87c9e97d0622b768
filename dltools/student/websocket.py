"""The connection between a notebook's page and its kernel, as the course's servers make it."""

from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection


class NoDelay(ZMQChannelsWebsocketConnection):
    """Each message goes out at once.

    Jupyter's own waits, up to 40 ms, until the browser has confirmed the message before (Nagle's algorithm), and a
    figure's picture comes after another message.
    """

    def connect(self) -> Any:
        self.websocket_handler.set_nodelay(True)
        return super().connect()
