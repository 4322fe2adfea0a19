"""The driver: runs inside Blender (`blender -b … -P driver.py -- FD TOKEN`) or beside `import bpy`
(`python driver.py FD TOKEN`), reads commands as JSON lines from an inherited file descriptor and
answers on the same one. Blender, its libraries and the scene may print what they like on standard
output and error: nothing of it is ever read as an answer."""

import ctypes
import os
import signal
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

try:
    import resource
except ImportError:
    resource = None  # Windows

import bpy  # noqa: E402  (the module path must be set first)

import capabilities  # noqa: E402
import preflight  # noqa: E402
import rendering  # noqa: E402
import settings  # noqa: E402
from channel import Channel  # noqa: E402
from problem import foremost, shortened  # noqa: E402


def arguments():
    """Blender passes what follows `--`; plain Python passes everything."""
    own = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:]
    return int(own[0]), own[1]


def forbid_scripts():
    """Hygiene, not the boundary: Freestyle modules run in spite of it; the sandbox is the boundary."""
    bpy.context.preferences.filepaths.use_scripts_auto_execute = False
    bpy.context.preferences.filepaths.save_version = 0


def open_scene(command, channel):
    limit_files(command["fileBytes"])
    try:
        bpy.ops.wm.open_mainfile(filepath=command["scene"], load_ui=False, use_scripts=False)
    except RuntimeError as error:
        channel.send({"is": "unreadable", "message": shortened(str(error).strip())})
        return None
    opened = settings.apply(bpy.context, command["settings"], command["threads"])
    opened.problems.extend(preflight.inspect(opened, command["root"]))
    channel.send({"is": "opened", "scene": opened.facts(), "problems": foremost(opened.problems)})
    return opened


def limit_files(size):
    """A file beyond the limit fails like one on a full disk, instead of ending Blender. Not earlier: what
    Blender maps while it starts counts as files too."""
    if resource is not None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))


def die_with_parent():
    """Nobody waits for these frames once the worker is gone; bubblewrap sees to it, where there is one."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def serve(channel):
    opened = None
    while True:
        command = channel.receive()
        if command is None or command["do"] == "quit":
            return
        if command["do"] == "capabilities":
            channel.send({"is": "capabilities", **capabilities.probe()})
        elif command["do"] == "open":
            opened = open_scene(command, channel)
        elif command["do"] == "render":
            rendering.render(opened, command, channel)
            channel.send({"is": "rendered"})


def main():
    descriptor, token = arguments()
    channel = Channel(descriptor, token)
    if bpy.app.binary_path == "" or not bpy.app.background:
        # As a module, Blender has read the preferences of whoever runs it.
        bpy.ops.wm.read_factory_settings(use_empty=True)
    die_with_parent()
    forbid_scripts()
    channel.send({"is": "ready"})
    serve(channel)


main()
# Leaving through Blender's own exit frees the scene block by block: seconds for a big one.
sys.stdout.flush()
os._exit(0)
