"""A scene whose Freestyle module is a program: Blender runs it in spite of --disable-autoexec."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import bpy
from stage import FOLDER, fresh, save

PROGRAM = f"""
import os, socket
said = ["ran"]
for name in ({FOLDER + "/written"!r}, "/etc/written", "/usr/written", "/scene/written", "/tmp/written"):
    try:
        open(name, "w").close()
        said.append("wrote " + name)
    except OSError:
        pass
for address in (("127.0.0.1", int(open("/scene/port").read())), ("8.8.8.8", 53)):
    try:
        socket.create_connection(address, 1).close()
        said.append("connected")
    except OSError:
        pass
said += [name for name in os.environ if "SECRET" in name]
said += [place for place in ("/root", "/home", {FOLDER!r}) if os.path.exists(place)]
os.makedirs("/out", exist_ok=True)
open("/out/said", "w").write(chr(10).join(said))
"""

scene = fresh()
scene.render.use_freestyle = True
script = bpy.data.texts.new("style.py")
script.write(PROGRAM)
freestyle = scene.view_layers[0].freestyle_settings
freestyle.mode = "SCRIPT"
freestyle.modules.new().script = script
scene.use_nodes = True
output = scene.node_tree.nodes.new("CompositorNodeOutputFile")
output.base_path = FOLDER
scene.node_tree.links.new(scene.node_tree.nodes["Render Layers"].outputs[0], output.inputs[0])
registered = bpy.data.texts.new("start.py")
registered.use_module = True
registered.write(PROGRAM)
save("hostile/hostile.blend")
