"""Scenes for whole runs: small enough to render 40 frames in seconds. `blender -b -P scenes.py -- FOLDER`."""

import os
import sys

import bpy

folder = sys.argv[-1]


def fresh(name, last):
    bpy.ops.wm.read_factory_settings(use_empty=False)
    scene = bpy.context.scene
    scene.name = name
    scene.frame_start, scene.frame_end = 1, last
    scene.render.engine = "CYCLES"
    scene.render.resolution_x, scene.render.resolution_y = 64, 36
    scene.cycles.samples = 4
    scene.cycles.use_denoising = False
    scene.cycles.use_adaptive_sampling = False
    cube = bpy.data.objects["Cube"]
    cube.keyframe_insert("rotation_euler", frame=1)
    cube.rotation_euler = (1.0, 0.7, 2.2)
    cube.keyframe_insert("rotation_euler", frame=last)
    return scene


def save(name):
    bpy.ops.wm.save_as_mainfile(filepath=os.path.join(folder, name), compress=True)


fresh("Plain", 12)
save("plain.blend")

scene = fresh("Long", 40)
scene.cycles.samples = 48
scene.render.resolution_x, scene.render.resolution_y = 160, 90
save("long.blend")

os.makedirs(os.path.join(folder, "textured", "textures"), exist_ok=True)
image = bpy.data.images.new("wood", 8, 8)
image.filepath_raw = os.path.join(folder, "textured", "textures", "wood.png")
image.file_format = "PNG"
image.save()
fresh("Textured", 3)
material = bpy.data.materials["Material"]
node = material.node_tree.nodes.new("ShaderNodeTexImage")
node.image = bpy.data.images.load(os.path.join(folder, "textured", "textures", "wood.png"))
shader = material.node_tree.nodes["Principled BSDF"]
material.node_tree.links.new(node.outputs["Color"], shader.inputs["Base Color"])
save(os.path.join("textured", "textured.blend"))
bpy.ops.file.make_paths_relative()
bpy.ops.wm.save_mainfile(compress=True)
