"""Makes the scenes that bench/render.ts measures beside the example: `blender -b -P make-scenes.py -- FOLDER`.

short.blend: Cycles, 120 frames of about 0.1 s each, where starting a process costs more than rendering.
eevee.blend: Eevee, 24 frames, where the first frame of every process pays for the shaders.
"""

import math
import os
import sys

import bpy


def paint(name, color, metallic):
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    surface = material.node_tree.nodes["Principled BSDF"]
    surface.inputs["Base Color"].default_value = (*color, 1)
    surface.inputs["Metallic"].default_value = metallic
    surface.inputs["Roughness"].default_value = 0.3
    return material


def make_things(count):
    """A ring of shapes on a floor, turning once while the camera looks on."""
    bpy.ops.mesh.primitive_plane_add(size=40)
    bpy.context.object.data.materials.append(paint("floor", (0.4, 0.42, 0.5), 0))
    hub = bpy.data.objects.new("hub", None)
    bpy.context.scene.collection.objects.link(hub)
    for index in range(count):
        angle = 2 * math.pi * index / count
        place = (3 * math.cos(angle), 3 * math.sin(angle), 0.9)
        if index % 2:
            bpy.ops.mesh.primitive_uv_sphere_add(radius=0.6, location=place)
        else:
            bpy.ops.mesh.primitive_torus_add(location=place, major_radius=0.5, minor_radius=0.2)
        thing = bpy.context.object
        thing.data.materials.append(paint(f"paint.{index}", (index / count, 0.3, 1 - index / count), index % 3 / 2))
        thing.parent = hub
    hub.keyframe_insert("rotation_euler", index=2, frame=1)
    hub.rotation_euler[2] = 2 * math.pi
    hub.keyframe_insert("rotation_euler", index=2, frame=bpy.context.scene.frame_end + 1)

    bpy.ops.object.light_add(type="AREA", location=(-4, -4, 7), rotation=(0.6, -0.5, 0))
    bpy.context.object.data.energy = 900
    bpy.context.object.data.size = 3
    bpy.ops.object.camera_add(location=(0, -10, 5), rotation=(math.radians(66), 0, 0))
    bpy.context.scene.camera = bpy.context.object


def start(engine, frames, width, height):
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.engine = engine
    scene.frame_start, scene.frame_end = 1, frames
    scene.render.resolution_x, scene.render.resolution_y = width, height
    scene.render.resolution_percentage = 100
    scene.render.image_settings.file_format = "PNG"
    scene.world = bpy.data.worlds.new("world")
    return scene


def save(folder, name):
    bpy.ops.wm.save_as_mainfile(filepath=os.path.join(folder, f"{name}.blend"), compress=True)


def main():
    folder = os.path.abspath(sys.argv[sys.argv.index("--") + 1])
    short = start("CYCLES", 120, 256, 144)
    short.cycles.samples = 8
    short.cycles.use_denoising = short.cycles.use_adaptive_sampling = False
    make_things(4)
    save(folder, "short")
    eevee = start("BLENDER_EEVEE", 24, 640, 360)
    eevee.eevee.taa_render_samples = 16
    make_things(10)
    save(folder, "eevee")


main()
