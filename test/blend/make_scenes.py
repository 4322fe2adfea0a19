"""Makes one scene after another in one Blender, and writes beside each what Blender says of it."""
import json
import os
import sys

import bpy

folder = sys.argv[-1]
os.makedirs(os.path.join(folder, 'tex'), exist_ok=True)


def picture(name):
    image = bpy.data.images.new('tmp', 8, 8)
    image.filepath_raw = os.path.join(folder, 'tex', name)
    image.file_format = 'PNG'
    image.save()
    bpy.data.images.remove(image)
    return '//tex/' + name


def kind(image):
    return {'FILE': 'image', 'SEQUENCE': 'image-sequence', 'TILED': 'udim', 'MOVIE': 'movie'}[image.source]


def files():
    """Every file, as the reader tells it."""
    found = []
    for image in bpy.data.images:
        if image.source not in ('GENERATED', 'VIEWER') and image.filepath:
            found.append([kind(image), image.filepath, bool(image.packed_file) or len(image.packed_files) > 0])
    for library in bpy.data.libraries:
        found.append(['library', library.filepath, False])
    for sound in bpy.data.sounds:
        found.append(['sound', sound.filepath, bool(sound.packed_file)])
    for font in bpy.data.fonts:
        if font.filepath != '<builtin>':
            found.append(['font', font.filepath, bool(font.packed_file)])
    for clip in bpy.data.movieclips:
        found.append(['movie' if clip.source == 'MOVIE' else 'image-sequence', clip.filepath, False])
    for cache in bpy.data.cache_files:
        found.append(['cache', cache.filepath, False])
    for volume in bpy.data.volumes:
        found.append(['volume', volume.filepath, False])
    for scene in bpy.data.scenes:
        for strip in scene.sequence_editor.sequences_all if scene.sequence_editor else []:
            if strip.type == 'IMAGE':
                found += [['image', strip.directory + part.filename, False] for part in strip.elements]
            if strip.type == 'MOVIE':
                found.append(['movie', strip.filepath, False])
    return sorted({tuple(one) for one in found})


def drivers():
    found = set()
    for block in list(bpy.data.objects) + list(bpy.data.scenes) + list(bpy.data.materials):
        for curve in block.animation_data.drivers if block.animation_data else []:
            driver = curve.driver
            if driver.type == 'SCRIPTED' and not driver.is_simple_expression:
                found.add(f'driver of {block.name}: {driver.expression}')
    return found


def scripts():
    found = drivers()
    found |= {f'registered text {text.name}' for text in bpy.data.texts if text.use_module}
    for scene in bpy.data.scenes:
        for layer in scene.view_layers:
            freestyle = layer.freestyle_settings
            if freestyle.mode == 'SCRIPT':
                found |= {f'Freestyle script {module.script.name}' for module in freestyle.modules if module.script}
    return sorted(found)


def simulations():
    found = set()
    for scene in bpy.data.scenes:
        world = scene.rigidbody_world
        if world and world.collection and not world.point_cache.is_baked:
            found.add(f'rigid bodies of {scene.name}')
    names = {'CLOTH': 'cloth', 'SOFT_BODY': 'soft body'}
    for thing in bpy.data.objects:
        for modifier in thing.modifiers:
            if not modifier.show_render:
                continue
            if modifier.type in names and not modifier.point_cache.is_baked:
                found.add(f'{names[modifier.type]} of {thing.name}')
            if modifier.type == 'PARTICLE_SYSTEM':
                system = modifier.particle_system
                if system.settings.type == 'EMITTER' and not system.point_cache.is_baked:
                    found.add(f'particles of {thing.name}')
            if modifier.type == 'FLUID' and modifier.fluid_type == 'DOMAIN':
                if not modifier.domain_settings.has_cache_baked_data:
                    found.add(f'fluid of {thing.name}')
            if modifier.type == 'DYNAMIC_PAINT' and modifier.canvas_settings:
                for surface in modifier.canvas_settings.canvas_surfaces:
                    if surface.is_active and not surface.point_cache.is_baked:
                        found.add(f'dynamic paint of {thing.name}')
    return sorted(found)


def report():
    scene = bpy.context.scene
    render = scene.render
    strips = scene.sequence_editor.sequences_all if scene.sequence_editor else []
    cycles = scene.get('cycles', {})
    return {
        'scene': scene.name,
        'scenes': sorted(one.name for one in bpy.data.scenes),
        'frameStart': scene.frame_start,
        'frameEnd': scene.frame_end,
        'frameStep': scene.frame_step,
        'fps': render.fps / render.fps_base,
        'width': render.resolution_x,
        'height': render.resolution_y,
        'percent': render.resolution_percentage,
        'engine': render.engine,
        'camera': scene.camera.name if scene.camera else None,
        'cameras': sorted(one.name for one in bpy.data.objects if one.type == 'CAMERA' and not one.library),
        'viewLayers': sorted(layer.name for layer in scene.view_layers),
        'format': render.image_settings.file_format,
        'outputPath': render.filepath.replace('\\', '/'),
        'usesCompositor': scene.use_nodes and render.use_compositing,
        'usesSequencer': render.use_sequencer and any(one.type != 'SOUND' and not one.mute for one in strips),
        'border': [render.border_min_x, render.border_max_x, render.border_min_y, render.border_max_y, render.use_crop_to_border]
        if render.use_border
        else None,
        'samples': cycles.get('samples'),
        'adaptive': cycles.get('use_adaptive_sampling'),
        'denoise': cycles.get('use_denoising'),
        'references': files(),
        'simulations': simulations(),
        'scripts': scripts(),
    }


reports = {}


def save(name, compress=False):
    bpy.ops.wm.save_as_mainfile(filepath=os.path.join(folder, name + '.blend'), compress=compress)
    reports[name] = report()


def fresh():
    bpy.context.preferences.filepaths.save_version = 0
    bpy.ops.wm.read_factory_settings(use_empty=False)
    # Saved once, so that // means the folder of the scenes.
    bpy.ops.wm.save_as_mainfile(filepath=os.path.join(folder, 'base.blend'))
    return bpy.context.scene


here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, here)
import scene_recipes  # noqa: E402

scene_recipes.make(folder, fresh, picture, save)
with open(os.path.join(folder, 'reports.json'), 'w', encoding='utf-8') as file:
    json.dump(reports, file)
