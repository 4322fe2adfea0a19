"""Scenes that Blender renders wrongly without saying so, or cannot render at all."""

import glob
import os
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import bpy
from stage import fresh, path, picture, relative, save, texture


def damage(name, change):
    with open(path(name), "rb") as file:
        data = file.read()
    with open(path(name), "wb") as file:
        file.write(change(data))


def library():
    """Two libraries: one that will be gone, and one that will have lost what is linked from it."""
    fresh()
    bpy.data.objects["Cube"].name = "Chair"
    save("gone-library.blend")
    bpy.data.objects["Chair"].name = "Table"
    save("kept-library.blend")


def link(name, what):
    with bpy.data.libraries.load(path(name), link=True) as (_, wanted):
        wanted.objects = [what]
    for item in wanted.objects:
        bpy.context.scene.collection.objects.link(item)


def missing():
    library()
    scene = fresh()
    for name in ("gone.png", "udim.1001.png", "step_0001.png"):
        picture(name)
    texture(bpy.data.images["gone.png"])
    tiles = bpy.data.images["udim.1001.png"]
    tiles.source = "TILED"
    tiles.filepath = path("udim.<UDIM>.png")
    tiles.tiles.new(1002)
    texture(tiles)
    steps = bpy.data.images["step_0001.png"]
    steps.source = "SEQUENCE"
    texture(steps).image_user.frame_duration = 4
    font = bpy.data.curves.new("Title", "FONT")
    shutil.copy(glob.glob("/usr/share/fonts/**/*.ttf", recursive=True)[0], path("gone.ttf"))
    font.font = bpy.data.fonts.load(path("gone.ttf"))
    scene.collection.objects.link(bpy.data.objects.new("Title", font))
    volume = bpy.data.volumes.new("Smoke")
    volume.filepath = path("gone.vdb")
    scene.collection.objects.link(bpy.data.objects.new("Smoke", volume))
    lamp = bpy.data.lights["Light"]
    lamp.use_nodes = True
    ies = lamp.node_tree.nodes.new("ShaderNodeTexIES")
    ies.mode, ies.filepath = "EXTERNAL", path("gone.ies")
    link("gone-library.blend", "Chair")
    link("kept-library.blend", "Table")
    save("missing.blend")
    relative()
    save("missing.blend")
    for name in ("gone.png", "step_0001.png", "gone.ttf", "gone-library.blend"):
        os.remove(path(name))
    fresh()
    save("kept-library.blend")


def damaged():
    fresh()
    for name in ("cut.png", "flipped.png", "text.png", "empty.png", "whole.png"):
        texture(picture(name))
    for name, kind in (("cut.jpg", "JPEG"), ("cut.tif", "TIFF"), ("cut.exr", "OPEN_EXR"), ("whole.tif", "TIFF")):
        texture(picture(name, kind, 64))
    relative()
    save("damaged.blend")
    for name in ("cut.png", "cut.jpg", "cut.tif", "cut.exr"):
        damage(name, lambda data: data[: len(data) * 2 // 3])
    damage("flipped.png", lambda data: data[:60] + bytes([data[60] ^ 255]) + data[61:])
    damage("text.png", lambda _: b"not a picture")
    damage("empty.png", lambda _: b"")


def unseen():
    """Missing files that no picture shows, and one that the scene carries along."""
    scene = fresh()
    picture("unused.png")
    reference = bpy.data.objects.new("Reference", None)
    reference.empty_display_type = "IMAGE"
    reference.data = picture("reference.png")
    scene.collection.objects.link(reference)
    packed = picture("packed.png")
    packed.pack()
    texture(packed)
    relative()
    save("unseen.blend")
    for name in ("unused.png", "reference.png", "packed.png"):
        os.remove(path(name))


def steps():
    """A sequence of frames 1 to 4, of which 2 is cut off and 3 is missing; nothing is shown from 5 on."""
    fresh()
    for frame in (1, 2, 4):
        picture(f"walk/step_{frame:04d}.png")
    image = bpy.data.images["step_0001.png"]
    image.source = "SEQUENCE"
    timing = texture(image).image_user
    timing.frame_duration, timing.frame_start, timing.use_auto_refresh = 4, 1, True
    relative()
    save("steps.blend")
    damage("walk/step_0002.png", lambda data: data[:-20])


def code():
    scene = fresh()
    driver = bpy.data.objects["Cube"].driver_add("location", 0).driver
    driver.expression = "len(bpy.data.objects) * 1.0"
    bpy.data.objects["Cube"].driver_add("location", 2).driver.expression = "1.2 + sin(frame / 10)"
    bpy.data.texts.new("rig_ui.py").use_module = True
    save("driver.blend")

    scene = fresh()
    scene.render.use_freestyle = True
    script = bpy.data.texts.new("style.py")
    freestyle = scene.view_layers[0].freestyle_settings
    freestyle.mode = "SCRIPT"
    freestyle.modules.new().script = script
    scene.view_layers[0].use = False
    save("freestyle.blend")

    scene = fresh()
    scene.use_nodes = True
    output = scene.node_tree.nodes.new("CompositorNodeOutputFile")
    output.base_path = "/out/elsewhere"
    scene.node_tree.links.new(scene.node_tree.nodes["Render Layers"].outputs[0], output.inputs[0])
    save("file-output.blend")


def refused():
    class Lux(bpy.types.RenderEngine):
        bl_idname, bl_label = "LUXCOR", "Lux"

    fresh()
    bpy.utils.register_class(Lux)
    bpy.context.scene.render.engine = "LUXCOR"
    save("engine.blend")
    bpy.utils.unregister_class(Lux)

    scene = fresh()
    scene.camera = None
    scene.render.use_multiview = True
    scene.cycles.shading_system = True
    scene.cycles.use_denoising = True
    scene.use_nodes = True
    scene.node_tree.nodes.new("CompositorNodeDenoise")
    save("unfit.blend")

    fresh()
    save("newer.blend")
    damage("newer.blend", lambda data: b"BLENDER-v306" + data[12:])

    fresh()
    data = bpy.utils.system_resource("DATAFILES")
    texture(bpy.data.images.load(os.path.join(data, "studiolights", "matcap", "basic_1.exr")))
    save("outside.blend")


def simulated():
    scene = fresh()
    cube = bpy.data.objects["Cube"]
    bpy.context.view_layer.objects.active = cube
    bpy.ops.rigidbody.object_add()
    cube.modifiers.new("Smoke", "FLUID").fluid_type = "DOMAIN"
    save("rigid.blend")

    fresh()
    cube = bpy.data.objects["Cube"]
    cube.modifiers.new("Cloth", "CLOTH").point_cache.frame_start = 2
    save("cloth.blend")
    bpy.ops.ptcache.bake_all(bake=True)
    save("baked.blend")


for make in (missing, damaged, unseen, steps, code, refused, simulated):
    make()
