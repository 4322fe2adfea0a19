"""A small stage to make test scenes on: run by Blender, told the folder to save in."""

import os
import sys

import bpy

FOLDER = sys.argv[sys.argv.index("--") + 1]


def fresh(engine="CYCLES"):
    """The factory's cube, light and camera, small and quick."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=False)
    bpy.context.preferences.filepaths.save_version = 0
    scene = bpy.context.scene
    scene.render.engine = engine
    scene.render.resolution_x, scene.render.resolution_y = 33, 21
    scene.render.resolution_percentage = 100
    scene.cycles.samples = 2
    scene.cycles.use_denoising = False
    scene.cycles.use_adaptive_sampling = False
    scene.eevee.taa_render_samples = 1
    scene.frame_start, scene.frame_end = 1, 10
    return scene


def save(name):
    bpy.ops.wm.save_as_mainfile(filepath=path(name), compress=False)


def path(name):
    where = os.path.join(FOLDER, name)
    os.makedirs(os.path.dirname(where), exist_ok=True)
    return where


def texture(image, user="Material"):
    """Puts an image on the cube."""
    tree = bpy.data.materials[user].node_tree
    node = tree.nodes.new("ShaderNodeTexImage")
    node.image = image
    tree.links.new(node.outputs["Color"], tree.nodes["Principled BSDF"].inputs["Base Color"])
    return node


def picture(name, file_format="PNG", size=8):
    """Saves a small picture and loads it as a file."""
    made = bpy.data.images.new(os.path.basename(name), size, size)
    made.pixels = [(index * 37 % 101) / 100 for index in range(size * size * 4)]
    made.filepath_raw, made.file_format = path(name), file_format
    made.save()
    bpy.data.images.remove(made)
    return bpy.data.images.load(path(name))


def relative():
    bpy.ops.file.make_paths_relative()
