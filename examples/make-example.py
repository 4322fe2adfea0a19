"""Makes examples/zoetrope.blend: 24 glossy film frames, one second of film, circling a "D".

Run it with Blender 3.x (newer ones read the scene that it makes):

    blender --background --factory-startup --python examples/make-example.py

Everything is made here: meshes, materials, the painted strip of pictures on the frames (packed into the
file), lights, camera and animation. The scene needs nothing beside itself, simulates nothing, runs no
script, has adaptive sampling and denoising off and a fixed seed: so its frames may be cut into slices,
tiles or sample subsets in every way that Dropframe knows, on every build of Blender.
"""

import math
import os
import sys

import bpy
from mathutils import Matrix, Vector

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(HERE)
from strip import FRAMES, GRID, paint_strip

LAST_FRAME = 48
RING_RADIUS = 3.3

INK = (0.016, 0.022, 0.075)
CREAM = (0.93, 0.80, 0.62)
CORAL = (0.90, 0.13, 0.075)
AMBER = (1.0, 0.40, 0.03)
TEAL = (0.01, 0.30, 0.30)


def make_strip():
    """The painted pictures as one image, packed into the scene file."""
    width, height, pixels = paint_strip()
    image = bpy.data.images.new("strip", width=width, height=height)
    image.pixels.foreach_set(pixels)
    image.pack()
    return image


def no_lamp(material):
    """What shines a little is not a lamp: sampling it as one would only add noise."""
    if hasattr(material.cycles, "sample_as_light"):
        material.cycles.sample_as_light = False
    else:  # renamed in Blender 3.5
        material.cycles.emission_sampling = "NONE"


def make_gloss(name, color, ambient=0.42):
    """Lacquer. Its share of the studio's soft light is given as a constant glow, which has no noise."""
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    inputs = material.node_tree.nodes["Principled BSDF"].inputs
    for channel in ("Base Color", "Emission"):
        inputs[channel].default_value = (*color, 1)
    inputs["Roughness"].default_value = 0.15
    inputs["Emission Strength"].default_value = ambient
    no_lamp(material)
    return material


def make_picture_material(image):
    material = make_gloss("picture", CREAM, ambient=0.55)
    nodes, links = material.node_tree.nodes, material.node_tree.links
    texture = nodes.new("ShaderNodeTexImage")
    texture.image = image
    for channel in ("Base Color", "Emission"):
        links.new(texture.outputs["Color"], nodes["Principled BSDF"].inputs[channel])
    return material


def make_paper(name, color, ambient):
    """The stage fills the picture, so it has the cheapest shader there is."""
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    nodes, links = material.node_tree.nodes, material.node_tree.links
    nodes.remove(nodes["Principled BSDF"])
    kinds = ("BsdfDiffuse", "Emission", "AddShader")
    diffuse, glow, both = (nodes.new(f"ShaderNode{kind}") for kind in kinds)
    diffuse.inputs["Color"].default_value = (*color, 1)
    glow.inputs["Color"].default_value = (*ambient, 1)
    links.new(diffuse.outputs[0], both.inputs[0])
    links.new(glow.outputs[0], both.inputs[1])
    links.new(both.outputs[0], nodes["Material Output"].inputs["Surface"])
    no_lamp(material)
    return material


def link(name, data):
    thing = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(thing)
    return thing


def rounded_rectangle(width, height, radius, steps=6):
    points = []
    for corner, (sx, sy) in enumerate(((1, 1), (-1, 1), (-1, -1), (1, -1))):
        for step in range(steps + 1):
            angle = (corner + step / steps) * math.pi / 2
            points.append((sx * (width / 2 - radius) + radius * math.cos(angle),
                           sy * (height / 2 - radius) + radius * math.sin(angle)))
    return points


def make_body_mesh():
    """A slab with rounded corners; a bevel modifier softens its edges."""
    outline = rounded_rectangle(1.2, 0.9, 0.12)
    count = len(outline)
    vertices = [(x, -0.035, z) for x, z in outline] + [(x, 0.035, z) for x, z in outline]
    faces = [tuple(range(count)), tuple(reversed(range(count, 2 * count)))]
    faces += [(i, i + count, (i + 1) % count + count, (i + 1) % count) for i in range(count)]
    mesh = bpy.data.meshes.new("body")
    mesh.from_pydata(vertices, [], faces)
    return mesh


def make_picture_mesh(index):
    """The picture on both sides of a frame, its UVs set on the strip's cell."""
    columns, rows = GRID
    row, column = divmod(index, columns)
    outline = rounded_rectangle(1.02, 0.68, 0.07)
    count = len(outline)
    vertices = [(x, -0.037, z) for x, z in outline] + [(-x, 0.037, z) for x, z in outline]
    mesh = bpy.data.meshes.new(f"picture.{index:02d}")
    mesh.from_pydata(vertices, [], [tuple(range(count)), tuple(range(count, 2 * count))])
    uv = mesh.uv_layers.new(name="strip").data
    for loop, vertex in enumerate([*range(count), *range(count)]):
        x, z = outline[vertex]
        uv[loop].uv = ((column + 0.02 + 0.96 * (x / 1.02 + 0.5)) / columns,
                       (row + 0.02 + 0.96 * (z / 0.68 + 0.5)) / rows)
    return mesh


def wave(thing, path, index, amplitude, periods, phase):
    """A sine on one channel, as an F-curve modifier: no keyframe a frame, no driver."""
    thing.keyframe_insert(path, index=index, frame=1)
    curves = thing.animation_data.action.fcurves
    curve = next(curve for curve in curves if (curve.data_path, curve.array_index) == (path, index))
    sine = curve.modifiers.new("FNGENERATOR")
    sine.function_type = "SIN"
    sine.use_additive = True
    sine.amplitude = amplitude
    sine.phase_multiplier = 2 * math.pi * periods / LAST_FRAME
    sine.phase_offset = phase


def glide(thing, path, index, start, end):
    """An even motion from the first frame to one past the last, so that the movie loops."""
    for frame, value in ((1, start), (LAST_FRAME + 1, end)):
        getattr(thing, path)[index] = value
        thing.keyframe_insert(path, index=index, frame=frame)
    for key in (key for curve in thing.animation_data.action.fcurves for key in curve.keyframe_points):
        key.interpolation = "LINEAR"


def make_ring(image):
    tilt = link("tilt", None)
    tilt.location = (0, 0, 1.95)
    tilt.rotation_euler = (math.radians(13), math.radians(-9), 0)
    spin = link("spin", None)
    spin.parent = tilt
    glide(spin, "rotation_euler", 2, 0.0, 2 * math.pi / FRAMES * 5)

    body = make_body_mesh()
    shells = [make_gloss(name, color)
              for name, color in (("ink", INK), ("coral", CORAL), ("cream", CREAM), ("teal", TEAL))]
    picture = make_picture_material(image)
    for index in range(FRAMES):
        angle = 2 * math.pi * index / FRAMES
        shell = link(f"frame.{index:02d}", body.copy())
        shell.data.materials.append(shells[index % len(shells)])
        bevel = shell.modifiers.new("soft edge", "BEVEL")
        bevel.width, bevel.segments, bevel.limit_method = 0.022, 3, "ANGLE"
        shell.parent = spin
        shell.location = (RING_RADIUS * math.cos(angle), RING_RADIUS * math.sin(angle), 0)
        shell.rotation_euler = (0, 0, angle + math.pi / 2 + math.radians(24))
        wave(shell, "location", 2, 0.26, 1, -3 * angle)
        wave(shell, "rotation_euler", 1, 0.10, 1, -3 * angle + 0.8)
        front = link(f"picture.{index:02d}", make_picture_mesh(index))
        front.data.materials.append(picture)
        front.parent = shell
    bpy.data.meshes.remove(body)


def make_letter():
    curve = bpy.data.curves.new("D", "FONT")
    curve.body = "D"
    curve.size = 3.4
    curve.extrude = 0.34
    curve.bevel_depth = 0.11
    curve.bevel_resolution = 5
    curve.align_x, curve.align_y = "CENTER", "CENTER"
    text = link("text", curve)
    mesh = bpy.data.meshes.new_from_object(text.evaluated_get(bpy.context.evaluated_depsgraph_get()))
    bpy.data.objects.remove(text)
    bpy.data.curves.remove(curve)
    low, high = ([pick(v.co[axis] for v in mesh.vertices) for axis in range(3)] for pick in (min, max))
    mesh.transform(Matrix.Translation([-(a + b) / 2 for a, b in zip(low, high)]))
    letter = link("D", mesh)
    letter.data.materials.clear()
    letter.data.materials.append(make_gloss("amber", AMBER))
    letter.location = (0, 0, 1.95)
    letter.rotation_euler = (math.pi / 2, 0, 0)
    wave(letter, "rotation_euler", 2, 0.42, 1, 0.0)
    wave(letter, "location", 2, 0.08, 2, 0.0)
    return letter


def make_stage():
    """A seamless sweep: floor, a wide curve, and the wall behind."""
    profile = [(-14.0, 0.0)] + [(5 + 5 * math.sin(t), 5 - 5 * math.cos(t)) for t in
                                [math.pi / 2 * i / 24 for i in range(25)]] + [(10.0, 22.0)]
    vertices = [(x, y, z) for y, z in profile for x in (-30, 30)]
    faces = [(2 * i, 2 * i + 1, 2 * i + 3, 2 * i + 2) for i in range(len(profile) - 1)]
    mesh = bpy.data.meshes.new("sweep")
    mesh.from_pydata(vertices, [], faces)
    mesh.polygons.foreach_set("use_smooth", [True] * len(mesh.polygons))
    sweep = link("sweep", mesh)
    sweep.data.materials.append(make_paper("paper", (0.80, 0.20, 0.15), (0.25, 0.050, 0.042)))


def make_lights():
    """One soft lamp, and a studio that is only seen in reflections."""
    data = bpy.data.lights.new("key", "AREA")
    data.energy, data.size, data.color = 1700, 2.6, (1.0, 0.91, 0.80)
    key = link("key", data)
    key.location = (-5.0, -5.5, 9.5)
    key.rotation_euler = (Vector((0.5, 0.5, 1.2)) - key.location).to_track_quat("-Z", "Y").to_euler()
    world = bpy.data.worlds.new("studio")
    world.use_nodes = True
    background = world.node_tree.nodes["Background"]
    background.inputs["Color"].default_value = (0.95, 0.74, 0.68, 1)
    background.inputs["Strength"].default_value = 0.7
    world.cycles_visibility.diffuse = False
    world.cycles.sampling_method = "NONE"
    bpy.context.scene.world = world


def make_camera(focus):
    data = bpy.data.cameras.new("camera")
    data.lens = 52
    data.dof.use_dof = True
    data.dof.focus_object = focus
    data.dof.aperture_fstop = 1.4
    camera = link("camera", data)
    aim = link("aim", None)
    aim.location = (0, 0, 1.78)
    orbit = link("orbit", None)
    camera.parent = orbit
    camera.location = (0, -12.4, 4.3)
    track = camera.constraints.new("TRACK_TO")
    track.target = aim
    track.track_axis, track.up_axis = "TRACK_NEGATIVE_Z", "UP_Y"
    wave(orbit, "rotation_euler", 2, 0.14, 1, 0.6)
    bpy.context.scene.camera = camera


def set_render():
    scene = bpy.context.scene
    scene.name = "zoetrope"
    scene.frame_start, scene.frame_end = 1, LAST_FRAME
    render = scene.render
    render.engine = "CYCLES"
    render.fps = 24
    render.resolution_x, render.resolution_y, render.resolution_percentage = 640, 360, 100
    render.image_settings.file_format = "PNG"
    render.image_settings.color_mode = "RGB"
    render.filepath = "//frames/zoetrope_"
    cycles = scene.cycles
    cycles.device = "CPU"
    cycles.samples = 16
    cycles.seed = 24
    cycles.use_adaptive_sampling = False
    cycles.use_denoising = False
    cycles.max_bounces = cycles.glossy_bounces = 1
    cycles.diffuse_bounces = cycles.transmission_bounces = 0
    cycles.caustics_reflective = False
    cycles.caustics_refractive = False


def main():
    bpy.ops.wm.read_factory_settings(use_empty=True)
    set_render()
    make_stage()
    make_ring(make_strip())
    make_camera(make_letter())
    make_lights()
    bpy.ops.outliner.orphans_purge(do_recursive=True)
    bpy.context.preferences.filepaths.save_version = 0
    bpy.ops.wm.save_as_mainfile(filepath=os.path.join(HERE, "zoetrope.blend"), compress=True)


main()
