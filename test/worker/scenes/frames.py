"""Scenes for rendering frames: plain ones, and ones whose settings a worker must see through."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import bpy
from stage import fresh, save

scene = fresh()
cube = bpy.data.objects["Cube"]
cube.keyframe_insert("rotation_euler", frame=1)
cube.rotation_euler = (1.0, 0.7, 0.2)
cube.keyframe_insert("rotation_euler", frame=10)
scene.render.fps, scene.render.fps_base = 24, 1.001
save("plain.blend")

# A region of its own, cropped: 16 x 12 pixels from column 8 and, from the bottom, row 5.
scene.render.use_border = scene.render.use_crop_to_border = True
scene.render.border_min_x, scene.render.border_max_x = 8.2 / 33, 24.2 / 33
scene.render.border_min_y, scene.render.border_max_y = 5.2 / 21, 17.2 / 21
save("region.blend")

# Says movie, GPU, other cameras at markers, no overwriting, and a layer that is off.
scene = fresh()
scene.render.image_settings.file_format = "FFMPEG"
scene.render.use_overwrite = False
scene.render.filepath = "/nonexistent/elsewhere/####"
scene.cycles.device = "GPU"
camera = bpy.data.objects.new("Other", bpy.data.cameras.new("Other"))
scene.collection.objects.link(camera)
camera.location = (0, 0, 20)
scene.timeline_markers.new("cut", frame=1).camera = bpy.data.objects["Camera"]
layer = scene.view_layers.new("Empty")
layer.layer_collection.children["Collection"].exclude = True
save("odd.blend")

# Slow enough to be caught in the act, and noisy enough to make files of some size.
scene = fresh()
scene.render.resolution_x, scene.render.resolution_y = 256, 256
scene.cycles.samples = 1_000_000
save("slow.blend")

scene = fresh("BLENDER_EEVEE")
save("eevee.blend")
