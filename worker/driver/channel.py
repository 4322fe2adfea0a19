"""JSON lines on one inherited descriptor, in step with what Blender prints."""

import ctypes
import json
import os
import sys


def _c_flush():
    """Blender prints through C's buffers, which Python does not flush."""
    if os.name == "nt":
        return ctypes.cdll.ucrtbase.fflush
    return ctypes.CDLL(None).fflush


class Channel:
    def __init__(self, descriptor, token):
        # Scripts and programs that a scene might start must not inherit the line to the worker.
        os.set_inheritable(descriptor, False)
        self._descriptor = descriptor
        self._reader = os.fdopen(os.dup(descriptor), "rb")
        self._token = token
        self._count = 0
        self._flush = _c_flush()

    def receive(self):
        line = self._reader.readline()
        return json.loads(line) if line else None

    def send(self, message):
        """Marks both logs first: the reader then knows exactly which lines were printed before this."""
        self._count += 1
        sys.stdout.flush()
        sys.stderr.flush()
        self._flush(None)
        mark = f"\n\x1d{self._token} {self._count}\n".encode()
        _write(1, mark)
        _write(2, mark)
        line = json.dumps({"mark": self._count, **message}) + "\n"
        try:
            _write(self._descriptor, line.encode())
        except OSError:
            os._exit(1)  # nobody is listening any more: do not render on for no one


def _write(descriptor, data):
    while data:
        data = data[os.write(descriptor, data) :]
